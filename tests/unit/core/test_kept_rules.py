# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of a plan hold while its moves are made, too, and also where some of them fail; on the fake libvirt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import libvirt
import pytest
from fleet import FakeFleet
from running import Queue, run_one
from whole_hosts import EMPTY_A, HOME_TO_A, add, hosts_of, run

from ansible_collections.xenfleet.migration.plugins.module_utils._core.arranging.wanted import WholeWish
from ansible_collections.xenfleet.migration.plugins.module_utils._core.at_once import AtOnce
from ansible_collections.xenfleet.migration.plugins.module_utils._core.caller import Caller
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Move
from ansible_collections.xenfleet.migration.plugins.module_utils._core.planner.values import Balance, BringHome, Rules

APART = Rules(apart=(frozenset({"dns1", "dns2"}),))
TOGETHER = Rules(together=(frozenset({"p1", "p2"}),))
ONE_BY_ONE: Mapping[str, Any] = {"at_once": AtOnce(1, 1, 1)}
WAYS: dict[str, Mapping[str, Any]] = {
    "several at once": {},
    "one by one": ONE_BY_ONE,
    "stopping on failure": {"stop_on_failure": True, "partial": True},
}
ways = pytest.mark.parametrize("options", WAYS.values(), ids=WAYS.keys())


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


@pytest.mark.parametrize("skip", [0, 1], ids=["the first fails", "the second fails"])
@pytest.mark.parametrize("options", [{}, ONE_BY_ONE], ids=["several at once", "one by one"])
def test_who_is_kept_together_ends_on_one_host(pair: FakeFleet, skip: int, options: Mapping[str, Any]) -> None:
    pair.fail("xen-a", "migrate3", skip=skip, message="the cable is out")
    result = run(pair, rules=TOGETHER, **options)
    assert (result["failed"], result["blocked"]) == (False, [])
    assert hosts_of(pair) in ({"p1": "xen-b", "p2": "xen-b"}, {"p1": "xen-c", "p2": "xen-c"})


def test_nobody_leaves_those_who_could_not_move(pair: FakeFleet) -> None:
    pair.fail("xen-a", "migrate3", message="the cable is out", times=9)
    result = run(pair, rules=TOGETHER, **ONE_BY_ONE)
    assert hosts_of(pair) == {"p1": "xen-a", "p2": "xen-a"}
    assert {one["domain"] for one in result["blocked"]} == {"p1", "p2"}
    assert result["failed"]
    assert result["moves"][1]["error"] == (
        "Domain p2 was left on xen-a and not moved to xen-b, because p1, with which it is kept together, was not moved there."
    )


@pytest.mark.parametrize("leftovers_ok", [False, True])
def test_a_group_that_was_torn_is_no_success(pair: FakeFleet, leftovers_ok: bool) -> None:
    pair.fail("xen-a", "migrate3", skip=1, message="the cable is out", times=9)
    result = run(pair, rules=TOGETHER, leftovers_ok=leftovers_ok, **ONE_BY_ONE)
    assert moves_of(result) == [("p1", "xen-b", "moved"), ("p2", "xen-b", "failed"), ("p2", "xen-b", "failed")]
    (blocked,) = result["blocked"]
    assert (result["failed"], blocked["domain"], blocked["host"], blocked["code"]) == (
        True,
        "p2",
        "xen-a",
        "move_failed",
    )
    assert "the cable is out" in blocked["reason"]
    assert blocked["reason"].endswith("It is kept together with p1, which is on xen-b now.")


def test_who_stays_behind_goes_nowhere_else_when_the_others_host_is_full(pair: FakeFleet) -> None:
    def fill(move: Move) -> None:
        if move.domain.name == "p2" and "squatter" not in pair.placement():
            add(pair, "squatter", "xen-b", 3100)

    pair.fail("xen-a", "migrate3", skip=1, message="the cable is out")
    rules = replace(TOGETHER, pinned=frozenset({"squatter"}))
    result = run(pair, rules=rules, places=Queue(pair, fill))
    assert (hosts_of(pair)["p1"], hosts_of(pair)["p2"]) == ("xen-b", "xen-a")
    (blocked,) = result["blocked"]
    assert (result["failed"], blocked["domain"], blocked["code"]) == (True, "p2", "memory_short")
    assert "p1, with which it is kept together, is on xen-b" in blocked["reason"]


