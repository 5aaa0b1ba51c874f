# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a domain is besides its memory, from one host to the other, private to this collection: and nothing of it lost."""

from __future__ import annotations

from dataclasses import replace

from .errors import HypervisorError
from .hypervisor import Definition, Hypervisor
from .model import Move


def carry_over(move: Move, kept: Definition, source: Hypervisor, destination: Hypervisor) -> tuple[str, ...]:
    """Have the destination define what the source has, then the source forget it; return what is worth a warning.

    ``kept`` is what the source had before the move: its autostart counts, which the move holds back, and all of it where the
    source can't tell any more. Else what somebody made of the definition during the move is carried over, too, and an autostart
    that it was given. One that was taken away can't be told from one that is held back.
    """
    uuid = move.domain.uuid
    wanted, problem = _latest(kept, uuid, source)
    warnings = _replaced(move, wanted, destination)
    warnings += lost_warnings(move, destination.missing(wanted, uuid))
    problem = problem or _undefine(uuid, source)
    if problem is None:
        return warnings
    if source.inspect(uuid) is not None:
        raise problem
    # Only the answer was lost, or somebody undefined it during the move.
    return (*warnings, f"{move.source} no longer has {move.domain.name}, although it reported: {problem}")


def check_still_there(move: Move, destination: Hypervisor) -> None:
    """Raise if what arrived has moved on, or has ended and is gone: its definition would be one too many."""
    now = destination.inspect(move.domain.uuid)
    if now is None or (not now.active and (now.moved_away or not now.persistent)):
        what = "it is not there any more"
        raise HypervisorError(move.destination, f"take over the definition of domain {move.final_name}", what)


def _latest(kept: Definition, uuid: str, source: Hypervisor) -> tuple[Definition, HypervisorError | None]:
    try:
        now = source.definition(uuid)
        return replace(now, autostart=kept.autostart or now.autostart), None
    except HypervisorError as error:
        return kept, error


def _replaced(move: Move, wanted: Definition, destination: Hypervisor) -> tuple[str, ...]:
    """Have the destination define it; return a warning if something was lost that somebody had defined there meanwhile.

    That is what neither runs there nor was carried over: libvirt makes the definition there of what runs, without autostart.
    One that it has already it leaves as it is.
    """
    uuid = move.domain.uuid
    before = destination.definition(uuid)
    by_hand = set(destination.running_lacks(before, uuid)) | ({"autostart"} if before.autostart else set())
    destination.define(wanted, move.final_name)
    lost = "; ".join(sorted(by_hand.intersection(destination.missing(before, uuid))))
    if not lost:
        return ()
    return (
        f"Somebody had defined {move.final_name} on {move.destination} meanwhile. That was replaced by what {move.source} had,"
        f" and this of it is lost: {lost}.",
    )


def _undefine(uuid: str, source: Hypervisor) -> HypervisorError | None:
    try:
        source.undefine(uuid)
    except HypervisorError as error:
        return error
    return None


def lost_warnings(move: Move, places: tuple[str, ...]) -> tuple[str, ...]:
    """Say which parts of the definition the destination's libvirt did not take over; nothing if there are none."""
    if not places:
        return ()
    what = "; ".join(places)
    return (
        f"The definition of {move.final_name} on {move.destination} differs from what it was on {move.source}: {what}.",
    )
