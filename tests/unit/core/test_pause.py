# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a guest stands still: from when its source's Xen asks for it to when its destination has it run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

import pytest
from fleet import FakeFleet
from make import domain
from running import run_one
from world import Here

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import HypervisorError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.hypervisor import Hypervisor
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Move, State
from ansible_collections.xenfleet.migration.plugins.module_utils._core.pause import Pause

NO_SHELL = HypervisorError("xen-a", "tell when a guest is suspended", "there is no shell on it")


class Host:
    """Answers one thing after the other; an error among them is raised."""

    def __init__(self, answers: Sequence[object]) -> None:
        self._answers: Iterator[object] = iter(answers)

    def suspension(self, _uuid: str) -> object:
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    has_run = suspension


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is asked is answered before anything goes on; each look at the clock takes a second."""
    core = "ansible_collections.xenfleet.migration.plugins.module_utils._core"
    monkeypatch.setattr(f"{core}.later.threading.Thread", Here)
    now = iter(range(100))
    monkeypatch.setattr(f"{core}.pause.monotonic", lambda: next(now))


CASES: dict[str, tuple[list[object], list[object], int, float | None]] = {
    # what the source answers, what the destination answers, looks, and the pause
    "it is seen to run at the second look": ([True], [False, True], 2, 1),
    "it is seen to run after the move": ([True], [False], 1, 1),
    "it is asked to suspend itself in the second minute": ([False, True], [True], 1, 1),
    "a look fails": ([True], [HypervisorError("xen-b", "show a domain", "no answer"), True], 2, 1),
    "it was asked before anybody could notice": ([None], [True], 1, None),
    "there is no shell of root's": ([NO_SHELL], [True], 1, None),
}


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(("source", "destination", "looks", "seconds"), CASES.values(), ids=CASES)
def test_a_pause_is_told_where_both_its_ends_were_seen(
    source: list[object], destination: list[object], looks: int, seconds: float | None
) -> None:
    pause = made(source, destination)
    pause.begin()
    for _look in range(looks):
        pause.tick()
    assert pause.end(runs=True) == seconds


@pytest.mark.usefixtures("at_once")
def test_of_a_domain_that_did_not_move_none_is_told() -> None:
    pause = made([True], [])
    pause.begin()
    assert pause.end(runs=False) is None


@pytest.mark.usefixtures("at_once")
def test_of_a_domain_that_was_paused_anyway_nothing_is_asked() -> None:
    pause = made([], [], State.PAUSED)
    pause.begin()
    pause.tick()
    assert pause.end(runs=True) is None


def made(source: list[object], destination: list[object], state: State = State.RUNNING) -> Pause:
    move = Move(domain(state=state), "xen-a", "xen-b", live=True)
    hosts: list[Any] = [Host(source), Host(destination)]
    return Pause(move, *(cast("Hypervisor", host) for host in hosts))


def test_the_outcome_of_a_move_has_it(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    outcome = run_one(fleet)
    assert outcome.pause is not None
    assert outcome.duration is not None
    assert 0 < outcome.pause <= outcome.duration
