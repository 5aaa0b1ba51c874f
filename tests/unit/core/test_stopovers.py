# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Domains that change places on full hosts, one of them by way of a third host, on the fake libvirt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fleet import FakeFleet, domain_xml, uuid_of
from running import connect, connect_read_only, folder, run

from ansible_collections.xenfleet.migration.plugins.module_utils._core.at_once import LockedFiles
from ansible_collections.xenfleet.migration.plugins.module_utils._core.caller import Caller
from ansible_collections.xenfleet.migration.plugins.module_utils._core.connections import host_records
from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import Blocked
from ansible_collections.xenfleet.migration.plugins.module_utils._core.migration import check, migrate
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Report, Status
from ansible_collections.xenfleet.migration.plugins.module_utils._core.request import Request
from ansible_collections.xenfleet.migration.plugins.module_utils._core.result import (
    failed,
    readiness,
    result,
    warnings,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._core.wish import make_wishes
from fake_xen import store

CROSSED = {"web01": "xen-b", "db01": "xen-a"}
CHANGED = {"web01": ["xen-b: running"], "db01": ["xen-a: running"]}
UNCHANGED = {"web01": ["xen-a: running"], "db01": ["xen-b: running"]}


@pytest.fixture
def full(fleet: FakeFleet) -> FakeFleet:
    """Two hosts that a domain each fills, and a third one with room. The smaller domain is on xen-a."""
    fleet.add_host("xen-c")
    for name, on, mib in (("web01", "xen-a", 900), ("db01", "xen-b", 1024)):
        fleet.add_domain(name, on, xml=domain_xml(name, memory_mib=mib), autostart=True)
        fleet.change_host(on, memory_kib=2000 * 1024)
    return fleet


def swap(fleet: FakeFleet, **options: Any) -> Report:
    return run(fleet, CROSSED, **{"stopovers": True, **options})


def places(told: dict[str, Any]) -> dict[str, str]:
    return {name: domain["host"] for name, domain in told["domains"].items()}


def legs(report: Report) -> list[tuple[str, str, str, Status]]:
    return [
        (outcome.move.domain.name, outcome.move.source, outcome.move.destination, outcome.status)
        for outcome in report.outcomes
    ]


def test_one_of_two_that_change_places_stops_on_a_third_host(full: FakeFleet) -> None:
    report = swap(full)
    assert legs(report) == [
        ("web01", "xen-a", "xen-c", Status.MOVED),
        ("db01", "xen-b", "xen-a", Status.MOVED),
        ("web01", "xen-c", "xen-b", Status.MOVED),
    ]
    assert full.placement() == CHANGED
    assert (full.domain("web01", "xen-b")["autostart"], full.domain("db01", "xen-a")["autostart"]) == (True, True)
    told = result(report, host_records(full.uris()))
    assert (told["changed"], failed(report), [warning for warning in warnings(report) if "plain" not in warning]) == (
        True,
        False,
        [],
    )
    assert places(told) == CROSSED
    assert told["diff"] == {"before": {"web01": "xen-a", "db01": "xen-b"}, "after": CROSSED}
    again = swap(full)
    assert (again.outcomes, len(again.settled)) == ((), 2)


def test_nobody_stops_anywhere_unless_that_is_asked_for(full: FakeFleet) -> None:
    with pytest.raises(Blocked, match="no order in which the moves fit"):
        swap(full, stopovers=False)
    assert full.placement() == UNCHANGED


def test_nobody_stops_anywhere_where_an_order_fits(full: FakeFleet) -> None:
    full.change_host("xen-a", memory_kib=4096 * 1024)
    assert [leg[:3] for leg in legs(swap(full))] == [("db01", "xen-b", "xen-a"), ("web01", "xen-a", "xen-b")]


def test_check_mode_tells_all_of_the_moves(full: FakeFleet) -> None:
    before = full.snapshot()
    planned = swap(full, check=True)
    assert full.snapshot() == before
    assert legs(planned) == [(*leg[:3], Status.PLANNED) for leg in legs(swap(full))]
    assert [outcome.move.address for outcome in planned.outcomes] == ["192.0.2.13", "192.0.2.11", "192.0.2.12"]
    told = result(planned, host_records(full.uris()))
    assert places(told) == {"web01": "xen-a", "db01": "xen-b"}
    assert told["diff"] == {"before": {"web01": "xen-a", "db01": "xen-b"}, "after": CROSSED}


def test_the_check_of_the_day_before_tells_them_too(full: FakeFleet) -> None:
    hosts = host_records(full.uris())
    request = Request(hosts, make_wishes(None, None, CROSSED, None, hosts), stopovers=True)
    prepared, _left_out = check(request, connect_read_only)
    told = readiness(prepared, request.limit_of)
    assert told["ready"]
    assert [(move["domain"], move["source"], move["destination"]) for move in told["moves"]] == [
        ("web01", "xen-a", "xen-c"),
        ("db01", "xen-b", "xen-a"),
        ("web01", "xen-c", "xen-b"),
    ]


BARRED: dict[str, tuple[dict[str, Any], str]] = {
    "has no room": ({"memory_kib": 1024 * 1024}, "Domain db01 can't go to xen-a: it needs "),
    "lacks the bridge": ({"bridges": []}, "web01 can't stop on xen-c on its way: "),
    "has a Xen that none of the others could take it from": (
        {"xen_version": 4_020_000},
        "web01 can't stop on xen-c on its way: Domain web01 runs on Xen 4.20 on xen-c, and xen-b has Xen 4.17",
    ),
    "doesn't get to where it is to go on to": (
        {"unreachable": dict.fromkeys(("192.0.2.11", "192.0.2.12"), "No route to host")},
        "web01 can't stop on xen-c on its way: ",
    ),
    "can't be told that it is reached": ({"addresses": ["127.0.0.1/8"]}, "web01 can't stop on xen-c on its way: "),
}


@pytest.mark.parametrize(("third", "said"), BARRED.values(), ids=BARRED.keys())
def test_nothing_is_touched_where_the_third_host(full: FakeFleet, third: dict[str, Any], said: str) -> None:
    full.change_host("xen-c", **third)
    with pytest.raises(Blocked) as blocked:
        swap(full)
    sentences = [finding.sentence for finding in blocked.value.findings]
    assert any("no third host that helps" in sentence for sentence in sentences)
    assert any(said in sentence for sentence in sentences)
    assert full.placement() == UNCHANGED


def test_where_one_third_host_is_no_good_another_is_taken(full: FakeFleet) -> None:
    full.change_host("xen-c", bridges=[])
    full.add_host("xen-d", memory_mib=3000)
    assert legs(swap(full))[0][:3] == ("web01", "xen-a", "xen-d")
    assert full.placement() == CHANGED


def test_nobody_stops_on_a_host_that_takes_no_domains(full: FakeFleet) -> None:
    hosts = host_records({name: {"uri": uri, "accepts_domains": name != "xen-c"} for name, uri in full.uris().items()})
    request = Request(hosts, make_wishes(None, None, CROSSED, None, hosts), stopovers=True)
    with pytest.raises(Blocked, match="no order"):
        migrate(request, connect)
    assert full.placement() == UNCHANGED


def test_who_can_t_go_on_is_left_on_the_third_host_and_told_of(full: FakeFleet) -> None:
    """And goes on when the task is run again, directly."""
    full.fail("xen-b", "migrate3")
    report = swap(full, stop_on_failure=False)
    assert legs(report) == [
        ("web01", "xen-a", "xen-c", Status.MOVED),
        ("db01", "xen-b", "xen-a", Status.FAILED),
        ("web01", "xen-c", "xen-b", Status.NOT_BEGUN),
    ]
    last = report.outcomes[-1].error
    assert last is not None
    assert last.startswith(
        "Domain web01 was left on xen-c and not moved to xen-b, because Domain web01 can't go to xen-b: it needs"
    )
    assert failed(report)
    told = result(report, host_records(full.uris()))
    assert places(told) == {"web01": "xen-c", "db01": "xen-b"}
    assert told["diff"]["after"] == {"web01": "xen-c", "db01": "xen-b"}
    assert full.placement() == {"web01": ["xen-c: running"], "db01": ["xen-b: running"]}
    assert [leg[:3] for leg in legs(swap(full))] == [("db01", "xen-b", "xen-a"), ("web01", "xen-c", "xen-b")]
    assert full.placement() == CHANGED


def test_who_can_t_even_stop_keeps_the_others_where_they_are(full: FakeFleet) -> None:
    full.fail("xen-a", "migrate3")
    report = swap(full, stop_on_failure=False)
    assert of("web01", report) == [("xen-a", "xen-c", Status.FAILED), ("xen-a", "xen-b", Status.NOT_BEGUN)]
    assert of("db01", report) == [("xen-b", "xen-a", Status.NOT_BEGUN)]
    assert full.placement() == UNCHANGED


def test_stopping_on_failure_stops_between_passes_too(full: FakeFleet) -> None:
    full.fail("xen-b", "migrate3")
    last = swap(full, stop_on_failure=True).outcomes[-1]
    assert (last.status, last.error) == (
        Status.NOT_BEGUN,
        "Domain web01 was left on xen-c and not moved to xen-b, because the move of db01 did not succeed.",
    )


def test_no_pass_is_begun_when_the_task_has_been_killed(full: FakeFleet) -> None:
    hosts = host_records(full.uris())
    request = Request(hosts, make_wishes(None, None, CROSSED, None, hosts), stopovers=True)

    def hindrance() -> str | None:
        return (
            "the task was killed"
            if full.placement() == {"web01": ["xen-c: running"], "db01": ["xen-a: running"]}
            else None
        )

    report = migrate(request, connect, Caller(hindrance), LockedFiles(request.at_once, folder(full)))
    assert report.outcomes[-1].error == (
        "Domain web01 was left on xen-c and not moved to xen-b, because the task was killed."
    )


def test_hosts_that_fall_silent_between_passes_are_told_of(full: FakeFleet) -> None:
    """What was done is told, whatever can't be looked at again."""
    hosts = host_records(full.uris())
    request = Request(hosts, make_wishes(None, None, CROSSED, None, hosts), stopovers=True)

    def hindrance() -> None:
        if full.placement() == {"web01": ["xen-c: running"], "db01": ["xen-a: running"]}:
            full.set_up("xen-b", False)

    report = migrate(request, connect, Caller(hindrance), LockedFiles(request.at_once, folder(full)))
    assert [leg[3] for leg in legs(report)] == [Status.MOVED, Status.MOVED, Status.NOT_BEGUN]
    assert "xen-b" in str(report.outcomes[-1].error)


def test_who_has_gone_on_meanwhile_is_left_where_it_is(full: FakeFleet) -> None:
    """Somebody else moves it to where it was to be, between the passes."""
    hosts = host_records(full.uris())
    request = Request(hosts, make_wishes(None, None, CROSSED, None, hosts), stopovers=True)
    once = iter([True])

    def hindrance() -> None:
        arrived = {"web01": ["xen-c: running"], "db01": ["xen-a: running"]}
        if full.placement() == arrived and next(once, False):
            run(full, {"web01": "xen-b"})

    report = migrate(request, connect, Caller(hindrance), LockedFiles(request.at_once, folder(full)))
    assert [leg[3] for leg in legs(report)] == [Status.MOVED, Status.MOVED, Status.IN_PLACE]
    assert full.placement() == CHANGED


PAIRS = {**CROSSED, "web02": "xen-f", "db02": "xen-e"}
SECOND = {"web02": ["xen-e: running"], "db02": ["xen-f: running"]}
SECOND_CHANGED = {"web02": ["xen-f: running"], "db02": ["xen-e: running"]}


@pytest.fixture
def pairs(full: FakeFleet) -> FakeFleet:
    """And two more full hosts, with domains that change places as well."""
    for name, on, mib in (("web02", "xen-e", 900), ("db02", "xen-f", 1024)):
        full.add_host(on, memory_mib=2000)
        full.add_domain(name, on, xml=domain_xml(name, memory_mib=mib))
    return full


def second(fleet: FakeFleet) -> dict[str, list[str]]:
    return {name: found for name, found in fleet.placement().items() if name.endswith("2")}


def of(name: str, report: Report) -> list[tuple[str, str, Status]]:
    return [leg[1:] for leg in legs(report) if leg[0] == name]


def meanwhile(fleet: FakeFleet, happens: Callable[[], object]) -> Report:
    """Have something happen between the first pass and the second."""
    hosts = host_records(fleet.uris())
    request = Request(hosts, make_wishes(None, None, PAIRS, None, hosts), stopovers=True)
    once = iter([True])

    def hindrance() -> None:
        placed = fleet.placement()
        if (placed["web01"], placed["db01"]) == (["xen-c: running"], ["xen-a: running"]) and next(once, False):
            happens()

    return migrate(request, connect, Caller(hindrance), LockedFiles(request.at_once, folder(fleet)))


def test_two_pairs_change_places_one_after_the_other(pairs: FakeFleet) -> None:
    report = run(pairs, PAIRS, stopovers=True)
    assert {leg[3] for leg in legs(report)} == {Status.MOVED}
    assert pairs.placement() == {**CHANGED, **SECOND_CHANGED}


def test_one_that_fails_doesn_t_keep_others_from_going_on(pairs: FakeFleet) -> None:
    pairs.fail("xen-b", "migrate3")
    report = run(pairs, PAIRS, stopovers=True, stop_on_failure=False)
    assert second(pairs) == SECOND_CHANGED
    assert [leg[:2] for leg in legs(report) if leg[3] is Status.NOT_BEGUN] == [("web01", "xen-c")]


def test_who_never_set_out_is_told_to_be_where_it_is(pairs: FakeFleet) -> None:
    pairs.fail("xen-b", "migrate3")
    report = run(pairs, PAIRS, stopovers=True, stop_on_failure=True)
    assert second(pairs) == SECOND
    assert of("web02", report) == [("xen-e", "xen-f", Status.NOT_BEGUN)]
    told = result(report, host_records(pairs.uris()))
    assert places(told) == {"web01": "xen-c", "db01": "xen-b", "web02": "xen-e", "db02": "xen-f"}
    assert told["diff"]["before"]["web02"] == told["diff"]["after"]["web02"] == "xen-e"


def test_a_host_that_falls_silent_keeps_only_those_whom_it_concerns(pairs: FakeFleet) -> None:
    report = meanwhile(pairs, lambda: pairs.set_up("xen-b", False))
    assert second(pairs) == SECOND_CHANGED
    assert of("web01", report)[-1] == ("xen-c", "xen-b", Status.NOT_BEGUN)
    assert "xen-b could not be reached" in str(
        [outcome.error for outcome in report.outcomes if outcome.status is Status.NOT_BEGUN]
    )


def test_a_stop_later_on_is_checked_before_anything_is_touched(full: FakeFleet) -> None:
    for name, on, mib in (("web02", "xen-e", 900), ("db02", "xen-f", 1024)):
        full.add_host(on, memory_mib=2000)
        full.change_host(on, bridges=["xenbr1"])
        full.add_domain(name, on, xml=domain_xml(name, memory_mib=mib).replace("xenbr0", "xenbr1"))
    with pytest.raises(Blocked) as blocked:
        run(full, PAIRS, stopovers=True)
    assert "web02 can't stop on xen-c on its way: " in blocked.value.reasons
    assert full.placement() == {**UNCHANGED, **SECOND}


def test_nobody_is_brought_to_a_host_in_doubt(pairs: FakeFleet) -> None:
    """web01's stop ends in doubt: what was to stop there, too, stays."""
    pairs.change_host("xen-a", libvirt_version=11_003_000)
    pairs.fail("xen-a", "migrate3", when="after", leave="two running")
    report = run(pairs, PAIRS, stopovers=True, stop_on_failure=False)
    assert of("web01", report) == [("xen-a", "xen-c", Status.IN_DOUBT)]
    assert "web01" not in places(result(report, host_records(pairs.uris())))
    assert all(destination != "xen-c" for _source, destination, _status in of("web02", report))
    assert second(pairs) == SECOND


def test_where_its_definition_could_not_follow_it_isn_t_told_to_be_where_it_was(full: FakeFleet) -> None:
    full.fail("xen-b", "defineXML")
    report = swap(full)
    assert of("web01", report)[-1] == ("xen-c", "xen-b", Status.INCOMPLETE)
    told = result(report, host_records(full.uris()))
    assert (places(told), told["diff"]["after"]["web01"]) == ({"db01": "xen-a"}, "xen-b")


def test_who_has_stopped_without_its_definition_goes_no_further(full: FakeFleet) -> None:
    full.fail("xen-c", "defineXML")
    report = swap(full, stop_on_failure=False)
    assert of("web01", report) == [("xen-a", "xen-c", Status.INCOMPLETE), ("xen-c", "xen-b", Status.NOT_BEGUN)]


def test_who_has_gone_is_not_told_to_be_anywhere(pairs: FakeFleet) -> None:
    def destroy() -> None:
        with store.transaction(pairs.directory) as fleet:
            fleet["hosts"]["xen-c"]["domains"].pop(uuid_of("web01"))

    report = meanwhile(pairs, destroy)
    assert of("web01", report)[-1] == ("xen-c", "xen-b", Status.IN_DOUBT)
    assert "is not on xen-c any more, nor on any other host" in str(
        [outcome.error for outcome in report.outcomes if outcome.status is Status.IN_DOUBT]
    )
    assert "web01" not in places(result(report, host_records(pairs.uris())))


def test_hosts_are_asked_anew_before_each_pass(pairs: FakeFleet) -> None:
    """xen-b can't write definitions any more: libvirt there would give the domain up as soon as it has arrived."""
    report = meanwhile(pairs, lambda: pairs.change_host("xen-b", writing=["/etc/libvirt/libxl no 1 1 4096 1 1"]))
    assert of("web01", report)[-1] == ("xen-c", "xen-b", Status.NOT_BEGUN)
    assert second(pairs) == SECOND_CHANGED


def test_a_dead_end_on_one_third_host_has_another_one_taken(pairs: FakeFleet) -> None:
    pairs.add_host("xen-d", memory_mib=3000)
    pairs.change_host("xen-c", addresses=["127.0.0.1/8"])
    report = run(pairs, PAIRS, stopovers=True)
    assert {leg[2] for leg in legs(report)} == {"xen-d", "xen-a", "xen-b", "xen-e", "xen-f"}


def test_stops_are_hinted_at_only_where_they_help(full: FakeFleet) -> None:
    with pytest.raises(Blocked, match="With stopovers, one may stop"):
        swap(full, stopovers=False)
    with pytest.raises(Blocked) as blocked:
        run(full, {"web01": "xen-b"})
    assert "stopovers" not in blocked.value.reasons
    full.change_host("xen-c", memory_kib=1024 * 1024)
    with pytest.raises(Blocked) as blocked:
        swap(full, stopovers=False)
    assert "stopovers" not in blocked.value.reasons


def test_nothing_is_told_of_moves_that_are_not_made(full: FakeFleet) -> None:
    told = [finding.sentence for finding in swap(full, check=True).findings if finding.code == "plain_transport"]
    assert len(told) == 3
    assert not any("web01 goes from xen-a to 192.0.2.12" in sentence for sentence in told)
