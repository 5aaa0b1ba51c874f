# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What really happened to a domain, private to this collection: decided from both hosts, never from a return code."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import Enum
from typing import Union

from .errors import HypervisorError, MigrationError
from .hypervisor import Hypervisor
from .model import Domain, Move, State
from .parallel import ask_all

SETTLE_SECONDS = 30
"""How long the two hosts may take to show one clear picture; then it is looked into, as a guest may stand still. libxl itself
gives up on a step after 30 or 60 s."""
POLL_SECONDS = 0.2
LOOK_SECONDS = 30
"""How long a host may take to show a domain: the keepalive of libvirt's daemon gives a silent connection up after as long."""

Seen = Union[Domain, MigrationError, None]
"""A domain, its absence, or the reason why the host couldn't be asked."""


@dataclass(frozen=True)
class Sighting:
    """What both hosts showed at one moment."""

    source: Seen
    destination: Seen


class Verdict(Enum):
    """Where the one running (or paused) domain is. ``ENDED``: it is shut off at its source, and not because of the move."""

    MOVED = "moved"
    STAYED = "stayed"
    ENDED = "ended"
    DOUBT = "doubt"


def observe(move: Move, source: Hypervisor, destination: Hypervisor) -> tuple[Verdict, Sighting]:
    """Ask both hosts until they show where the domain is, ``SETTLE_SECONDS`` after the first look at most; then it is in doubt.

    Where the source shows it, it is looked at twice however long a look takes: one alone can't show that it goes on. One that
    is only to be made to run at its destination isn't waited for: its guest stands still.
    """
    first = now = _look(move, source, destination)
    deadline = time.monotonic() + SETTLE_SECONDS
    verdict, waits = judge(move, first, now), False
    while verdict is Verdict.DOUBT and not waits and (_seen_once(first, now) or time.monotonic() < deadline):
        time.sleep(POLL_SECONDS)
        before, now = now, _look(move, source, destination)
        verdict, waits = judge(move, first, now), is_held_back(move, before) and is_held_back(move, now)
        first = first if isinstance(first.source, Domain) else now
    return verdict, now


def is_held_back(move: Move, sighting: Sighting) -> bool:
    """Whether it has arrived, its source has given it up, and it was not made to run: the last step of a move is to come."""
    here, there = sighting.source, sighting.destination
    gone = here is None or (isinstance(here, Domain) and not here.active)
    arrived = isinstance(there, Domain) and there.active and there.state is State.PAUSED
    return gone and arrived and move.domain.runs


def _seen_once(first: Sighting, now: Sighting) -> bool:
    return first is now and isinstance(now.source, Domain)


def judge(move: Move, first: Sighting, now: Sighting) -> Verdict:
    """Decide from two sightings. A domain that ran counts as running only where its CPU time shows that it does.

    On its destination CPU time begins at 0; on its source it has to grow from the first sighting to this one.
    """
    if isinstance(now.source, MigrationError) or isinstance(now.destination, MigrationError):
        return Verdict.DOUBT
    if _goes_on(move, 0, now.destination) and not _is_active(now.source):
        return Verdict.MOVED
    begun = first.source.cpu_time_ns if isinstance(first.source, Domain) else None
    if _goes_on(move, begun, now.source) and not _may_arrive(now.destination):
        return Verdict.STAYED
    if isinstance(now.source, Domain) and now.source.ended and now.destination is None:
        return Verdict.ENDED
    return Verdict.DOUBT


def seen_running(uuid: str, host: Hypervisor) -> bool:
    """Ask a host until the CPU time of a domain that libvirt calls running is seen to go on.

    It has ``SETTLE_SECONDS`` for it after it was first seen, and is looked at twice however long a look takes.
    """
    first = now = host.inspect(uuid)
    deadline = time.monotonic() + SETTLE_SECONDS
    while first is not None and now is not None and now.active and now.state is State.RUNNING:
        if now.cpu_time_ns > first.cpu_time_ns:
            return True
        if now is not first and time.monotonic() > deadline:
            break
        time.sleep(POLL_SECONDS)
        now = host.inspect(uuid)
    return False


def describe(move: Move, sighting: Sighting) -> str:
    """Say in words what both hosts showed."""
    return (
        f"{move.source} shows it {_words(sighting.source)}, {move.destination} shows it {_words(sighting.destination)}"
    )


def as_domain(seen: Seen) -> Domain | None:
    """Return the domain that was seen, None if none was."""
    return seen if isinstance(seen, Domain) else None


def _look(move: Move, source: Hypervisor, destination: Hypervisor) -> Sighting:
    ends = {move.source: source, move.destination: destination}
    seen = ask_all(lambda name: ends[name].inspect(move.domain.uuid), ends, LOOK_SECONDS, _no_answer)
    return Sighting(seen[move.source], seen[move.destination])


def _no_answer(name: str) -> MigrationError:
    return HypervisorError(name, "show a domain", f"no answer within {LOOK_SECONDS} s")


def _is_active(seen: Seen) -> bool:
    return isinstance(seen, Domain) and seen.active


def _may_arrive(there: Seen) -> bool:
    """Whether its memory may be received there just now: libvirt shows what it is for as transient and shut off until then."""
    return isinstance(there, Domain) and (there.active or not there.persistent)


def _goes_on(move: Move, begun_ns: int | None, now: Seen) -> bool:
    """Whether ``now`` is the domain as it was before the move; if it ran, its CPU time must have grown from ``begun_ns``."""
    if not isinstance(now, Domain) or not now.active:
        return False
    if move.domain.paused:
        return now.state is State.PAUSED
    return now.state is State.RUNNING and begun_ns is not None and now.cpu_time_ns > begun_ns


def _words(seen: Seen) -> str:
    if isinstance(seen, MigrationError):
        return f"not at all ({seen})"
    if seen is None:
        return "not at all (unknown there)"
    cpu = f", {seen.cpu_time_ns / 1e9:.2f} s of CPU time" if seen.active else ""
    return f"{seen.state.value}{cpu}"
