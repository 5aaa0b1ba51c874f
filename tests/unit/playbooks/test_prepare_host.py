# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role prepare_host in check mode, on hosts whose commands answer as those of the lab's hosts did."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from playing import ROOT

from tests.support.jobs import Job, launch

ROLE = ROOT / "roles" / "prepare_host"
UNITS = {
    "libvirtd.service": "loaded enabled active",
    "libvirtd.socket": "loaded enabled active",
    "virtlockd.socket": "loaded enabled active",
    "nftables.service": "loaded enabled active",
    "xendomains.service": "masked masked inactive",
}
"""Of the lab's hosts; what isn't here isn't there."""
NO_RULES: dict[str, Any] = {"nftables": [{"metainfo": {"version": "1.0.6", "json_schema_version": 1}}]}
DROPPING: dict[str, Any] = {
    "nftables": [
        *NO_RULES["nftables"],
        {"table": {"family": "inet", "name": "filter", "handle": 1}},
        {
            "chain": {
                "family": "inet",
                "table": "filter",
                "name": "input",
                "handle": 1,
                "type": "filter",
                "hook": "input",
                "prio": 0,
                "policy": "drop",
            }
        },
    ]
}
CHAIN = "inet filter input"
RULE = "ip saddr { 10.77.0.99 } tcp dport 49152-49216 accept"
LEFT = f"The firewall was left as it is. It drops what comes in, in {CHAIN}, but an opening there would not last:"
DOM0_MEM = "Xen was booted without dom0_mem"


@dataclass(frozen=True)
class Case:
    """A host: what its commands say beyond those of a host of the lab's, its variables, and what is to be told of it.

    ``missing`` and ``notes`` are how each sentence begins.
    """

    commands: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    firewall: str = "nothing was found that drops what comes in"
    changed: int | None = None


def says(text: str, code: int = 0) -> str:
    return f"printf '%s\\n' {shlex.quote(text)}; exit {code}"


def units(**changes: str) -> str:
    """Return systemctl as a host would have it with some of its units changed."""
    there = UNITS | {name.replace("_", "."): state for name, state in changes.items()}
    blocks = [
        f"Id={name}\nLoadState={load}\nUnitFileState={file}\nActiveState={active}\n"
        for name, (load, file, active) in ((name, state.split()) for name, state in there.items())
    ]
    shown, enabled = says("\n".join(blocks)), says(there["xendomains.service"].split()[1])
    return f'if [ "$1" = show ]; then {shown}; else {enabled}; fi'


def nft(ruleset: Mapping[str, Any], trial: str = "") -> str:
    """Return nft with these rules, and with what it says of others that it is to try."""
    # Like the real one it reads all rules first: whoever hands them over would find the pipe broken now and then.
    tried = f"cat >/dev/null; exec >&2; {says(trial, 1)}" if trial else "cat >/dev/null"
    return f"case $* in *list*) {says(json.dumps(ruleset))} ;; *) {tried} ;; esac"


COMMANDS = {
    "id": says("0"),
    "grep": 'case "$*" in *capabilities) exit 0 ;; *) exec /bin/grep "$@" ;; esac',
    "xl": f'if [ "$1" = info ]; then {says("dom0_mem=768M,max:768M console=com1")}; fi',
    "pgrep": "exit 1",
    "firewall-cmd": "exit 252",  # not running
    "systemctl": units(),
    "dpkg-query": says("installed"),
    "nft": nft(NO_RULES),
    "virsh": says("xen-a"),
    "getent": "exit 0",
}


FIREWALLD = (
    'case $* in *--state | *--query*) exit $(($# > 1)) ;; *zones) printf "public\\n  interfaces: eth0\\n" ;; esac'
)
BOTH = (
    "case $1 in *auto/*) echo 'name = \"web01\"' ;; *autostart/*) echo '  <name>web01</name>' ;;"
    ' *) exec /bin/cat "$@" ;; esac'
)

