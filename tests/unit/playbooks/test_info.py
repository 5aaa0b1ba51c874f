# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole ansible-playbook runs of the modules that only look."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from fleet import FakeFleet, domain_xml, uuid_of
from playing import ROOT, Run, play_book

DOMAINS = "xenfleet.migration.xen_domain_info"
HOSTS = "xenfleet.migration.xen_host_info"
SECRET = "<graphics type='vnc' passwd='hunter2'/>"
BROKEN = {"uri": "xen+ssh://root:hunter2@192.0.2.11/system"}
OWN = {"_ansible_no_log", "changed", "exception", "failed", "invocation", "inventory_host", "warnings", "msg"}


def play(fleet: FakeFleet, *tasks: dict[str, Any], arguments: tuple[str, ...] = (), **environment: str) -> Run:
    """Run tasks on localhost, in a play whose module_defaults say which hosts there are; a failed one does not end it."""
    steps = [{"name": f"Task {number}", **task, "ignore_errors": True} for number, task in enumerate(tasks)]
    defaults = {"group/xenfleet.migration.xen": {"hosts": fleet.uris()}}
    book = {"name": "Play", "hosts": "localhost", "gather_facts": False, "module_defaults": defaults, "tasks": steps}
    return play_book(fleet, [book], "localhost,", arguments, **environment)


def documented(module: str) -> dict[str, Any]:
    text = (ROOT / f"plugins/modules/{module.rpartition('.')[2]}.py").read_text()
    found: dict[str, Any] = yaml.safe_load(text.partition('RETURN = r"""')[2].partition('"""')[0])
    return found


@pytest.fixture
def busy(fleet: FakeFleet) -> FakeFleet:
    fleet.add_domain("web01", "xen-a", xml=domain_xml("web01", devices=SECRET), autostart=True)
    fleet.add_domain("web01", "xen-b", state="shut off")
    fleet.add_domain("web02", "xen-b", state="paused", persistent=False)
    fleet.add_domain("db01", "xen-b", xml=domain_xml("db01", kind="pv", memory_mib=512, vcpus=2), state="shut off")
    fleet.add_domain("twice", "xen-a")
    fleet.add_domain("twice", "xen-b")
    return fleet


@pytest.mark.parametrize("arguments", [("-vvv", "--diff"), ("--check",)])
def test_domains_are_told_as_they_are(busy: FakeFleet, arguments: tuple[str, ...]) -> None:
    before = busy.snapshot()
    tasks = [{}, {"name": ["web0?", "nobody", uuid_of("db01")]}, {"name": "web02"}, {"name": []}]
    run = play(busy, *({DOMAINS: task} for task in tasks), arguments=arguments)
    everything, some, one, none = run.results
    assert (run.code, [result["changed"] for result in run.results]) == (0, [False] * 4)
    assert everything["placement"] == {"web01": "xen-a", "web02": "xen-b", "db01": "xen-b"}
    assert [record["name"] for record in some["domains"]] == ["web01", "web02", "db01"]
    assert (some["missing"], some["ambiguous"]) == (["nobody"], [])
    assert one["domains"] == [
        {
            "name": "web02",
            "uuid": uuid_of("web02"),
            "host": "xen-b",
            "uri": busy.uris()["xen-b"],
            "id": 1,
            "also_on": [],
            "state": "paused",
            "persistent": False,
            "autostart": False,
            "kind": "pvh",
            "memory_kib": 256 * 1024,
            "vcpus": 1,
        }
    ]
    assert (none["domains"], none["missing"], set(none["hosts"])) == ([], [], {"xen-a", "xen-b"})
    check_two_copies(everything)
    assert "hunter2" not in run.output
    assert busy.snapshot() == before


def check_two_copies(result: dict[str, Any]) -> None:
    (twice,) = result["ambiguous"]
    assert (twice["name"], [place["host"] for place in twice["places"]]) == ("twice", ["xen-a", "xen-b"])
    assert "It is being moved just now, or two copies run" in twice["message"]