def test_who_is_kept_together_comes_home_together(pair: FakeFleet) -> None:
    run(pair, rules=TOGETHER)
    (host,) = set(hosts_of(pair).values())
    pair.fail(host, "migrate3", skip=1, message="the cable is out")
    result = run(pair, HOME_TO_A, rules=TOGETHER)
    assert (result["failed"], result["blocked"]) == (False, [])
    assert set(hosts_of(pair).values()) == {"xen-a"}


def test_a_group_that_came_home_only_in_part_is_no_success(pair: FakeFleet) -> None:
    run(pair, rules=TOGETHER)
    (host,) = set(hosts_of(pair).values())
    pair.fail(host, "migrate3", skip=1, message="the cable is out", times=9)
    result = run(pair, HOME_TO_A, rules=TOGETHER, **ONE_BY_ONE)
    assert (result["failed"], [one["code"] for one in result["blocked"]]) == (True, ["move_failed"])


@pytest.mark.parametrize("times", [1, 9])
def test_hosts_are_evened_out_with_those_together_who_are_kept_together(fleet: FakeFleet, times: int) -> None:
    for name in ("p1", "p2"):
        add(fleet, name, "xen-a", 600)
    add(fleet, "huge", "xen-a", 1200)
    fleet.fail("xen-a", "migrate3", skip=1, message="the cable is out", times=times)
    rules = Rules(together=TOGETHER.together, pinned=frozenset({"huge"}))
    result = run(fleet, Balance(), rules=rules, partial=True, **ONE_BY_ONE)
    together = hosts_of(fleet)["p1"] == hosts_of(fleet)["p2"]
    assert (together, result["failed"]) == (times == 1, times > 1)
    assert [one["domain"] for one in result["blocked"]] == ([] if times == 1 else ["p2"])


@pytest.mark.parametrize("reserve_mib", [0, 1000])
def test_the_reserve_stays_free_while_moves_are_made(fleet: FakeFleet, reserve_mib: int) -> None:
    fleet.add_host("xen-c", memory_mib=8192)
    add(fleet, "mid", "xen-b", 1000, home="xen-c")
    add(fleet, "big", "xen-c", 2000, home="xen-b")
    result = run(fleet, BringHome(None), rules=Rules(reserve_kib=reserve_mib * 1024), **ONE_BY_ONE)
    assert hosts_of(fleet) == {"mid": "xen-c", "big": "xen-b"}
    order = ["mid", "big"] if reserve_mib else ["big", "mid"]
    assert [move["domain"] for move in result["moves"]] == order


def test_two_that_change_places_and_could_only_do_so_by_half_are_told(fleet: FakeFleet) -> None:
    add(fleet, "dns1", "xen-a", 300, home="xen-b")
    add(fleet, "dns2", "xen-b", 300, home="xen-a")
    fleet.fail("xen-b", "migrate3", message="the cable is out", times=9)
    result = run(fleet, BringHome(None), rules=APART)
    assert hosts_of(fleet) == {"dns1": "xen-b", "dns2": "xen-b"}
    (blocked,) = result["blocked"]
    assert (result["failed"], blocked["domain"], blocked["code"]) == (True, "dns2", "move_failed")
    assert blocked["reason"].endswith("It is kept apart from dns1, which is on xen-b, too.")


def test_what_doesn_t_depend_on_each_other_still_goes_on_at_once(rivals: FakeFleet) -> None:
    add(rivals, "web1", "xen-a", 200)
    rivals.fail("xen-b", "migrate3", message="the cable is out")
    result = run(rivals, rules=APART, partial=True)
    assert hosts_of(rivals)["web1"] != "xen-a"
    assert [one["domain"] for one in result["blocked"]] == ["dns1"]


SHUT_OFF: dict[str, tuple[Rules, str, str]] = {
    "a mate that stays where it was": (TOGETHER, "p2", "xen-a"),
    "a rival where the domain goes": (Rules(apart=TOGETHER.together), "p2", "xen-b"),
}


