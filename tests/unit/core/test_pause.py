# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a guest stands still: from when its source's Xen asks for it to when its source gives it up."""

from __future__ import annotations

from threading import Event
from typing import Any

import pytest
from fleet import FakeFleet
from make import domain
from running import run_one
from world import Here

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import HypervisorError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Move, State
from ansible_collections.xenfleet.migration.plugins.module_utils._core.pause import Pause
from ansible_collections.xenfleet.migration.plugins.module_utils._core.suspension import Suspension

NO_SHELL = HypervisorError("xen-a", "tell when a guest is suspended", "there is no shell on it")
ASKED = Suspension(told=101.0, asked=101.0)


class Source:
    """Tells one thing after the other; an error among them is raised."""

    def __init__(self, *told: Suspension | HypervisorError) -> None:
        self._told = iter(told)

    def follow_suspension(self, _uuid: str, _xen_id: int, _seen: Suspension) -> Suspension:
        told = next(self._told)
        if isinstance(told, HypervisorError):
            raise told
        return told


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is asked is answered before anything goes on; each look at the clock takes a second."""
    core = "ansible_collections.xenfleet.migration.plugins.module_utils._core"
    monkeypatch.setattr(f"{core}.later.threading.Thread", Here)
    now = iter(range(100))
    monkeypatch.setattr(f"{core}.pause.monotonic", lambda: next(now))


CASES: dict[str, tuple[list[Suspension | HypervisorError], float | None]] = {
    # what the source tells, and the pause: as much longer as it was looked at after that, where the guest doesn't run by then
    "it runs when it is given up": ([Suspension(told=103.5, asked=101.0, given_up=True, runs=True)], 2.5),
    "it takes minutes": ([Suspension(told=41.0), ASKED, Suspension(told=161.0, asked=101.0, gone=True, runs=True)], 60),
    "nobody sees it given up": ([Suspension(told=103.5, asked=101.0, gone=True)], 3.5),
    "its destination doesn't have it run early": ([Suspension(told=103.5, asked=101.0, given_up=True)], 3.5),
    "it was asked before anybody could notice": ([Suspension(told=103.5, missed=True, given_up=True, runs=True)], None),
    "there is no shell of root's": ([NO_SHELL], None),
    "the shell breaks off": ([ASKED, NO_SHELL], 1),
}


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(("told", "seconds"), CASES.values(), ids=CASES)
def test_a_pause_is_told_where_its_beginning_was_seen(
    told: list[Suspension | HypervisorError], seconds: float | None
) -> None:
    pause = made(*told)
    pause.begin()
    assert pause.end(runs=True) == seconds


@pytest.mark.usefixtures("at_once")
def test_of_a_domain_that_did_not_move_none_is_told() -> None:
    pause = made(Suspension(told=103.5, asked=101.0, gone=True))
    pause.begin()
    assert pause.end(runs=False) is None


@pytest.mark.usefixtures("at_once")
def test_of_a_domain_that_was_paused_anyway_nothing_is_asked() -> None:
    pause = made(state=State.PAUSED)
    pause.begin()
    assert pause.end(runs=True) is None


def test_a_source_that_does_not_tell_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    core = "ansible_collections.xenfleet.migration.plugins.module_utils._core"
    monkeypatch.setattr(f"{core}.pause.LAST_WORD_SECONDS", 0.01)
    pause, never = made(), Event()
    monkeypatch.setattr(Source, "follow_suspension", lambda *_what: never.wait())
    pause.begin()
    assert pause.end(runs=True) is None
    never.set()


def made(*told: Suspension | HypervisorError, state: State = State.RUNNING) -> Pause:
    source: Any = Source(*told)
    return Pause(Move(domain(state=state), "xen-a", "xen-b", live=True), source)


@pytest.mark.usefixtures("at_once")
def test_the_outcome_of_a_move_has_it(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    assert run_one(fleet).pause == 1
