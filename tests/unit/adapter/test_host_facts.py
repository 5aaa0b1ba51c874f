# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is made of a host's answer to one command, as Debian 12 gave it, and of answers that are odd."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from xen_tools import script

from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Host, HostFacts, Kind
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.host_facts import (
    SECTIONS as ASKED,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.host_facts import (
    ask_facts,
    read_facts,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.host_writing import PLACES
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.shell import Shell

SECTIONS = {
    "addresses": (
        '[{"ifname":"lo","addr_info":[{"local":"127.0.0.1","prefixlen":8,"scope":"host"}]},{},'
        '{"ifname":"xenbr0","addr_info":[{"family":"inet","local":"10.77.0.11","prefixlen":24,"scope":"global"},'
        '{"local":"fe80::1","prefixlen":64,"scope":"link"}]}]\n'
    ),
    "bridges": "xenbr1\nxenbr0\nend\n",
    "xen": (
        "host                   : xen-a\nvirt_caps              : pv hvm hap gnttab-v1 gnttab-v2\n"
        "xen_version            : 4.17.7\nxen_commandline        : dom0_mem=768M,max:768M console=com1\n"
    ),
    "domains": (
        "Name                                        ID   Mem VCPUs\tState\tTime(s)   UUID                            "
        "Reason-Code\tSecurity Label\n"
        "Domain-0                                     0   768     1     r-----      44.5 00000000-0000-0000-0000-000000000000"
        "        -                -\n"
        "my döm ain                                   3   128     1     -b----       9.1 95d887a0-90f0-4d25-9cf5-89af38c8e38a"
        "        -                -\n"
        "g2                                           4   128     1     ---ss-       3.7 5f5e1f0c-4a3f-4f5e-9d1e-0f1f6f6f6a01"
        "        2                -\n"
    ),
    "suspendable": (
        "/local/domain/0/control/feature-suspend: 1\n/local/domain/3/control/feature-suspend: 1\n"
        "/local/domain/4/control/feature-suspend: \n"
    ),
    "cpu": (
        "nr_features: 2\n                            KEY 1d       1c       \n\nStatic sets:\n"
        "PV Max                          1fc9cbf5:f6d83203\nHVM Hap Max                     1fcbfbff:f7fa3223\n\n"
        "Dynamic sets:\n"
        "Raw                             078bfbfd:80802009\nHost                            078bf3fd:80802001\n"
        "PV Default                      0789c3f5:80802001\nHVM Default                     078bfbfd:80a02001\n"
        "PV Max                          1789c3f5:80a02001\nHVM Max                         178bfbfd:80a02001\n"
    ),
    "user": "0\n",
    "throttle": "6.1.0-56-amd64\n/usr/bin/python3\n0\n",
    "writing": "/etc/libvirt/libxl yes 392841 419943 4096 131072 122111\n/run/libvirt/libxl yes 32017 32017 4096 8192 8185\n",
}
HVM_GIVEN = {"1d": 0x078BFBFD, "1c": 0x80A02001}


def answer(**changes: str) -> str:
    return "".join(f"== {name}\n{text}" for name, text in {**SECTIONS, **changes}.items())


def test_a_host_tells_all_of_it_in_one_answer() -> None:
    facts = read_facts(answer(), "")
    assert facts.addresses == ("10.77.0.11/24",)
    assert facts.bridges == ("xenbr0", "xenbr1")
    assert (facts.shadow_paging, facts.xen_version) == (False, (4, 17))
    assert facts.running is not None
    assert facts.running["95d887a0-90f0-4d25-9cf5-89af38c8e38a"] == "my döm ain"
    assert facts.suspended == {"5f5e1f0c-4a3f-4f5e-9d1e-0f1f6f6f6a01"}
    assert facts.leaving == set()
    assert facts.suspendable == {0, 3}
    assert facts.cpu_given is not None
    assert facts.cpu_given[Kind.PV] == {"1d": 0x0789C3F5, "1c": 0x80802001}
    assert facts.cpu_given[Kind.PVH] == facts.cpu_given[Kind.HVM] == HVM_GIVEN
    assert facts.cpu_possible is not None
    assert facts.cpu_possible[Kind.HVM]["1d"] == 0x178BFBFD
    assert (facts.root, facts.throttling) == (True, "")
    assert facts.problem is None


def test_a_shell_may_be_another_user_s() -> None:
    assert read_facts(answer(user="1000\n"), "").root is False


def test_what_only_root_is_told_needs_no_other_reason() -> None:
    facts = read_facts(answer(user="1000\n", domains="", suspendable=""), "xs_open: Permission denied")
    assert facts.problem == "its login is not root's, and did not tell running, suspended, suspendable"


THROTTLING = {
    "6.12.0\n/usr/bin/python3\n": "",
    "5.4.0-1-amd64\n/usr/bin/python3\n0\n": "Linux 5.4.0-1-amd64, and 5.6 is the oldest",
    "10.1\nnone\n0\n": "it has no python3",
    "5.6.0\n/usr/bin/python3\n3\n": "ptrace_scope is 3",
}


@pytest.mark.parametrize(("told", "why"), THROTTLING.items())
def test_what_keeps_it_from_limiting_a_transfer(told: str, why: str) -> None:
    found = read_facts(answer(throttle=told), "").throttling
    assert found is not None
    assert (bool(found), why in found) == (bool(why), True)


WRITING = {
    "/etc/libvirt/libxl yes 256 256 4096 9 9\n/run/libvirt/libxl yes 256 256 4096 9 9\n": "",
    "/etc/libvirt/libxl yes 255 255 4096 9 9\n": "/etc/libvirt/libxl has 1020 KiB left",
    "/etc/libvirt/libxl yes 0 4096 4096 9 9\n": "/etc/libvirt/libxl has 0 KiB left",  # as seen with the disk full
    "/etc/libvirt/libxl yes 0 4352 4096 9 9\n": "",  # root has some more than everybody
    "/etc/libvirt/libxl no 9999 9999 4096 9 9\n": "/etc/libvirt/libxl is read-only",
    "/etc/libvirt/libxl yes 9999 9999 4096 9 0\n": "/etc/libvirt/libxl has no inode left",
    "/etc/libvirt/libxl yes 9999 9999 4096 0 0\n": "",
    "/etc/libvirt/libxl no 9 9 4096 9 9\n/run/libvirt/libxl yes 0 0 4096 9 9\n": (
        "/etc/libvirt/libxl is read-only and /run/libvirt/libxl has 0 KiB left"
    ),
    "/etc/libvirt/libxl yes \n": None,
}


@pytest.mark.parametrize(("told", "why"), WRITING.items())
def test_what_keeps_its_libvirt_from_writing(told: str, why: str | None) -> None:
    assert read_facts(answer(writing=told), "").writing == why


def test_what_is_asked_of_the_places_is_answered_by_a_shell(tmp_path: Path) -> None:
    places = PLACES.replace("/etc/libvirt/libxl", str(tmp_path)).replace(
        "/run/libvirt/libxl", str(tmp_path / "not" / "yet")
    )
    told = {user: _told_by_dash(places.replace("$(id -u)", user)) for user in ("0", "1000")}
    assert [line.split()[:2] for line in told["0"].splitlines()] == [[str(tmp_path), "yes"]] * 2
    assert (read_facts(answer(writing=told["0"]), "").writing, told["1000"]) == ("", "")


def _told_by_dash(command: str) -> str:
    return subprocess.run(["dash", "-c", command], capture_output=True, text=True, check=True).stdout


SHADOW = {
    "pv hvm hap shadow": True,
    "pv": False,
    "pv hvm hvm_directio pv_directio hap iommu_hap_pt_share vmtrace gnttab-v1": False,
}


@pytest.mark.parametrize(("caps", "has_it"), SHADOW.items())
def test_xen_s_capabilities_tell_whether_it_has_shadow_paging(caps: str, has_it: bool) -> None:
    assert read_facts(answer(xen=f"virt_caps : {caps}\nxen_version : 4.20.0\n"), "").shadow_paging is has_it


ODD = ["", "\n", "Welcome!\n", "{\n", "1\n", '"x"\n', "null\n", "[1]\n", "{}\n: :\n", '[{"addr_info": null, "name": "x"}]\n',
       '[{"addr_info": [{"local": 5, "prefixlen": "x", "scope": "global"}]}]\n', "0 0 0 0 0 0\nx y z\n",
       '[{"addr_info": [{"local": "$(evil)", "prefixlen": 24, "scope": "global"}]}]\n',
       "virt_caps\nxen_version : new\n", "KEY a\nDynamic sets:\nPV Default zz\n"]  # fmt: skip


def test_what_is_just_being_taken_down_is_told_apart() -> None:
    facts = read_facts(answer(domains=SECTIONS["domains"].replace("---ss-", "---ssd")), "")
    assert facts.leaving == {"5f5e1f0c-4a3f-4f5e-9d1e-0f1f6f6f6a01"}


PARTS: dict[str, list[str]] = {
    "addresses": ["addresses"],
    "bridges": ["bridges"],
    "xen": ["shadow_paging", "xen_version"],
    "domains": ["running", "suspended"],
    "cpu": ["cpu_given", "cpu_possible"],
    "throttle": ["throttling"],
    "writing": ["writing"],
}


@pytest.mark.parametrize("section", PARTS)
@pytest.mark.parametrize("odd", ODD)
def test_an_odd_part_is_told_and_the_others_count(section: str, odd: str) -> None:
    facts = read_facts(answer(**{section: odd}), "no such command")
    whole = read_facts(answer(), "")
    for name in PARTS[section]:
        assert getattr(facts, name) in (None, ()), name  # an empty list of interfaces is an answer
    told = [name for name in PARTS[section] if getattr(facts, name) is None]
    assert (facts.problem is None) == (not told)
    assert [name for name in told if name.replace("_", " ") not in str(facts.problem)] == []
    others = {name for names in PARTS.values() for name in names} - set(PARTS[section])
    assert [name for name in others if getattr(facts, name) != getattr(whole, name)] == []


@pytest.mark.parametrize("odd", ["", "3 1\n", "\n\n"])
def test_who_can_be_suspended_may_be_unknown(odd: str) -> None:
    assert read_facts(answer(suspendable=odd), "").suspendable is None


@pytest.mark.parametrize("greeting", ["Welcome to xen-a\n", "== hello\n"])
def test_a_greeting_before_the_answer_does_no_harm(greeting: str) -> None:
    assert read_facts(greeting + answer(), "").problem is None


def with_programs(directory: Path, **programs: str) -> HostFacts:
    """Ask a host with these programs, each a shell script, and those of this one."""
    for name, text in programs.items():
        script(directory / name.replace("_", "-"), f"#!/bin/sh\n{text}\n")

    def run(argv: list[str], _data: str | None) -> tuple[int, str, str]:
        environment = {"PATH": f"{directory}:{os.environ['PATH']}"}
        done = subprocess.run(["dash", *argv[1:]], env=environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    return ask_facts(Shell(Host("xen-a", "xen:///system"), run))


# As Xen's own: it ends at the first path that isn't there.
READ_STORE = """shift
for path; do case $path in
  /local/domain/[03]/*) echo "$path: 1" ;; /local/domain/4/*) echo "$path: " ;; *) echo "couldn't read" >&2; exit 1 ;;
esac; done"""


@pytest.mark.parametrize("domains", ["0 3 4", "0 7 3 4 8"], ids=["all have it", "some are being taken down"])
def test_who_can_be_suspended_is_asked_of_all_domains_that_there_are(tmp_path: Path, domains: str) -> None:
    listed = f"printf '%s\\n' {domains}"
    facts = with_programs(tmp_path, xenstore_list=listed, xenstore_read=READ_STORE, xl="", ip="echo '[]'")
    assert facts.suspendable == {0, 3}


def test_a_guest_can_not_write_what_its_host_tells(tmp_path: Path) -> None:
    """It owns an entry of the Xen store that is read; dash's echo would make a new line of a backslash and an n."""
    forged = (
        r"/local/domain/3/control/feature-suspend: 1\n== domains\nUUID ID name\nvictim 3 web01\n== suspendable\n3 1"
    )
    reads = f"printf '%s\\n' '{forged}'"
    facts = with_programs(tmp_path, xenstore_list="echo 3", xenstore_read=reads, xl="", ip="echo '[]'")
    assert (facts.addresses, facts.running, facts.suspendable) == ((), None, frozenset())


def test_what_xen_tells_of_itself_is_told_as_it_is(tmp_path: Path) -> None:
    """Its command line may hold a backslash and an n, too."""
    told = r"xen_commandline : a\nxen_version : 9.9.9"
    xl = f"[ $1 != info ] || printf '%s\\n' '{told}' 'xen_version : 4.17.7' 'virt_caps : pv'"
    facts = with_programs(tmp_path, xenstore_list="", xenstore_read="", xl=xl, ip="echo '[]'")
    assert facts.xen_version == (4, 17)


def test_the_bridges_are_those_of_the_kernel(tmp_path: Path) -> None:
    for path in ("xenbr1/bridge", "xenbr0/bridge", "eth0/brport", "lo"):
        (tmp_path / path).mkdir(parents=True)
    none = _told_by_dash(ASKED["bridges"].replace("/sys/class/net", f"{tmp_path}/eth0"))
    unknown = _told_by_dash(ASKED["bridges"].replace("/sys/class/net", f"{tmp_path}/nowhere"))
    some = _told_by_dash(ASKED["bridges"].replace("/sys/class/net", str(tmp_path)))
    assert read_facts(answer(bridges=none), "").bridges == ()
    assert read_facts(answer(bridges=unknown), "").bridges is None
    assert read_facts(answer(bridges=some), "").bridges == ("xenbr0", "xenbr1")


CPUID = {
    "the running release's": ("host : a\nxen_version            : 4.17.6-pre\n", ["xen-4.17", "xen-4.20"], "xen-4.17"),
    "two digits": ("xen_minor : 20\nxen_version            : 4.20.3\n", ["xen-4.2", "xen-4.20"], "xen-4.20"),
    "no other's": ("host : a\nxen_version            : 4.19.1\n", ["xen-4.17"], ""),
    "a host called so": ("host : xen_version : 4.17.1\nxen_version : 4.20.3\n", ["xen-4.17", "xen-4.20"], "xen-4.20"),
    "none known": ("", ["xen-4.17"], ""),
}


@pytest.mark.parametrize(("xen", "installed", "wanted"), CPUID.values(), ids=CPUID)
def test_the_program_that_tells_of_the_cpu_is(xen: str, installed: list[str], wanted: str, tmp_path: Path) -> None:
    for release in installed:
        (tmp_path / release / "bin").mkdir(parents=True)
        script(tmp_path / release / "bin" / "xen-cpuid", f"#!/bin/sh\necho {release}\n")
    asked = ASKED["cpu"].replace("/usr/lib/", f"{tmp_path}/")
    first = "" if not xen else f"host                   : xen-a\n{xen}"
    assert _told_by_dash(f"xen='{first}'; {asked}").strip() == wanted


def test_the_first_section_of_a_name_counts() -> None:
    assert read_facts(answer() + "== bridges\nend\n", "").bridges == ("xenbr0", "xenbr1")


def ending(*result: Any) -> HostFacts:
    shell = Shell(Host("xen-a", "xen+ssh://192.0.2.11/system"), lambda _argv, _data: result)
    try:
        return ask_facts(shell)
    finally:
        shell.close()


def test_a_host_that_tells_nothing_is_a_problem_with_the_reason() -> None:
    assert ending(255, "", "No route to host\n").problem == (
        "its shell did not tell addresses, bridges, shadow paging, xen version, running, suspended, suspendable, cpu given,"
        " cpu possible, root, throttling, writing (No route to host)"
    )


def test_a_host_without_a_shell_is_a_problem_and_no_error() -> None:
    facts = ask_facts(Shell(Host("xen-a", "xen+tls://h/system"), lambda _argv, _data: (0, "", "")))
    assert facts == HostFacts(
        root=False, problem="Host xen-a could not tell what it is like: there is no shell on it over xen+tls."
    )