CASES = {
    "all-is-well": Case(changed=0),
    "a-chain-drops": Case({"nft": nft(DROPPING)}, firewall=f"open in nftables ({CHAIN})", changed=4),
    "firewalld-runs": Case(
        {"firewall-cmd": FIREWALLD, "nft": nft(DROPPING)}, firewall="open in firewalld (public)", changed=1
    ),
    "lacks-firewalld-and-xen": Case(
        {"grep": "exit 1"},
        {"prepare_host_firewall": "firewalld"},
        missing=("It is not the Domain-0 of a Xen host", "firewalld does not run."),
    ),
    "lacks-driver-dom0-mem-and-peer": Case(
        {"xl": says(""), "virsh": f"exec >&2; {says('error: failed to connect', 1)}", "nft": nft(DROPPING)},
        {"prepare_host_require_dom0_mem": True, "prepare_host_hosts": ["nowhere"]},
        missing=(
            "The Xen driver of libvirt does not answer: error: failed to conn",
            "No address of nowhere is",
            DOM0_MEM,
        ),
        firewall="left as it is",
    ),
    "a-move-under-way": Case(
        {"pgrep": "exit 0"},
        {"prepare_host_lock_manager": "lockd"},
        missing=("The lock manager was not set: a move is under way",),
        changed=0,
    ),
    "another-s-firewall": Case(
        {"nft": nft(DROPPING, "/dev/stdin:3:1-9: Error: No such file or directory")},
        missing=(f"{LEFT} /dev/stdin:3:1-9: Error: No such file or directory. So it is not",),
        firewall="left as it is",
        changed=0,
    ),
    "firewall-not-loaded-at-boot": Case(
        {"nft": nft(DROPPING), "systemctl": units(nftables_service="loaded disabled inactive")},
        missing=(f"{LEFT} nftables.service, which would load rules at boot, is not enabled.",),
        firewall="left as it is",
        changed=0,
    ),
    "does-without": Case(
        {
            "cat": BOTH,
            "getent": "exit 2",
            "nft": nft(DROPPING),
            "systemctl": units(xendomains_service="loaded generated inactive"),
            "xl": says(""),
        },
        {"prepare_host_firewall": "none"},
        notes=(
            DOM0_MEM,
            "web01 would be started at boot by xendomains as well",
            "xendomains starts web01",
            "xendomains.service is",
            "Its own name",
        ),
        firewall="not looked at",
        changed=0,
    ),
    "modular": Case(
        {
            "cat": BOTH,
            "systemctl": units(
                libvirtd_service="not-found - inactive",
                libvirtd_socket="not-found - inactive",
                virtxend_socket="loaded enabled active",
                virtproxyd_socket="loaded disabled inactive",
            ),
        },
        changed=1,
    ),
}
REFUSED = {
    "not-root": (Case({"id": says("1000")}), "the role runs as a user other than root"),
    "domains-of-xendomains": (
        Case(
            {
                "systemctl": units(
                    libvirtd_service="loaded disabled inactive",
                    libvirtd_socket="loaded disabled inactive",
                    xendomains_service="loaded generated active",
                ),
                "xl": f'[ "$1" = info ] || {{ {says("Name ID" + chr(10) + "Domain-0 0" + chr(10) + "web01 1")}; }}',
            }
        ),
        "xendomains.service is active and domains run (web01)",
    ),
    "a-bad-option": (
        Case(variables={"prepare_host_firewall": "pf"}),
        "value of prepare_host_firewall must be one of: auto, nftables, firewalld, none, got: pf",
    ),
}


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """One run for all cases: each is a host of its own, whose Python finds that host's commands first."""
    return prepare(tmp_path_factory.mktemp("job"), CASES | {name: case for name, (case, _said) in REFUSED.items()})


