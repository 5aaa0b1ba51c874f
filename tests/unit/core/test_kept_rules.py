# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of a plan hold while its moves are made, too, and also where some of them fail; on the fake libvirt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from fleet import FakeFleet, domain_xml
from whole_hosts import hosts_of, run

from ansible_collections.xenfleet.migration.plugins.module_utils._core.at_once import AtOnce
from ansible_collections.xenfleet.migration.plugins.module_utils._core.planner.values import BringHome, Rules

APART = Rules(apart=(frozenset({"dns1", "dns2"}),))
TOGETHER = Rules(together=(frozenset({"p1", "p2"}),))
ONE_BY_ONE: Mapping[str, Any] = {"at_once": AtOnce(1, 1, 1)}
WAYS: dict[str, Mapping[str, Any]] = {
    "several at once": {},
    "one by one": ONE_BY_ONE,
    "stopping on failure": {"stop_on_failure": True, "partial": True},
}
ways = pytest.mark.parametrize("options", WAYS.values(), ids=WAYS.keys())


def add(fleet: FakeFleet, name: str, host: str, mib: int, home: str | None = None) -> None:
    """Add a running domain of a size, perhaps with the home that a drain has noted with it."""
    noted = f"<xenfleet:home xmlns:xenfleet='urn:xenfleet:migration' host='{home}'/>" if home else ""
    xml = domain_xml(name, memory_mib=mib).replace("</domain>", f"<metadata>{noted}</metadata></domain>")
    fleet.add_domain(name, host, xml=xml)


def moves_of(result: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    return [(move["domain"], move["destination"], move["status"]) for move in result["moves"]]


@pytest.fixture
def rivals(fleet: FakeFleet) -> FakeFleet:
    """The large dns1 can only go to xen-b, and the small dns2, from which it is kept apart, has to leave that first."""
    fleet.add_host("xen-c", memory_mib=512 + 1400)
    add(fleet, "dns1", "xen-a", 1500)
    add(fleet, "dns2", "xen-b", 300)
    return fleet


@ways
def test_who_is_kept_apart_comes_when_the_other_has_left(rivals: FakeFleet, options: Mapping[str, Any]) -> None:
    result = run(rivals, rules=APART, **options)
    assert [step["domain"] for step in result["plan"]] == ["dns2", "dns1"]
    assert moves_of(result) == [("dns2", "xen-c", "moved"), ("dns1", "xen-b", "moved")]
    first, second = result["moves"]
    assert second["started"] >= first["started"] + first["duration"] - 0.01
    assert (result["failed"], hosts_of(rivals)) == (False, {"dns1": "xen-b", "dns2": "xen-c"})


@ways
def test_who_is_kept_apart_stays_when_the_other_could_not_leave(rivals: FakeFleet, options: Mapping[str, Any]) -> None:
    rivals.fail("xen-b", "migrate3", message="the cable is out")
    result = run(rivals, rules=APART, **options)
    assert hosts_of(rivals) == {"dns1": "xen-a", "dns2": "xen-b"}
    assert moves_of(result) == [("dns2", "xen-c", "failed"), ("dns1", "xen-b", "not begun")]
    assert result["moves"][1]["error"] == (
        "Domain dns1 was left on xen-a and not moved to xen-b, because dns2, from which it is kept apart, was to leave xen-b"
        " for xen-c first, and that move did not succeed."
    )
    assert (result["failed"], [one["domain"] for one in result["blocked"]]) == (True, ["dns1"])
    assert "xen-b holds dns2, from which it is kept apart" in result["blocked"][0]["reason"]


@pytest.fixture
def pair(fleet: FakeFleet) -> FakeFleet:
    """Two domains that are kept together, and two other hosts that have room for both."""
    fleet.add_host("xen-c")
    add(fleet, "p1", "xen-a", 300)
    add(fleet, "p2", "xen-a", 200)
    return fleet


def test_nobody_leaves_those_who_could_not_move(pair: FakeFleet) -> None:
    pair.fail("xen-a", "migrate3", message="the cable is out", times=9)
    result = run(pair, rules=TOGETHER, **ONE_BY_ONE)
    assert hosts_of(pair) == {"p1": "xen-a", "p2": "xen-a"}
    assert {one["domain"] for one in result["blocked"]} == {"p1", "p2"}
    assert result["failed"]
    assert result["moves"][1]["error"] == (
        "Domain p2 was left on xen-a and not moved to xen-b, because p1, with which it is kept together, was not moved there."
    )


@pytest.mark.parametrize("reserve_mib", [0, 1000])
def test_the_reserve_stays_free_while_moves_are_made(fleet: FakeFleet, reserve_mib: int) -> None:
    fleet.add_host("xen-c", memory_mib=8192)
    add(fleet, "mid", "xen-b", 1000, home="xen-c")
    add(fleet, "big", "xen-c", 2000, home="xen-b")
    result = run(fleet, BringHome(None), rules=Rules(reserve_kib=reserve_mib * 1024), **ONE_BY_ONE)
    assert hosts_of(fleet) == {"mid": "xen-c", "big": "xen-b"}
    order = ["mid", "big"] if reserve_mib else ["big", "mid"]
    assert [move["domain"] for move in result["moves"]] == order


def test_what_doesn_t_depend_on_each_other_still_goes_on_at_once(rivals: FakeFleet) -> None:
    add(rivals, "web1", "xen-a", 200)
    rivals.fail("xen-b", "migrate3", message="the cable is out")
    result = run(rivals, rules=APART, partial=True)
    assert hosts_of(rivals)["web1"] != "xen-a"
    assert [one["domain"] for one in result["blocked"]] == ["dns1"]
