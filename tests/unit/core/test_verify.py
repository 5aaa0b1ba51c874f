# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What two looks at both hosts prove."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import pytest
from make import domain, move, shut_off

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import HypervisorError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.hypervisor import Hypervisor
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Domain, Move, State
from ansible_collections.xenfleet.migration.plugins.module_utils._core.verify import (
    Seen,
    Sighting,
    Verdict,
    describe,
    judge,
    observe,
    seen_running,
)

CORE = "ansible_collections.xenfleet.migration.plugins.module_utils._core"

SECOND = 10**9
SILENT = HypervisorError("xen-b", "show a domain", "it is off")
RUNS = move(domain())
PAUSED = move(domain(state=State.PAUSED))


def on_source(seconds: float, state: State = State.RUNNING) -> Domain:
    return domain("web01", "xen-a", cpu_time_ns=int(seconds * SECOND), state=state)


def on_destination(seconds: float, state: State = State.RUNNING) -> Domain:
    return domain("web01", "xen-b", id=7, cpu_time_ns=int(seconds * SECOND), state=state)


OFF = shut_off()
AWAITED = replace(shut_off(), host="xen-b", persistent=False)
MOVED, STAYED, DOUBT = Verdict.MOVED, Verdict.STAYED, Verdict.DOUBT
FROZEN = on_destination(0)

# what; the move; source then and now; destination then and now; the verdict
CASES: dict[str, tuple[Move, tuple[Seen, Seen], tuple[Seen, Seen], Verdict]] = {
    "runs there, gone here": (RUNS, (None, None), (FROZEN, on_destination(0.1)), MOVED),
    "runs there, shut off here": (RUNS, (OFF, OFF), (FROZEN, on_destination(0.1)), MOVED),
    "says it runs there, and used no CPU": (RUNS, (OFF, OFF), (FROZEN, FROZEN), DOUBT),
    "is paused there, shut off here": (
        RUNS, (OFF, OFF), (on_destination(0, State.PAUSED), on_destination(0.1, State.PAUSED)), DOUBT,
    ),
    "runs there and here": (RUNS, (on_source(5), on_source(6)), (FROZEN, on_destination(0.1)), DOUBT),
    "runs there, stands still here": (RUNS, (on_source(5), on_source(5)), (FROZEN, on_destination(0.1)), DOUBT),
    "runs there, and the source is silent": (RUNS, (SILENT, SILENT), (FROZEN, on_destination(0.1)), DOUBT),
    "runs here, unknown there": (RUNS, (on_source(5), on_source(5.1)), (None, None), STAYED),
    "runs here, shut off there": (RUNS, (on_source(5), on_source(5.1)), (OFF, OFF), STAYED),
    "runs here, may still arrive there": (RUNS, (on_source(5), on_source(5.1)), (AWAITED, AWAITED), DOUBT),
    "says it runs here, and used no CPU": (RUNS, (on_source(5), on_source(5)), (None, None), DOUBT),
    "runs here, and the destination is silent": (RUNS, (on_source(5), on_source(6)), (SILENT, SILENT), DOUBT),
    "runs here, paused there": (
        RUNS, (on_source(5), on_source(6)), (FROZEN, on_destination(0, State.PAUSED)), DOUBT,
    ),
    "is in the middle of it here": (
        RUNS, (on_source(5), on_source(6, State.MIGRATING)), (None, None), DOUBT,
    ),
    "says it runs here, seen once only": (RUNS, (SILENT, on_source(5)), (None, None), DOUBT),
    "is nowhere": (RUNS, (None, None), (None, None), DOUBT),
    "is shut off on both": (RUNS, (OFF, OFF), (OFF, OFF), DOUBT),
    "was paused, is paused there": (PAUSED, (OFF, OFF), (None, on_destination(0, State.PAUSED)), MOVED),
    "was paused, runs there": (PAUSED, (OFF, OFF), (FROZEN, on_destination(0.1)), DOUBT),
    "was paused, is paused here": (
        PAUSED, (on_source(5, State.PAUSED), on_source(5, State.PAUSED)), (None, None), STAYED,
    ),
    "was paused, is paused on both": (
        PAUSED, (on_source(5, State.PAUSED),) * 2, (on_destination(0, State.PAUSED),) * 2, DOUBT,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("what", "source", "destination", "verdict"), CASES.values(), ids=CASES.keys())
def test_a_domain_that(what: Move, source: tuple[Seen, Seen], destination: tuple[Seen, Seen], verdict: Verdict) -> None:
    first, now = (Sighting(here, there) for here, there in zip(source, destination, strict=True))
    assert judge(what, first, now) is verdict


def test_a_look_is_described_for_both_hosts() -> None:
    words = describe(RUNS, Sighting(on_source(5), SILENT))
    assert "xen-a shows it running, 5.00 s of CPU time" in words
    assert "xen-b shows it not at all (Host xen-b could not show a domain: it is off" in words


def test_an_unknown_domain_is_described() -> None:
    assert "xen-b shows it not at all (unknown there)" in describe(RUNS, Sighting(OFF, None))


class Shows:
    """A host that shows one thing after the other, and the last one from then on."""

    def __init__(self, *seen: Seen) -> None:
        self._seen: Iterator[Seen] = iter(seen)
        self._last: Seen = None

    def inspect(self, _uuid: str) -> Domain | None:
        self._last = next(self._seen, self._last)
        if isinstance(self._last, Exception):
            raise self._last
        return self._last


def shows(*seen: Seen) -> Hypervisor:
    return cast(Any, Shows(*seen))


@pytest.fixture
def one_look_takes_all_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{CORE}.verify.SETTLE_SECONDS", 0)


@pytest.mark.usefixtures("one_look_takes_all_the_time")
@pytest.mark.parametrize(
    ("source", "destination", "verdict"),
    [
        ((on_source(5), on_source(5.1)), (None,), STAYED),
        ((on_source(5), on_source(5)), (None,), DOUBT),
        ((OFF,), (FROZEN, on_destination(0.1)), MOVED),
    ],
    ids=["runs on", "stands still", "has left"],
)
def test_a_domain_that_its_source_shows_is_looked_at_twice_however_long_a_look_takes(
    source: tuple[Seen, ...], destination: tuple[Seen, ...], verdict: Verdict
) -> None:
    assert observe(RUNS, shows(*source), shows(*destination))[0] is verdict


@pytest.mark.usefixtures("one_look_takes_all_the_time")
def test_a_domain_is_in_doubt_in_the_end() -> None:
    assert observe(RUNS, shows(SILENT), shows(None))[0] is DOUBT


@pytest.mark.usefixtures("one_look_takes_all_the_time")
@pytest.mark.parametrize(("then", "runs"), [(5.1, True), (5.0, False)])
def test_a_domain_is_seen_running_by_two_looks_however_long_one_takes(then: float, runs: bool) -> None:
    assert seen_running("uuid-of-web01", shows(on_source(5), on_source(then))) is runs