def prepare(directory: Path, cases: Mapping[str, Case]) -> Job:
    hosts = {name: host(directory / name, case) for name, case in cases.items()}
    peers = {"peer": {"xen_migration_address": "10.77.0.99"}, "nowhere": {"ansible_host": "nowhere.invalid"}}
    inventory = {"all": {"hosts": peers, "children": {"xen_hosts": {"hosts": hosts}}}}
    environment = {
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build/collections"),
        "ANSIBLE_HOME": str(ROOT / ".build/ansible"),
        "ANSIBLE_PIPELINING": "true",
    }
    private = directory / "private"
    (private / "env").mkdir(parents=True)
    (private / "env" / "cmdline").write_text("--check --diff")
    (directory / "libxl.conf").write_text('#lock_manager = "lockd"\n')
    answers = {"prepare_host_libxl_conf": str(directory / "libxl.conf")}
    return launch(private, "prepare", json.dumps(inventory), environment, answers)


def host(directory: Path, case: Case) -> dict[str, Any]:
    """Lay out a host's commands, and return its variables."""
    directory.mkdir(parents=True)
    for name, script in (COMMANDS | dict(case.commands)).items():
        script_of(directory / name, script)
    python = script_of(directory / "python", f'PATH={directory}:$PATH exec {sys.executable} "$@"')
    return {
        "ansible_connection": "local",
        "ansible_python_interpreter": str(python),
        "prepare_host_hosts": ["peer"],
        **case.variables,
    }


def script_of(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def failures(job: Job, host: str) -> list[str]:
    return [
        str(event["event_data"]["res"]["msg"])
        for event in job.events
        if event["event"] == "runner_on_failed" and event["event_data"]["host"] == host
    ]


@pytest.mark.parametrize("name", CASES)
def test_a_host_is_told_what_it_lacks(job: Job, name: str) -> None:
    case, told = CASES[name], job.artifacts["xen_preparation"].get(name)
    assert told is not None, failures(job, name)
    assert (told["ready"], told["firewall"]) == (not case.missing, case.firewall), told
    for sentences, beginnings in ((told["missing"], case.missing), (told["notes"], case.notes)):
        assert [text[: len(start)] for text, start in zip(sentences, beginnings, strict=True)] == list(beginnings)
    if case.changed is not None:
        assert changes(job)[name] == case.changed
    assert bool(failures(job, name)) == bool(case.missing)


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_do_harm_is_refused(job: Job, name: str) -> None:
    (_case, said), told = REFUSED[name], failures(job, name)
    assert len(told) == 1
    assert said in told[0]
    assert changes(job)[name] == 0


def test_a_rule_lets_in_the_other_host_only(job: Job) -> None:
    assert f"+insert rule {CHAIN} {RULE} comment" in job.output


def changes(job: Job) -> dict[str, int]:
    """Return how much would have been changed on each host."""
    (stats,) = [event["event_data"] for event in job.events if event["event"] == "playbook_on_stats"]
    return {host: stats["changed"].get(host, 0) for host in stats["processed"]}


def test_each_distribution_has_a_name_for_everything() -> None:
    files = {
        path.stem: yaml.safe_load(path.read_text()) for path in (ROLE / "vars").glob("*.yml") if path.stem != "main"
    }
    assert files.keys() == {"debian", "fedora", "rhel", "suse", "ubuntu"}
    assert {frozenset(names) for names in files.values()} == {frozenset(files["debian"])}
    assert all("dom0_mem=" in names["prepare_host_os_boot_advice"] for names in files.values())


def test_each_option_has_its_default() -> None:
    specs = yaml.safe_load((ROLE / "meta/argument_specs.yml").read_text())["argument_specs"]["main"]["options"]
    defaults = yaml.safe_load((ROLE / "defaults/main.yml").read_text())
    assert specs.keys() == defaults.keys()
    computed = {"prepare_host_hosts"}
    assert {name: spec["default"] for name, spec in specs.items() if name not in computed} == {
        name: value for name, value in defaults.items() if name not in computed
    }
