# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A move that another run has made while this one waited for its turn, private to this collection."""

from __future__ import annotations

from .errors import HypervisorError
from .hypervisor import Hypervisor
from .model import Domain, Move, Outcome, Status
from .verify import Verdict, as_domain, describe, observe


def overtaken(move: Move, source: Hypervisor, destination: Hypervisor) -> Outcome | None:
    """Return what has become of a domain that has left its source since it was looked for, or is not the same there; else None.

    Also None if the source can't be asked: the move itself tells why.
    """
    try:
        here = source.inspect(move.domain.uuid)
        if here is not None and here.active and move.domain.active and here.paused != move.domain.paused:
            return _paused_or_resumed(move, here)
        if here is not None and (here.active or not move.domain.active):
            return None
        if here is not None:
            return _stopped(move, here)
        there = destination.inspect(move.domain.uuid)
    except HypervisorError as error:
        return _failed(move, str(error)) if error.host == move.destination else None
    if there is None:
        return _failed(
            move, "Another run has moved it elsewhere, or somebody removed it, since this one looked for it."
        )
    if there.name != move.final_name:
        return _failed(move, f"{move.destination} has it as {there.name}.")
    if not move.domain.active:
        return Outcome(move, Status.IN_PLACE, domain=there)
    verdict, sighting = observe(move, source, destination)
    if verdict is Verdict.MOVED:
        return Outcome(move, Status.IN_PLACE, domain=as_domain(sighting.destination))
    return _failed(move, f"{describe(move, sighting)}.")


def _stopped(move: Move, here: Domain) -> Outcome:
    why = "a move took its memory elsewhere" if here.moved_away else "somebody shut it down, or it ended by itself"
    text = (
        f"Domain {move.domain.name} on {move.source} is shut off by now: {why}. Run the task again to see where it is."
    )
    return Outcome(move, Status.FAILED, domain=here, error=text)


def _paused_or_resumed(move: Move, here: Domain) -> Outcome:
    """It would be sent, and treated afterwards, as what it is not."""
    text = (
        f"Domain {move.domain.name} on {move.source} is {here.state.value} by now, and was {move.domain.state.value} when this"
        " run looked for it. It was not touched. Run the task again."
    )
    return Outcome(move, Status.FAILED, domain=here, error=text)


def _failed(move: Move, what: str) -> Outcome:
    text = f"Domain {move.domain.name} is not on {move.source} any more. {what} Run the task again to see where it is."
    return Outcome(move, Status.FAILED, error=text)