def test_a_silent_host_is_told_of_and_fails_the_task_only_when_asked(busy: FakeFleet) -> None:
    busy.set_up("xen-b", False)
    tasks = [{}, {"unreachable": "error"}, {"unreachable": "ignore", "name": "web02"}]
    records = {**busy.uris(), "xen-b": BROKEN}
    warned, failed, ignored, broken = play(
        busy, *({DOMAINS: task} for task in tasks), {DOMAINS: {"hosts": records}}
    ).results
    assert [result["failed"] for result in (warned, failed, ignored, broken)] == [False, True, False, True]
    sentence = warned["hosts"]["xen-b"]["problem"]
    assert sentence.startswith("Host xen-b could not be reached at xen+ssh://root@192.0.2.12/system: ")
    assert (warned["warnings"], failed["msg"], ignored.get("warnings")) == ([sentence], sentence, None)
    assert warned["placement"] == failed["placement"] == {"web01": "xen-a", "twice": "xen-a"}
    assert ignored["missing"] == ["web02"]
    assert broken["msg"].startswith("The connection URI of host xen-b is refused: it holds a password")


def test_what_is_returned_of_domains_is_what_the_documentation_says(busy: FakeFleet) -> None:
    (result,) = play(busy, {DOMAINS: {}}).results
    told = documented(DOMAINS)
    assert set(result) - OWN == set(told)
    for name in ("domains", "ambiguous"):
        check_documented(result[name], told[name])
    check_documented(result["hosts"]["xen-a"], told["hosts"])


def test_hosts_are_told_as_they_are(busy: FakeFleet) -> None:
    network = {"name": "default", "active": True, "bridge": "virbr0"}
    pool = {"name": "images", "active": True, "capacity": 1000, "allocation": 400}
    busy.change_host("xen-a", networks=[network], pools=[pool], addresses=["192.0.2.11/24", "2001:db8::11/64"])
    busy.change_host("xen-b", virt_caps=["pv", "hvm", "hap"], bridges=["br1", "br0"])
    busy.add_host("xen-c")
    busy.set_up("xen-c", False)
    before = busy.snapshot()
    tasks = [{}, {"unreachable": "error"}, {"unreachable": "ignore", "hosts": {"xen-d": {"problem": "no way to it"}}}]
    run = play(busy, *({HOSTS: task} for task in tasks), arguments=("-vvv", "--check", "--diff"))
    told, failed, ignored = run.results
    assert [(result["failed"], result["changed"]) for result in run.results[::2]] == [(False, False)] * 2
    assert (failed["failed"], failed["hosts"]) == (True, told["hosts"])
    xen_a, xen_b, xen_c = told["hosts"].values()
    assert told["warnings"] == [failed["msg"]] == [xen_c["problem"]]
    assert (xen_c["reachable"], xen_c["memory_free_kib"]) == (False, None)
    assert (xen_a["xen_version"], xen_a["libvirt_version"], xen_a["cpu_model"]) == ("4.17.0", "9.0.0", "EPYC")
    assert (xen_a["addresses"][1], xen_a["migration_address"]) == ("2001:db8::11/64", "192.0.2.11")
    assert xen_a["domains"] == {"active": ["twice", "web01"], "shut_off": []}
    assert (xen_a["bridges"], xen_b["bridges"], xen_b["networks"]) == (["xenbr0"], ["br0", "br1"], [])
    assert (xen_a["live"]["pv"], xen_b["live"]) == (True, {"pv": False, "pvh": True, "hvm": True})
    assert (ignored.get("warnings"), ignored["hosts"]["xen-d"]["uri"]) == (None, None)
    check_documented(xen_a, documented(HOSTS)["hosts"])
    assert set(told) - OWN == set(documented(HOSTS))
    assert "hunter2" not in run.output
    assert busy.snapshot() == before


def check_documented(found: Any, described: dict[str, Any]) -> None:
    """Check that the documentation names just the keys that are there, at every depth."""
    for record in found if isinstance(found, list) else [found]:
        if "contains" in described:
            assert set(record) == set(described["contains"])
            for name, value in record.items():
                check_documented(value, described["contains"][name])


@pytest.mark.parametrize(("library", "package"), [("libvirt", "python3-libvirt"), ("lxml", "python3-lxml")])
def test_a_missing_library_is_named_with_its_package(
    fleet: FakeFleet, tmp_path: Path, library: str, package: str
) -> None:
    (tmp_path / f"{library}.py").write_text("raise ImportError('not here')")
    path = f"{tmp_path}:{fleet.environment()['PYTHONPATH']}"
    (result,) = play(fleet, {DOMAINS: {}}, PYTHONPATH=path).results
    assert result["failed"]
    assert package in result["msg"]
