# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole hosts on the fake libvirt: emptied, and their domains brought home."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import Any

import pytest
from fleet import FakeFleet, domain_xml, uuid_of
from running import Queue, run_one
from whole_hosts import EMPTY_A, HOME_TO_A, add, hosts_of, run

from ansible_collections.xenfleet.migration.plugins.module_utils._core.arranging.wanted import WholeWish
from ansible_collections.xenfleet.migration.plugins.module_utils._core.at_once import AtOnce
from ansible_collections.xenfleet.migration.plugins.module_utils._core.caller import Caller
from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import Blocked
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Move
from ansible_collections.xenfleet.migration.plugins.module_utils._core.planner.values import (
    Balance,
    BringHome,
    Drain,
    Rules,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.xen_host import XenHost


@pytest.fixture
def three(fleet: FakeFleet) -> FakeFleet:
    """Three hosts, and three domains on the first: one that runs, one that is shut off, one that is transient."""
    fleet.add_host("xen-c")
    fleet.add_domain("web01", "xen-a", autostart=True)
    fleet.add_domain("db01", "xen-a", state="shut off")
    fleet.add_domain("job", "xen-a", persistent=False)
    return fleet


def test_a_host_is_emptied_and_gets_all_its_domains_back(three: FakeFleet) -> None:
    before = three.placement()
    drained = run(three)
    assert (drained["failed"], drained["changed"], drained["blocked"]) == (False, True, [])
    assert drained["msg"].startswith("xen-a is drained. Moved 3 domains to ")
    assert "xen-a" not in hosts_of(three).values()
    restored = run(three, HOME_TO_A)
    assert (restored["failed"], restored["changed"]) == (False, True)
    assert restored["msg"] == "Moved 3 domains to xen-a."
    assert three.placement() == before
    assert three.domain("web01", "xen-a")["autostart"]


def test_what_another_run_moves_meanwhile_is_no_failure(three: FakeFleet) -> None:
    def another_run(move: Move) -> None:
        if move.domain.name == "web01" and hosts_of(three)["web01"] == "xen-a":
            run_one(three, "web01", move.destination)

    drained = run(three, places=Queue(three, another_run))
    assert (drained["failed"], drained["blocked"]) == (False, [])
    assert "Moved 2 domains to " in drained["msg"]
    assert "Another run moved 1 domain to " in drained["msg"]
    assert "xen-a" not in hosts_of(three).values()


def test_a_second_run_changes_nothing(three: FakeFleet) -> None:
    for wish in (EMPTY_A, HOME_TO_A):
        run(three, wish)
        before = three.snapshot()
        again = run(three, wish)
        assert (again["changed"], again["failed"], again["moves"], again["plan"]) == (False, False, [], [])
        assert three.snapshot() == before


def test_nothing_of_a_domain_is_different_when_it_is_home_again(three: FakeFleet) -> None:
    definitions = {name: three.domain(name, "xen-a")["next_boot"] for name in ("web01", "db01")}
    run(three)
    assert "urn:xenfleet:migration" in str(three.domain("web01", hosts_of(three)["web01"])["next_boot"])
    run(three, HOME_TO_A)
    now = {name: str(three.domain(name, "xen-a")["next_boot"]) for name in definitions}
    assert {
        name: xml.replace("  <metadata />\n", "") for name, xml in now.items()
    } == definitions  # libvirt leaves that element


def test_check_mode_tells_the_plan_and_touches_nothing(three: FakeFleet) -> None:
    before = three.snapshot()
    planned = run(three, check=True)
    assert three.snapshot() == before
    assert planned["changed"]
    assert {move["status"] for move in planned["moves"]} == {"planned"}
    done = run(three)
    paths = [[(move["domain"], move["destination"]) for move in each["moves"]] for each in (planned, done)]
    assert sorted(paths[0]) == sorted(paths[1])
    assert planned["plan"] == done["plan"]
    assert planned["table"][0].split() == ["domain", "memory", "from", "to", "why"]


def test_a_busy_host_is_asked_once(three: FakeFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look at a domain takes it a while, and so does each command."""
    asked: list[str] = []

    def inspect(self: XenHost, uuid: str, real: Any = XenHost.inspect) -> Any:
        asked.append(uuid)
        return real(self, uuid)

    def reach(self: XenHost, addresses: Collection[str], real: Any = XenHost.reach) -> Any:
        asked.append(f"{self.host.name} reaches {len(addresses)}")
        return real(self, addresses)

    monkeypatch.setattr(XenHost, "inspect", inspect)
    monkeypatch.setattr(XenHost, "reach", reach)
    planned = run(three, check=True)
    assert len({step["destination"] for step in planned["plan"]}) == 2
    expected = [*(uuid_of(name) for name in ("web01", "db01", "job")), "xen-a reaches 2"]
    assert sorted(asked) == sorted(expected)


def test_the_home_that_a_domain_has_stays_when_it_is_drained_from_elsewhere(three: FakeFleet) -> None:
    run(three, rules=Rules(allowed=frozenset({"xen-b"})))
    run(three, Drain(frozenset({"xen-b"})), rules=Rules(allowed=frozenset({"xen-c"})))
    assert set(hosts_of(three).values()) == {"xen-c"}
    assert run(three, BringHome(frozenset({"xen-b"})))["changed"] is False
    run(three, BringHome(None))
    assert set(hosts_of(three).values()) == {"xen-a"}


def test_shut_off_domains_stay_where_that_is_asked(three: FakeFleet) -> None:
    result = run(three, shut_off=False)
    assert not result["failed"]
    assert hosts_of(three)["db01"] == "xen-a"


CRASHED = "stuck"


@pytest.fixture
def one_stuck(three: FakeFleet) -> FakeFleet:
    """One domain more, which can't move."""
    three.add_domain(CRASHED, "xen-a", state="crashed")
    return three


def test_nothing_moves_when_anything_can_t_and_all_of_it_is_told(one_stuck: FakeFleet) -> None:
    before = one_stuck.snapshot()
    result = run(one_stuck)
    assert (result["failed"], result["changed"], result["moves"]) == (True, False, [])
    assert [(one["domain"], one["host"], one["code"]) for one in result["blocked"]] == [
        (CRASHED, "xen-a", "domain_state")
    ]
    assert "Nothing was moved, because of what can't. 1 domain can't leave. stuck on xen-a: " in result["msg"]
    told = run(one_stuck, check=True)["msg"]
    assert told.startswith("Could move 3 domains to ")
    assert "Nothing would be moved, because of what can't. 1 domain can't leave. stuck on xen-a: " in told
    assert len(result["plan"]) == 3
    assert one_stuck.snapshot() == before


def test_what_can_move_does_where_that_is_asked_and_the_task_fails_for_the_rest(one_stuck: FakeFleet) -> None:
    result = run(one_stuck, partial=True)
    assert (result["failed"], result["changed"]) == (True, True)
    assert [name for name, host in hosts_of(one_stuck).items() if host == "xen-a"] == [CRASHED]
    assert result["msg"].startswith("Moved 3 domains to ")
    again = run(one_stuck, partial=True, leftovers_ok=True)
    assert (again["failed"], again["changed"]) == (False, False)


def test_what_preflight_rules_out_is_planned_around(fleet: FakeFleet) -> None:
    """xen-b, which has most room, lacks the bridge of one domain."""
    fleet.add_host("xen-c", memory_mib=3000)
    fleet.change_host("xen-b", bridges=["xenbr0"])
    fleet.change_host("xen-c", bridges=["xenbr0", "dmz"])
    fleet.change_host("xen-a", bridges=["xenbr0", "dmz"])
    devices = "<interface type='bridge'><source bridge='dmz'/></interface>"
    fleet.add_domain("front", "xen-a", xml=domain_xml("front", devices=devices))
    fleet.add_domain("back", "xen-a")
    result = run(fleet)
    assert not result["failed"], result["msg"]
    assert hosts_of(fleet) == {"front": "xen-c", "back": "xen-b"}
    assert "bridge_missing" in {finding["code"] for finding in result["findings"]}


def test_a_move_that_fails_is_planned_again_to_another_host(three: FakeFleet) -> None:
    three.fail("xen-a", "migrate3", message="the cable is out")
    result = run(three)
    assert not result["failed"], result["msg"]
    assert "xen-a" not in hosts_of(three).values()
    assert sorted(move["status"] for move in result["moves"]) == ["failed", "moved", "moved", "moved"]


@pytest.mark.parametrize("wish", [EMPTY_A, Balance()], ids=["drain", "balance"])
def test_moves_that_were_made_are_told_where_no_other_plan_can_be(fleet: FakeFleet, wish: WholeWish) -> None:
    ended: list[int] = []

    def no_version(moves: Sequence[Move]) -> None:
        ended.extend([] if moves else [1])
        if len(ended) == 2:
            fleet.fail("xen-a", "getLibVersion", message="the daemon is tired", times=99)

    fleet.add_host("xen-c")
    for name in ("web1", "web2", "web3", "web4"):
        fleet.add_domain(name, "xen-a")
    fleet.fail("xen-a", "migrate3", skip=1, message="the cable is out")
    options: dict[str, Any] = {"caller": Caller(under_way=no_version), "at_once": AtOnce(1, 1, 1)}
    result = run(fleet, wish, partial=True, leftovers_ok=True, **options)
    assert [move["status"] for move in result["moves"]][:2] == ["moved", "failed"]
    assert (result["failed"], result["changed"]) == (True, True)
    assert result["msg"].startswith("Moved 1 domain to xen-b. ")
    assert result["msg"].count("the cable is out") == 1
    assert "What to do next could not be planned. Host xen-a could not tell its libvirt's version: " in result["msg"]


def test_after_two_failures_a_domain_is_left_and_told(fleet: FakeFleet) -> None:
    fleet.add_host("xen-c")
    fleet.add_host("xen-d")
    fleet.add_domain("web01", "xen-a")
    fleet.fail("xen-a", "migrate3", message="the cable is out", times=9)
    result = run(fleet)
    assert result["failed"]
    assert len(result["moves"]) == 2
    assert hosts_of(fleet) == {"web01": "xen-a"}
    ((blocked,), expected) = result["blocked"], ("web01", "xen-a")
    assert (blocked["domain"], blocked["host"]) == expected
    assert "the cable is out" in blocked["reason"]


def test_a_domain_that_could_not_leave_its_home_is_not_marked_as_away_from_it(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    fleet.fail("xen-a", "migrate3", message="the cable is out", times=9)
    assert run(fleet)["failed"]
    assert fleet.placement() == {"web01": ["xen-a: running"]}
    assert "xen-a" not in str(fleet.domain("web01", "xen-a"))


def test_a_failed_move_that_another_one_made_good_is_a_warning(three: FakeFleet) -> None:
    three.fail("xen-a", "migrate3", message="the cable is out")
    (warning,) = run(three)["warnings"]
    assert warning.startswith("Domain ")
    assert "the cable is out. Another move of it succeeded then." in warning


def test_who_was_to_make_room_and_could_not_is_told_beside_who_can_t_leave_for_it(fleet: FakeFleet) -> None:
    """big finds room on xen-b only when small has left it, and xen-c has room for small alone."""
    fleet.add_host("xen-c", memory_mib=2048)
    fleet.add_domain("big", "xen-a", xml=domain_xml("big", memory_mib=3000))
    fleet.add_domain("small", "xen-b", xml=domain_xml("small", memory_mib=1000))
    fleet.fail("xen-b", "migrate3", message="the cable is out", times=9)
    result = run(fleet)
    assert (result["failed"], [one["domain"] for one in result["blocked"]]) == (True, ["big"])
    assert "1 move did not succeed. Domain small was not moved from xen-b to xen-c. " in result["msg"]
    assert "the cable is out" in result["msg"]


def test_who_could_not_make_room_is_told_where_it_was_not_needed_in_the_end(fleet: FakeFleet) -> None:
    """xen-b lets nobody go; it gets more memory meanwhile, which is enough for big."""
    fleet.add_host("xen-c", memory_mib=2048)
    fleet.add_domain("big", "xen-a", xml=domain_xml("big", memory_mib=3000))
    fleet.add_domain("small", "xen-b", xml=domain_xml("small", memory_mib=1000))
    fleet.fail("xen-b", "migrate3", message="the cable is out", times=9)

    def more_memory(moves: Sequence[Move]) -> None:
        if not moves:
            fleet.change_host("xen-b", memory_kib=8 * 1024**2)

    result = run(fleet, caller=Caller(under_way=more_memory))
    assert (result["failed"], result["blocked"]) == (False, []), result["msg"]
    assert result["msg"].startswith(
        "xen-a is drained. Moved 1 domain to xen-b. 1 move did not succeed. Domain small was not moved"
    )


def test_a_move_that_fails_is_no_move_that_was_not_begun(three: FakeFleet) -> None:
    """Others wait for the first, which fails; then none is begun."""
    three.fail("xen-a", "migrate3", message="the cable is out", times=9)
    result = run(three, at_once=AtOnce(1, 1, 1), stop_on_failure=True)
    assert sorted(one["code"] for one in result["blocked"]) == ["move_failed", "not_begun", "not_begun"]


def test_domains_come_home_as_far_as_there_is_room_and_the_rest_is_told(three: FakeFleet) -> None:
    run(three)
    three.add_domain("squatter", "xen-a", xml=domain_xml("squatter", memory_mib=3200))
    result = run(three, HOME_TO_A)
    assert (result["failed"], result["changed"]) == (False, True)
    assert hosts_of(three)["db01"] == "xen-a"
    (left,) = result["blocked"]
    assert left["code"] == "memory_short"
    assert left["domain"] in {"web01", "job"}


def test_a_drain_that_is_ended_halfway_is_finished_by_the_next_run(three: FakeFleet) -> None:
    begun: list[int] = []
    caller = Caller(
        hindrance=lambda: "the task was killed" if begun else None, under_way=lambda moves: begun.append(len(moves))
    )
    result = run(three, caller=caller, at_once=AtOnce(1, 1, 1))
    assert result["failed"]
    assert {one["code"] for one in result["blocked"]} == {"not_begun"}
    assert list(hosts_of(three).values()).count("xen-a") == 2
    assert not run(three)["failed"]
    run(three, HOME_TO_A)
    assert set(hosts_of(three).values()) == {"xen-a"}


def test_a_silent_host_that_is_to_be_emptied_blocks_and_any_other_gets_nothing(three: FakeFleet) -> None:
    three.set_up("xen-b", False)
    result = run(three)
    assert set(hosts_of(three).values()) == {"xen-c"}
    assert any("xen-b was left out of account" in text for text in result["warnings"])
    three.set_up("xen-a", False)
    with pytest.raises(Blocked, match="xen-a could not be reached"):
        run(three)


SILENT = "xen-b could not be asked: domains whose home is xen-a may be left there."


def test_a_silent_host_may_have_domains_that_are_to_come_home_and_this_is_told(three: FakeFleet) -> None:
    run(three, rules=Rules(allowed=frozenset({"xen-b"})))
    three.set_up("xen-b", False)
    for check in (True, False):
        result = run(three, HOME_TO_A, check=check)
        assert (result["failed"], result["changed"], result["msg"]) == (False, False, SILENT)
    everybody = run(three, BringHome(None))["msg"]
    assert everybody == "xen-b could not be asked: domains that are away from home may be left there."
    assert run(three, HOME_TO_A, leftovers_ok=False)["failed"]


def test_a_host_is_not_told_to_be_drained_that_fell_silent_meanwhile(three: FakeFleet) -> None:
    caller = Caller(under_way=lambda moves: None if moves else three.set_up("xen-a", False))
    result = run(three, caller=caller, at_once=AtOnce(1, 1, 1))
    assert result["failed"]
    assert "xen-a could not be asked: domains may be left there." in result["msg"]
    assert "is drained" not in result["msg"]


def test_a_domain_that_two_hosts_have_keeps_the_host_from_being_emptied(three: FakeFleet) -> None:
    three.add_domain("web01", "xen-b", state="shut off")
    result = run(three)
    assert result["failed"]
    (blocked,) = result["blocked"]
    assert (blocked["domain"], blocked["code"]) == ("web01", "domain_ambiguous")
    assert "on xen-a (running) and on xen-b (shut off)" in blocked["reason"]


def test_another_domain_of_the_same_name_only_keeps_it_from_its_own_host(three: FakeFleet) -> None:
    add(three, "web", "xen-a", 512)
    namesake = domain_xml("web").replace(uuid_of("web"), "11111111-1111-1111-1111-111111111111")
    three.add_domain("web", "xen-b", xml=namesake)
    told = run(three)
    assert (told["failed"], hosts_on(three, "web")) == (False, ["xen-b", "xen-c"]), told["msg"]


def hosts_on(fleet: FakeFleet, name: str) -> list[str]:
    return sorted(place.partition(":")[0] for place in fleet.placement()[name])


def test_an_interrupted_move_is_finished_first(three: FakeFleet) -> None:
    three.fail("xen-b", "defineXML", message="disk full")
    only_b = Rules(allowed=frozenset({"xen-b"}), pinned=frozenset({"db01"}))
    interrupted = run(three, rules=only_b, partial=True)
    assert "incomplete" in {move["status"] for move in interrupted["moves"]}
    result = run(three)
    assert not result["failed"], result["msg"]
    assert "Finished the interrupted move of web01." in result["msg"]
    assert "xen-a" not in hosts_of(three).values()


def test_a_home_that_can_t_be_noted_is_a_warning(three: FakeFleet) -> None:
    three.fail("xen-a", "setMetadata", message="not supported", times=9)
    result = run(three)
    assert not result["failed"]
    assert len([text for text in result["warnings"] if "could not be noted with it" in text]) == 3


def test_a_host_that_accepts_no_domains_gets_none_by_a_drain(three: FakeFleet) -> None:
    assert not run(three, closed=["xen-b"])["failed"]
    assert set(hosts_of(three).values()) == {"xen-c"}
    result = run(three, Drain(frozenset({"xen-c"})), closed=["xen-a", "xen-b"])
    assert (result["failed"], set(hosts_of(three).values())) == (True, {"xen-c"})
    assert {one["code"] for one in result["blocked"]} == {"no_host"}


def test_nobody_comes_home_to_a_host_that_accepts_no_domains_and_this_is_told(three: FakeFleet) -> None:
    run(three)
    away = hosts_of(three)
    result = run(three, HOME_TO_A, closed=["xen-a"], leftovers_ok=False)
    assert (result["failed"], result["changed"], hosts_of(three)) == (True, False, away)
    assert {(one["code"], one["reason"]) for one in result["blocked"]} == {("not_accepting", "xen-a takes no domains.")}
    assert "web01 on" in result["msg"]
    assert not run(three, HOME_TO_A, closed=["xen-b", "xen-c"])["failed"], "those may leave that are there"
    assert set(hosts_of(three).values()) == {"xen-a"}


def test_two_that_change_places_don_t_stop_on_a_host_that_accepts_no_domains(fleet: FakeFleet) -> None:
    fleet.add_host("xen-c")
    add(fleet, "one", "xen-a", 2000, home="xen-b")
    add(fleet, "two", "xen-b", 2000, home="xen-a")
    everybody = BringHome(None)
    stuck = run(fleet, everybody, closed=["xen-c"])
    assert ({one["code"] for one in stuck["blocked"]}, stuck["moves"]) == ({"no_order"}, [])
    assert run(fleet, everybody)["blocked"] == []


def test_a_balance_leaves_a_host_alone_that_accepts_no_domains(fleet: FakeFleet) -> None:
    fleet.add_host("xen-c")
    for number in range(8):
        fleet.add_domain(f"web{number}", "xen-a")
    fleet.add_domain("old", "xen-c")
    run(fleet, Balance(), partial=True, closed=["xen-c"])
    assert Counter(hosts_of(fleet).values()) == {"xen-a": 4, "xen-b": 4, "xen-c": 1}


def test_hosts_are_evened_out_and_then_left_alone(fleet: FakeFleet) -> None:
    for number in range(8):
        fleet.add_domain(f"web{number}", "xen-a")
    even = Balance()
    result = run(fleet, even, partial=True)
    assert result["changed"], result["msg"]
    assert list(hosts_of(fleet).values()).count("xen-a") == 4
    assert run(fleet, even, partial=True)["changed"] is False


def test_hosts_that_moves_failed_to_even_out_are_a_failure_and_every_such_domain_is_told(fleet: FakeFleet) -> None:
    for number in range(6):
        fleet.add_domain(f"web{number}", "xen-a")
    fleet.fail("xen-a", "migrate3", message="the cable is out", times=99)
    result = run(fleet, Balance(), partial=True, leftovers_ok=True)
    assert (result["failed"], result["changed"]) == (True, False)
    assert [(one["domain"], one["host"], one["code"]) for one in result["blocked"]] == [
        (f"web{number}", "xen-a", "move_failed") for number in range(6)
    ]
    assert result["msg"].startswith(
        "6 domains can't move. web0 on xen-a: Domain web0 was not moved from xen-a to xen-b. "
    )
    assert result["msg"].count("the cable is out") == 6


def test_a_move_in_doubt_is_told_whatever_it_was_for(fleet: FakeFleet) -> None:
    for number in range(2):
        fleet.add_domain(f"web{number}", "xen-a")
    fleet.fail("xen-a", "migrate3", message="the cable is out", then_down=["xen-a", "xen-b"])
    result = run(fleet, Balance(), partial=True, leftovers_ok=True)
    assert (result["failed"], result["blocked"]) == (True, [])
    assert "1 move did not succeed. " in result["msg"]


MEMORY: dict[str, Callable[[dict[str, Any]], Any]] = {
    "before": lambda told: [len(told["hosts"]["before"][name]["domains"]) for name in ("xen-a", "xen-b", "xen-c")],
    "after": lambda told: len(told["hosts"]["after"]["xen-a"]["domains"]),
}


def test_what_all_hosts_had_before_and_have_now_is_told(three: FakeFleet) -> None:
    told = run(three)
    assert (MEMORY["before"](told), MEMORY["after"](told)) == ([3, 0, 0], 0)
    assert told["hosts"]["after"]["xen-a"]["free_mib"] > told["hosts"]["before"]["xen-a"]["free_mib"]
    homes = {domain["home"] for host in told["hosts"]["after"].values() for domain in host["domains"]}
    assert homes == {"xen-a"}