@pytest.mark.parametrize("wish", [EMPTY_A, Balance()], ids=["drain", "balance"])
@pytest.mark.parametrize(("rules", "name", "host"), SHUT_OFF.values(), ids=SHUT_OFF.keys())
def test_who_is_shut_off_and_not_planned_for_breaks_no_rule(
    fleet: FakeFleet, rules: Rules, name: str, host: str, wish: WholeWish
) -> None:
    add(fleet, "p1", "xen-a", 600)
    add(fleet, "huge", "xen-b" if wish == EMPTY_A else "xen-a", 1200)
    fleet.add_domain(name, host, state="shut off")
    result = run(fleet, wish, rules=replace(rules, pinned=frozenset({"huge"})), shut_off=False)
    assert moves_of(result) == [("p1", "xen-b", "moved")]
    assert (result["failed"], result["blocked"]) == (False, []), result["msg"]


def test_a_broken_rule_doesn_t_keep_a_host_from_being_drained_and_is_told_by_itself(fleet: FakeFleet) -> None:
    """Another run brings dns2 to xen-b while dns1 is on its way there."""

    def another_run(move: Move) -> None:
        if hosts_of(fleet)["dns2"] == "xen-c":
            run_one(fleet, "dns2", move.destination)

    fleet.add_host("xen-c")
    add(fleet, "dns1", "xen-a", 300)
    add(fleet, "dns2", "xen-c", 300)
    result = run(fleet, rules=APART, places=Queue(fleet, another_run))
    assert (result["failed"], [one["code"] for one in result["blocked"]]) == (True, ["kept_apart"])
    assert result["msg"] == (
        "xen-a is drained. Moved 1 domain to xen-b. 1 domain is not on the host that the groups ask for."
        " dns2 on xen-b: It is kept apart from dns1, which is on xen-b, too."
    )


def test_a_balance_tells_who_was_not_moved_because_of_others_and_is_not_to_move_any_more(fleet: FakeFleet) -> None:
    """p2 stays with p1, which could not go; then others even the hosts out."""
    for name in ("p1", "p2"):
        add(fleet, name, "xen-a", 400)
    for name in ("web1", "web2"):
        add(fleet, name, "xen-a", 450)
    fleet.fail("xen-a", "migrate3", message="the cable is out")
    result = run(fleet, Balance(), rules=TOGETHER, partial=True, leftovers_ok=True, **ONE_BY_ONE)
    assert {one["domain"]: one["code"] for one in result["blocked"]} == {"p1": "move_failed", "p2": "not_begun"}
    assert "because p1, with which it is kept together, was not moved there." in result["msg"]


MEANWHILE: dict[str, Callable[[FakeFleet], object]] = {
    "it ended": lambda fleet: libvirt.open(fleet.uris()["xen-a"]).lookupByName("p2").destroy(),
    "two hosts have it": lambda fleet: fleet.add_domain("p2", "xen-b", state="shut off"),
}


@pytest.mark.parametrize("meanwhile", MEANWHILE.values(), ids=MEANWHILE.keys())
def test_a_balance_is_told_whatever_became_of_a_mate(
    fleet: FakeFleet, meanwhile: Callable[[FakeFleet], object]
) -> None:
    ended: list[int] = []

    def after_both(moves: Sequence[Move]) -> None:
        ended.extend([] if moves else [1])
        if len(ended) == len(("p1", "p2")):
            meanwhile(fleet)

    for name in ("p1", "p2"):
        add(fleet, name, "xen-a", 600)
    add(fleet, "huge", "xen-a", 1200)
    fleet.fail("xen-a", "migrate3", skip=1, message="the cable is out")
    rules = replace(TOGETHER, pinned=frozenset({"huge"}))
    options: dict[str, Any] = {"caller": Caller(under_way=after_both), "shut_off": False, **ONE_BY_ONE}
    result = run(fleet, Balance(), rules=rules, partial=True, leftovers_ok=True, **options)
    assert moves_of(result) == [("p1", "xen-b", "moved"), ("p2", "xen-b", "failed")]
    assert result["failed"]
    assert "the cable is out" in result["msg"]
    assert "could not be planned" not in result["msg"]
