# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole runs about whole hosts: the modules, and the playbooks of drain, restore and balance."""

from __future__ import annotations

import json
from typing import Any

import pytest
from asking import B, at, book, inventory
from fleet import FakeFleet, domain_xml
from playing import MODULE, play_book
from whole_hosts_runs import DRAIN, HOSTS, job, on, tasks, three_hosts

BALANCE = "xenfleet.migration.xen_fleet_balance"


@pytest.fixture
def fleet(fleet: FakeFleet) -> FakeFleet:
    """Three hosts, and two domains on the first."""
    return three_hosts(fleet)


def test_a_host_is_emptied_and_restored_by_tasks_and_a_second_time_nothing_changes(fleet: FakeFleet) -> None:
    drain, restore = {DRAIN: {"host": "xen-a"}}, {DRAIN: {"host": "xen-a", "state": "restored"}}
    run = tasks(fleet, drain, drain, restore, restore)
    assert [(one["failed"], one["changed"]) for one in run.results] == [
        (False, True),
        (False, False),
        (False, True),
        (False, False),
    ]
    assert run.results[1]["msg"] == "xen-a is drained. Nothing to do."
    assert on(fleet, "xen-a") == {"web01", "db01"}


def test_in_a_play_over_the_hosts_each_is_meant_itself(fleet: FakeFleet) -> None:
    run = tasks(fleet, {DRAIN: {"destinations": "xen-c"}, "delegate_to": "localhost"}, play_over="xen-a")
    assert run.results[0]["changed"], run.output
    assert on(fleet, "xen-c") == {"web01", "db01"}


def test_a_host_s_variable_keeps_a_drain_from_it_and_not_a_task_that_names_it(fleet: FakeFleet) -> None:
    """By the variable of the inventory as by the dictionary; what is neither yes nor no is an error in the latter."""
    closed = {**HOSTS, "xen-b": at(B, xen_accepts_domains="no")}
    steps = book({DRAIN: {"host": "xen-a"}}, {MODULE: {"placement": {"web01": "xen-b"}}})
    run = play_book(fleet, steps, inventory(fleet, closed))
    assert [one["failed"] for one in run.results] == [False, False]
    assert (on(fleet, "xen-b"), on(fleet, "xen-c")) == ({"web01"}, {"db01"})
    records = {name: {"uri": uri, "accepts_domains": name != "xen-a"} for name, uri in fleet.uris().items()}
    before = fleet.snapshot()
    maybe = {**records, "xen-a": {**records["xen-a"], "accepts_domains": "maybe"}}
    run = tasks(fleet, *({DRAIN: {"host": "xen-c", "hosts": hosts}, "check_mode": True} for hosts in (maybe, records)))
    assert run.results[0]["msg"] == "accepts_domains of host xen-a is neither true nor false: give one of them."
    assert [move["destination"] for move in run.results[1]["moves"]] == ["xen-b"]
    assert fleet.snapshot() == before


def test_the_diff_of_check_mode_is_a_table_and_nothing_is_touched(fleet: FakeFleet) -> None:
    before = fleet.snapshot()
    run = tasks(fleet, {DRAIN: {"host": "xen-a"}}, arguments=("--check", "--diff"))
    assert fleet.snapshot() == before
    assert "domain  memory" in run.output
    assert "host   memory   used before  used after" in run.output


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no host": ({}, "host is not given: name one or more of xen-a, xen-b, xen-c"),
    "an unknown host": ({"host": "xen-z"}, "Host xen-z is not among the hosts: xen-a, xen-b, xen-c."),
    "all hosts at once": ({"host": "all"}, "Host all is not among the hosts"),
    "an unknown destination": (
        {"host": "xen-a", "destinations": ["xen-z"]},
        "Host xen-z in destinations is not among the hosts",
    ),
    "a reserve below nothing": ({"host": "xen-a", "reserve_mib": -1}, "reserve_mib is -1: it must be 0 or more."),
    "groups that contradict each other": (
        {"host": "xen-a", "keep_apart": [["web01", "db01"]], "keep_together": [["db01", "web01"]]},
        "are to be kept together and to be kept apart",
    ),
    "a place too many": ({"host": "xen-a", "moves_at_once": 0}, "moves_at_once is 0: it must be at least 1"),
}


def test_bad_input_is_refused_before_anything_is_touched(fleet: FakeFleet) -> None:
    before = fleet.snapshot()
    run = tasks(fleet, *({DRAIN: options} for options, _message in BAD.values()))
    for result, (case, (_options, message)) in zip(run.results, BAD.items(), strict=True):
        assert result["failed"], case
        assert message in result["msg"], case
    assert fleet.snapshot() == before


def test_hosts_are_evened_out(fleet: FakeFleet) -> None:
    for number in range(6):
        fleet.add_domain(f"app{number}", "xen-b", xml=domain_xml(f"app{number}", memory_mib=512))
    run = tasks(fleet, {BALANCE: {}}, {BALANCE: {}}, {BALANCE: {"tolerance": 101}})
    assert [result["changed"] for result in run.results] == [True, False, False]
    assert len(on(fleet, "xen-b")) < 6
    assert "tolerance is 101: it must be 0 to 100." in run.results[2]["msg"]


def test_the_playbooks_show_the_plan_and_leave_it_in_the_artifacts(fleet: FakeFleet) -> None:
    page = fleet.directory / "drain.html"
    drained = job(
        fleet,
        "drain",
        drain_host_host="xen-a",
        drain_host_keep_apart='[["web01", "db01"]]',
        drain_host_report=str(page),
    )
    assert drained.status == "successful", drained.output
    artifact = drained.artifacts["xen_drain"]
    assert (artifact["changed"], artifact["failed"], artifact["blocked"]) == (True, False, [])
    assert artifact["msg"].startswith("xen-a is drained. Moved 2 domains to xen-b (1), xen-c (1).")
    assert {step["domain"] for step in artifact["plan"]} == {"web01", "db01"}
    assert "used before" in drained.output
    assert "web01" in page.read_text()
    assert json.loads(page.with_suffix(".json").read_text())["hosts"]["after"]["xen-a"]["domains"] == []
    restored = job(fleet, "restore", restore_host_host="xen-a")
    assert restored.artifacts["xen_restore"]["msg"] == "Moved 2 domains to xen-a."
    assert on(fleet, "xen-a") == {"web01", "db01"}
    assert job(fleet, "balance").artifacts["xen_balance"]["changed"] is False


def test_a_drain_that_is_blocked_fails_with_its_reasons_in_the_artifacts(fleet: FakeFleet) -> None:
    fleet.add_domain("stuck", "xen-a", state="crashed")
    blocked = job(fleet, "drain", drain_host_host="xen-a")
    assert blocked.status == "failed"
    (one,) = blocked.artifacts["xen_drain"]["blocked"]
    assert (one["domain"], one["code"]) == ("stuck", "domain_state")
    assert on(fleet, "xen-a") == {"web01", "db01", "stuck"}
