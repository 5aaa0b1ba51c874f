# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a guest stands still: from when its source's Xen asks for it to when its source gives it up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from fleet import FakeFleet
from make import domain
from running import run_one
from world import Here

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import HypervisorError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Move, State
from ansible_collections.xenfleet.migration.plugins.module_utils._core.pause import Pause

NO_SHELL = HypervisorError("xen-a", "tell when a guest is suspended", "there is no shell on it")
REFUSED = HypervisorError("xen-b", "resume a domain", "no answer")


class Source:
    """Answers one thing after the other, when a guest is asked and then when it is given up; an error among them is raised."""

    def __init__(self, asked: Sequence[object], given: Sequence[object]) -> None:
        self._asked, self._given = iter(asked), iter(given)

    def suspension(self, _xen_id: int) -> object:
        return _answer(self._asked)

    def hand_over(self, _uuid: str, _xen_id: int) -> object:
        return _answer(self._given)


def _answer(answers: Iterator[object]) -> object:
    answer = next(answers)
    if isinstance(answer, Exception):
        raise answer
    return answer


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is asked is answered before anything goes on; each look at the clock takes a second."""
    core = "ansible_collections.xenfleet.migration.plugins.module_utils._core"
    monkeypatch.setattr(f"{core}.later.threading.Thread", Here)
    now = iter(range(100))
    monkeypatch.setattr(f"{core}.pause.monotonic", lambda: next(now))


CASES: dict[str, tuple[list[object], list[object], float | None, bool]] = {
    # when it is asked and when it is given up, what the source answers; the pause, and whether it has begun as far as is known
    "both are seen": ([True], [True], 1, True),
    "it takes minutes until it is asked": ([False, False, True], [True], 1, True),
    "it takes minutes until it is given up": ([True], [False, False, True], 1, True),
    "nobody sees it given up": ([True], [None], 1, True),
    "its destination refuses to have it run early": ([True], [REFUSED], 1, True),
    "it was asked before anybody could notice": ([None], [True], None, True),
    "there is no shell of root's": ([NO_SHELL], [], None, False),
}


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(("asked", "given", "seconds", "begun"), CASES.values(), ids=CASES)
def test_a_pause_is_told_where_its_beginning_was_seen(
    asked: list[object], given: list[object], seconds: float | None, begun: bool
) -> None:
    pause = made(asked, given)
    pause.begin()
    assert (pause.has_begun, pause.end(runs=True)) == (begun, seconds)


@pytest.mark.usefixtures("at_once")
def test_of_a_domain_that_did_not_move_none_is_told() -> None:
    pause = made([True], [None])
    pause.begin()
    assert pause.end(runs=False) is None


@pytest.mark.usefixtures("at_once")
def test_of_a_domain_that_was_paused_anyway_nothing_is_asked() -> None:
    pause = made([], [], State.PAUSED)
    pause.begin()
    assert (pause.has_begun, pause.end(runs=True)) == (False, None)


def made(asked: list[object], given: list[object], state: State = State.RUNNING) -> Pause:
    source: Any = Source(asked, given)
    return Pause(Move(domain(state=state), "xen-a", "xen-b", live=True), source)


@pytest.mark.usefixtures("at_once")
def test_the_outcome_of_a_move_has_it(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    assert run_one(fleet).pause == 1
