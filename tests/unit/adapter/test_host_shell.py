# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking a host by its shell: what ssh is started with, and what is made of the answer."""

from __future__ import annotations

import pytest

from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Host, HostFacts, Kind
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt import host_shell
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.host_shell import host_facts, read_facts

ADDRESSES = (
    '[{"ifname":"lo","addr_info":[{"local":"127.0.0.1","prefixlen":8,"scope":"host"}]},'
    '{"ifname":"eth0","addr_info":[{"local":"192.0.2.11","prefixlen":24,"scope":"global"},'
    '{"local":"fe80::1","prefixlen":64,"scope":"link"}]},{}]\n'
)
ALL = frozenset(Kind)


def info(caps: str) -> str:
    return f"\nhost                   : xen-a\nvirt_caps              : {caps}\n"


LIVE = {
    "pv hvm hap shadow": ALL,
    "pv hvm hap": {Kind.PVH, Kind.HVM},
    "pv shadow": ALL,
    "pv": set(),
    "pv hvm hvm_directio pv_directio hap iommu_hap_pt_share vmtrace gnttab-v1": {Kind.PVH, Kind.HVM},
}


@pytest.mark.parametrize(("caps", "kinds"), LIVE.items())
def test_what_can_move_live_follows_from_the_paging_that_xen_has(caps: str, kinds: frozenset[Kind]) -> None:
    assert read_facts(ADDRESSES + info(caps), "").live_kinds == kinds


def test_only_global_addresses_count() -> None:
    assert read_facts(ADDRESSES + info("hap"), "").addresses == ("192.0.2.11/24",)


def test_a_full_answer_has_no_problem_even_when_ssh_says_something() -> None:
    assert read_facts(ADDRESSES + info("hap"), "Warning: added to known hosts").problem is None


ODD = ["", "\n", "Welcome!\n", "{}", "[]\n", "1\n", '"x"\n', "null\n", "[1]\n", '[{"addr_info": null}]\n',
       '[{"addr_info": [{"local": 5, "prefixlen": "x", "scope": "global"}]}]\n',
       '[{"addr_info": [{"local": "192.0.2.1", "scope": "global"}]}]\n',
       '[{"addr_info": [{"local": "$(evil)", "prefixlen": 24, "scope": "global"}]}]\n']  # fmt: skip


@pytest.mark.parametrize("answer", ODD)
def test_an_odd_answer_is_a_problem_and_never_a_crash(answer: str) -> None:
    facts = read_facts(answer, "no such command")
    assert facts.problem == "no such command"
    assert facts.live_kinds is None
    assert not facts.addresses


def test_half_an_answer_is_used() -> None:
    facts = read_facts(ADDRESSES, "xl: not found")
    assert (facts.addresses, facts.live_kinds, facts.problem) == (("192.0.2.11/24",), None, "xl: not found")
    facts = read_facts("\n" + info("hap"), "ip: not found")
    assert (facts.addresses, facts.live_kinds) == (None, {Kind.PVH, Kind.HVM})


OPTIONS = {
    "xen+ssh://192.0.2.11/system": ([], "192.0.2.11"),
    "xen+ssh://root@192.0.2.11/system": ([], "root@192.0.2.11"),
    "xen+ssh://root@[2001:db8::1]:2222/": (["-p", "2222"], "root@2001:db8::1"),
    "xen+ssh://h/?keyfile=/k%20y": (["-i", "/k y"], "h"),
    "xen+libssh://h/?known_hosts=/a%20b": (["-o", 'UserKnownHostsFile="/a b"'], "h"),
    "xen+ssh://h/?no_verify=1": (["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"], "h"),
    "xen+libssh://h/?known_hosts_verify=ignore": (
        ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"], "h",
    ),
}  # fmt: skip


SECONDS = ["-o", "ConnectTimeout=60", "-o", "ServerAliveInterval=15"]


@pytest.mark.parametrize(("uri", "expected"), OPTIONS.items())
def test_ssh_goes_the_way_of_the_connection(uri: str, expected: tuple[list[str], str]) -> None:
    started: list[list[str]] = []

    def run(argv: list[str]) -> tuple[int, str, str]:
        started.append(argv)
        return 0, ADDRESSES + info("hap"), ""

    assert host_facts(Host("xen-a", uri), run).addresses == ("192.0.2.11/24",)
    (argv,) = started
    options, target = expected
    assert argv[-3:] == ["--", target, host_shell.COMMAND]
    assert argv[:-3] == ["ssh", "-n", "-T", "-x", "-o", "BatchMode=yes", *SECONDS, *options]


def test_a_connection_that_is_no_ssh_has_no_shell() -> None:
    facts = host_facts(Host("xen-a", "xen+tls://h/system"), no_ssh)
    assert facts == HostFacts(problem="there is no shell on xen-a over xen+tls")


def no_ssh(_argv: list[str]) -> tuple[int, str, str]:
    raise OSError("no ssh here")


def test_a_shell_that_can_t_be_had_is_told() -> None:
    facts = host_facts(Host("xen-a", "xen+ssh://h/system"), no_ssh)
    assert facts == HostFacts(problem="the shell on xen-a could not be had (no ssh here)")
