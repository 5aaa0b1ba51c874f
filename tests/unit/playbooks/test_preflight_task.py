# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checking without moving, and moving in spite of what was found, as tasks and as a job."""

from __future__ import annotations

from typing import Any

from fleet import FakeFleet, domain_xml
from playing import play
from test_runner import run

CHECK = "xenfleet.migration.xen_domain_preflight"
SAN = "<disk type='block' device='disk'><source dev='/dev/san/web01'/><target dev='xvdb'/></disk>"


def findings(result: dict[str, Any]) -> dict[str, str]:
    return {finding["code"]: finding["severity"] for finding in result["findings"]}


def test_a_task_checks_and_changes_nothing(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a", xml=domain_xml("web01", devices=SAN))
    fleet.add_domain("db01", "xen-a", suspendable=False)
    fleet.change_host("xen-a", unreachable={"192.0.2.12": "No route to host"})
    fleet.change_host("xen-b", paths={"/dev/san/web01": "missing"}, bridges=["br7"])
    fleet.add_host("xen-c")
    fleet.change_host("xen-c", outsiders={"11111111-2222-3333-4444-555555555555": "by-xl"})
    before = fleet.snapshot()
    wishes = [
        {"name": "web01", "host": "xen-b"},
        {"name": "db01", "host": "xen-c"},
        {"name": ["web01", "by-xl"], "host": "xen-c"},
        {"name": "web01", "host": "xen-a"},
    ]
    to_b, to_c, unknown, there = play(fleet, *wishes, module=CHECK).results
    assert (to_b["ready"], to_b["changed"], to_b.get("failed", False)) == (False, False, False)
    assert findings(to_b) == {
        "bridge_missing": "blocks",
        "storage_missing": "blocks",
        "ports_unreachable": "blocks",
        "plain_transport": "informs",
    }
    assert "Domain web01: disk xvdb (/dev/san/web01) is not there on xen-b." in to_b["msg"]
    assert (to_c["ready"], findings(to_c)) == (True, {"unsuspendable": "warns", "plain_transport": "informs"})
    assert to_c["msg"] == "Would move db01 from xen-a to xen-c, live."
    assert (to_c["moves"][0]["source"], to_c["moves"][0]["address"]) == ("xen-a", "192.0.2.13")
    assert findings(unknown)["outside_libvirt"] == findings(unknown)["domain_missing"] == "blocks"
    assert (there["ready"], there["moves"], there["findings"]) == (True, [], [])
    assert fleet.snapshot() == before


def test_a_task_tells_how_long_moves_may_take_and_which_could_not_be_stopped_then(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    wish: dict[str, Any] = {"name": "web01", "host": "xen-b", "live": False}
    asked, waited, default, unlimited = play(
        fleet,
        {**wish, "timeout": 60},
        {**wish, "timeout": 60, "on_timeout": "wait"},
        wish,
        {**wish, "timeout": 0},
        module=CHECK,
    ).results
    assert (asked["ready"], findings(asked)["abort_impossible"]) == (False, "blocks")
    assert [(told["ready"], told["moves"][0]["timeout"]) for told in (waited, default, unlimited)] == [
        (True, 60),
        (True, 453.6),
        (True, None),
    ]


def test_what_a_user_accepts_does_not_block(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    fleet.change_host("xen-b", cpu_words="0789c3f1:80802001")
    wish: dict[str, Any] = {"name": "web01", "host": "xen-b"}
    refused, typo, moved = play(fleet, wish, {**wish, "accept": "cpu"}, {**wish, "accept": ["cpu_features"]}).results
    assert (refused["failed"], findings(refused)["cpu_features"]) == (True, "blocks")
    assert "'cpu' is no code of a finding" in typo["msg"]
    assert (moved["changed"], findings(moved)["cpu_features"]) == (True, "warns")
    assert "1d 0x00000004" in " ".join(moved["warnings"])
    assert fleet.placement() == {"web01": ["xen-b: running"]}


def test_a_job_says_the_day_before_what_would_keep_it_from_working(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    fleet.change_host("xen-b", bridges=[])
    answers = {"place_domains_names": "web01", "place_domains_host": "xen-b", "place_domains_accept": ""}
    job = run(fleet, "preflight", **answers)
    told = job.artifacts["xen_preflight"]
    assert (job.status, told["ready"], findings(told)["bridge_missing"]) == ("failed", False, "blocks"), job.output
    assert "blocks: Domain web01 needs bridge xenbr0, which xen-b doesn't have." in job.output
    answers["place_domains_accept"] = "bridge_missing"
    job = run(fleet, "preflight", **answers)
    assert (job.status, job.artifacts["xen_preflight"]["ready"]) == ("successful", True), job.output
    assert fleet.placement() == {"web01": ["xen-a: running"]}
