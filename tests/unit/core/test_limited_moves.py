# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moves with a bandwidth: what they are limited to, what becomes of that, and what is told of it."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
from fleet import FakeFleet, uuid_of
from make import domain, fleet, host, host_state, move, shut_off
from running import connect, run, run_one

from ansible_collections.xenfleet.migration.plugins.module_utils._core.bandwidth import limit_moves
from ansible_collections.xenfleet.migration.plugins.module_utils._core.connections import host_records
from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import Blocked, HypervisorError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.hypervisor import Transfer
from ansible_collections.xenfleet.migration.plugins.module_utils._core.migration import Request, check, migrate
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import (
    Abilities,
    Domain,
    Host,
    HostState,
    Limit,
    Move,
    Outcome,
    Status,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._core.result import readiness, result
from ansible_collections.xenfleet.migration.plugins.module_utils._core.throttle import Throttle, Throttled
from ansible_collections.xenfleet.migration.plugins.module_utils._core.wish import make_wishes
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.sending import parameters_of
from fake_xen import store

MIB = 1024**2
LIMITS: dict[str, tuple[Domain, float | None, float | None, float | None]] = {
    "nothing": (domain(), None, None, None),
    "what the task asks for": (domain(), 8.0, None, 8.0),
    "what its source may send": (domain(), None, 5.0, 5.0),
    "what its source may send, if that is less": (domain(), 8.0, 5.0, 5.0),
    "what the task asks for, if that is less": (domain(), 2.5, 5.0, 2.5),
    "nothing without memory": (shut_off(), 8.0, 5.0, None),
}


@pytest.mark.parametrize(("what", "asked", "total", "limit"), LIMITS.values(), ids=LIMITS.keys())
def test_a_move_is_limited_to(what: Domain, asked: float | None, total: float | None, limit: float | None) -> None:
    source = HostState(Host("xen-a", "xen+ssh://root@a/system", bandwidth=total))
    (limited,) = limit_moves([move(what)], fleet(source, host_state("xen-b")), asked)
    assert limited.bandwidth == limit


@pytest.fixture
def web01(fleet: FakeFleet) -> FakeFleet:
    fleet.add_domain("web01", "xen-a", autostart=True)
    return fleet


def with_total(fleet: FakeFleet, total: float, **options: Any) -> Request:
    uris = fleet.uris()
    hosts = host_records({**uris, "xen-a": {"uri": uris["xen-a"], "bandwidth": total}})
    return Request(hosts, make_wishes(["web01"], "xen-b", None, None, hosts), **options)


def told(outcome: Outcome) -> tuple[Status, float | None, tuple[str, ...]]:
    return outcome.status, outcome.bandwidth, outcome.warnings


def test_a_limit_that_took_hold_is_told(web01: FakeFleet) -> None:
    web01.stream("web01", "xen-a", "xen-b", mib_per_s=256)
    report = run(web01, {"web01": "xen-b"}, bandwidth=8.0)
    assert told(report.outcomes[0]) == (Status.MOVED, 8.0, ())
    assert result(report, host_records(web01.uris()))["moves"][0]["bandwidth"] == 8.0
    assert result(run(web01, {"web01": "xen-a"}), host_records(web01.uris()))["moves"][0]["bandwidth"] is None


def test_a_host_s_total_is_shared_with_whatever_else_it_sends(web01: FakeFleet) -> None:
    web01.add_domain("db01", "xen-a")
    web01.stream("web01", "xen-a", "xen-b", mib_per_s=256)
    web01.stream("db01", "xen-a", "xen-b", mib_per_s=1)
    with store.transaction(web01.directory) as fleet:
        fleet["hosts"]["xen-b"]["incoming"][uuid_of("db01")]["begun"] = time.time()  # another controller's
    (outcome,) = migrate(with_total(web01, 5.0, bandwidth=100.0), connect).outcomes
    assert told(outcome) == (Status.MOVED, 2.5, ())


def test_a_move_that_was_not_seen_to_be_sent_is_told_of(web01: FakeFleet) -> None:
    status, bandwidth, (warning,) = told(run_one(web01, bandwidth=8.0))
    assert (status, bandwidth) == (Status.MOVED, None)
    assert warning == (
        "The limit of 8 MiB/s was not seen to be kept while the memory of web01 was sent: xen-a was not seen to send it."
    )


def test_one_that_was_not_sent_is_no_matter_of_bandwidth(web01: FakeFleet) -> None:
    web01.fail("xen-a", "migrate3")
    assert told(run_one(web01, bandwidth=8.0)) == (Status.FAILED, None, ())


def test_what_can_t_be_limited_blocks_and_goes_unlimited_where_that_is_accepted(web01: FakeFleet) -> None:
    web01.change_host("xen-a", throttling=["4.19.0-26-amd64", "/usr/bin/python3", "0"])
    with pytest.raises(Blocked) as blocked:
        run_one(web01, bandwidth=8.0)
    assert [found.code for found in blocked.value.findings if found.blocks] == ["bandwidth_impossible"]
    assert "xen-a can't limit a connection: its kernel is Linux 4.19.0-26-amd64" in str(blocked.value)
    outcome = run_one(web01, bandwidth=8.0, accepted=frozenset({"bandwidth_impossible"}))
    assert (outcome.status, len(outcome.warnings)) == (Status.MOVED, 1)


def test_what_is_only_planned_tells_its_limit(web01: FakeFleet) -> None:
    prepared, _notes = check(with_total(web01, 5.0, bandwidth=100.0), connect)
    ready = readiness(prepared, lambda _move: Limit())
    assert (ready["ready"], [each["bandwidth"] for each in ready["moves"]]) == (True, [5.0])


class Source:
    """Is asked for a limit, and tells what that came to, or refuses to do either; what is asked of it is kept."""

    host = host("xen-a", bandwidth=3.0)

    def __init__(
        self,
        told: tuple[int, ...] | HypervisorError = (),
        name: str | HypervisorError | None = "limit 1",
        by_driver: bool = False,
    ) -> None:
        self.asked: list[tuple[str | int | None, ...]] = []
        self._told = told
        self._name = name
        self._abilities = Abilities(by_driver, True)

    def abilities(self) -> Abilities:
        return self._abilities

    def begin_throttle(self, *asked: Any) -> str | None:
        self.asked.append(asked)
        return self._or_raise(self._name)

    def end_throttle(self, *asked: Any) -> tuple[int, ...]:
        self.asked.append(asked)
        return self._or_raise(self._told)

    @staticmethod
    def _or_raise(answer: Any) -> Any:
        if isinstance(answer, HypervisorError):
            raise answer
        return answer


LIMITED = replace(move(), address="192.0.2.12", bandwidth=2.5)
REFUSED = HypervisorError("xen-a", "limit a transfer", "Operation not permitted")
WHY = "Host xen-a could not limit a transfer: Operation not permitted."


def ended(source: Any, limited: Move = LIMITED, sent: bool = True) -> Throttled:
    throttle = Throttle(limited, source)
    throttle.begin()
    return throttle.end(sent)


def test_a_limit_is_asked_for_and_the_lowest_that_took_hold_is_told() -> None:
    source = Source((2 * MIB, 3 * MIB))
    assert ended(source) == Throttled(2.0)
    assert source.asked == [("uuid-of-web01", "192.0.2.12", 5 * MIB // 2, 3 * MIB), ("limit 1",)]


NOT_LIMITED = {
    "is not ready for it": (Source(name=REFUSED), True, Throttled(unlimited=WHY)),
    "could not do it": (Source(REFUSED), True, Throttled(unlimited=WHY)),
    "was not seen to send": (Source(), True, Throttled(unlimited="xen-a was not seen to send it")),
    "has no such domain running": (Source(name=None), True, Throttled(unlimited="xen-a was not seen to send it")),
    "sent nothing": (Source(), False, Throttled()),
}


@pytest.mark.parametrize(("source", "sent", "throttled"), NOT_LIMITED.values(), ids=NOT_LIMITED.keys())
def test_nothing_is_limited_where_a_host(source: Source, sent: bool, throttled: Throttled) -> None:
    assert ended(source, sent=sent) == throttled


def test_nothing_is_asked_for_where_nothing_is_limited() -> None:
    assert (ended(Source(), replace(LIMITED, bandwidth=None)), Source().asked) == (Throttled(), [])


@pytest.mark.parametrize(("bandwidth", "whole"), [(8.0, 8), (2.5, 2), (0.5, 1)])
def test_a_driver_that_can_limit_does_it_itself_in_whole_mib(bandwidth: float, whole: int) -> None:
    limited = replace(LIMITED, bandwidth=bandwidth)
    source: Any = Source(by_driver=True)
    assert Throttle(limited, source).for_driver == whole
    assert (ended(source, limited), ended(source, limited, sent=False)) == (Throttled(whole), Throttled())
    transfer = Transfer("192.0.2.12", True, False, True, None, bandwidth=whole)
    assert parameters_of(transfer) == {"migrate_uri": "tcp://192.0.2.12", "bandwidth": whole}
