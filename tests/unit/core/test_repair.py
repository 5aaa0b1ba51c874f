# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repairs look once more at what they depend on: the copy that is kept has to be there still, a note not taken away."""

from __future__ import annotations

from typing import Any, cast

import pytest
from make import domain, host

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import MigrationError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.evidence import (
    Ending,
    HostEvidence,
    Life,
    XenCopy,
    XenState,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Domain, State
from ansible_collections.xenfleet.migration.plugins.module_utils._core.repair import (
    Destroy,
    ForgetNote,
    PauseAgain,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._core.snapshot import Hypervisors

UUID = "uuid-of-web01"
OTHER = XenCopy(7, "db01", XenState.GOES_ON, 50, True)


class Shows:
    """A host whose Xen shows this, and which notes what was destroyed on it."""

    def __init__(self, name: str, told: HostEvidence) -> None:
        self.host = host(name)
        self.destroyed: list[tuple[str, int, bool]] = []
        self._told = told

    def domains_in_xen(self) -> HostEvidence:
        return self._told

    def destroy(self, uuid: str, xen_id: int, never_ran: bool) -> None:
        self.destroyed.append((uuid, xen_id, never_ran))


def has(state: XenState, **values: Any) -> HostEvidence:
    return HostEvidence({UUID: XenCopy(3, "web01", state, 50, True, **values)})


def destroyed(kept: HostEvidence, life: Life = Life.NEVER_RAN) -> tuple[list[tuple[str, int, bool]], str | None]:
    """Destroy the copy on xen-b while the one on xen-a is to be kept; return what was destroyed, and why it was not."""
    here, there = Shows("xen-a", kept), Shows("xen-b", HostEvidence({}))
    try:
        assert (
            Destroy("xen-b", UUID, 3, life, kept="xen-a").do(cast(Hypervisors, {"xen-a": here, "xen-b": there})) == ()
        )
    except MigrationError as error:
        return there.destroyed, str(error)
    return there.destroyed, None


THERE = {
    "runs": has(XenState.GOES_ON),
    "is paused": has(XenState.PAUSED),
    "is suspended for the last of its memory": has(XenState.SUSPENDED),
}


@pytest.mark.parametrize("life", [Life.NEVER_RAN, Life.SUSPENDED])
@pytest.mark.parametrize("kept", THERE.values(), ids=THERE)
def test_a_copy_is_destroyed_while_the_other(kept: HostEvidence, life: Life) -> None:
    assert destroyed(kept, life) == ([(UUID, 3, life is Life.NEVER_RAN)], None)


GONE = "xen-a has no copy any more that could go on, so the other one is kept. Look again."
LOST = {
    "is gone": (HostEvidence({}), GONE),
    "is gone and another domain is there": (HostEvidence({"uuid-of-db01": OTHER}), GONE),
    "is being given up": (has(XenState.SUSPENDED, given_up=True), GONE),
    "has shut down": (has(XenState.ENDED, ending=Ending.SHUT_DOWN), GONE),
    "has crashed": (has(XenState.ENDED), GONE),
    "can't be asked for": (
        HostEvidence(problem="no shell"),
        "Whether xen-a has a copy of the domain could not be asked: no shell",
    ),
}


@pytest.mark.parametrize("life", [Life.NEVER_RAN, Life.SUSPENDED])
@pytest.mark.parametrize(("kept", "why"), LOST.values(), ids=LOST)
def test_no_copy_is_destroyed_while_the_other(kept: HostEvidence, why: str, life: Life) -> None:
    assert destroyed(kept, life) == ([], why)


class Pauses:
    """A host that shows this domain, and notes what is done with it."""

    def __init__(self, shown: Domain | None) -> None:
        self.host = host("xen-a")
        self.done: list[tuple[str, str]] = []
        self._shown = shown

    def inspect(self, uuid: str) -> Domain | None:
        return self._shown if self._shown is not None and self._shown.uuid == uuid else None

    def pause(self, uuid: str) -> None:
        self.done.append(("pause", uuid))

    def forget_note(self, uuid: str) -> None:
        self.done.append(("forget", uuid))


TO_PAUSE = {
    "runs": ({"pause_noted": True}, ["pause", "forget"]),
    "is paused meanwhile": ({"pause_noted": True, "state": State.PAUSED}, ["forget"]),
    "has no such note any more": ({}, []),
    "has the note of another copy": ({"came_paused": True}, []),
}


@pytest.mark.parametrize(("values", "done"), TO_PAUSE.values(), ids=TO_PAUSE)
def test_a_domain_is_paused_again_only_if_that_is_still_noted_and_it(values: dict[str, Any], done: list[str]) -> None:
    there = Pauses(domain(**values))
    assert PauseAgain("xen-a", UUID).do(cast(Hypervisors, {"xen-a": there})) == ()
    assert there.done == [(step, UUID) for step in done]


TO_FORGET = {
    "runs, and is to be paused": ({"pause_noted": True}, []),
    "is paused": ({"pause_noted": True, "state": State.PAUSED}, ["forget"]),
    "runs, and it is of another copy": ({"came_paused": True}, ["forget"]),
    "has it no more": ({}, []),
}


@pytest.mark.parametrize(("values", "done"), TO_FORGET.values(), ids=TO_FORGET)
def test_the_note_is_taken_away_from_one_that(values: dict[str, Any], done: list[str]) -> None:
    there = Pauses(domain(**values))
    assert ForgetNote("xen-a", UUID).do(cast(Hypervisors, {"xen-a": there})) == ()
    assert there.done == [(step, UUID) for step in done]


@pytest.mark.parametrize("repair", [PauseAgain, ForgetNote])
def test_a_domain_that_is_gone_is_left_alone(repair: type[PauseAgain | ForgetNote]) -> None:
    there = Pauses(None)
    assert repair("xen-a", UUID).do(cast(Hypervisors, {"xen-a": there})) == ()
    assert there.done == []


@pytest.mark.parametrize("repair", [PauseAgain, ForgetNote])
def test_a_domain_whose_next_move_has_begun_is_left_alone(repair: type[PauseAgain | ForgetNote]) -> None:
    there = Pauses(domain(pause_noted=True, job=True, state=State.PAUSED))
    with pytest.raises(MigrationError, match="xen-a holds a job on web01: a move of it may have begun"):
        repair("xen-a", UUID).do(cast(Hypervisors, {"xen-a": there}))
    assert there.done == []
