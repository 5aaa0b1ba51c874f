# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moves interrupted when the memory had arrived and the definition had not followed, private to this collection.

Only ``find_unfinished`` and ``finish`` ask the hosts; what is decided is pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .carry_over import carry_over, check_still_there
from .errors import HypervisorError, MigrationError
from .locate import holders, locate, name_holders
from .model import Domain, Finding, Fleet, Place, Prepared, Severity, State, Unfinished, Wish
from .paused import forget_note
from .snapshot import Hypervisors


def announce(rest: Unfinished) -> Finding:
    """Say what was found, before anything is done about it."""
    source, destination = rest.left.host, rest.arrived.host
    text = (
        f"A move of {rest.arrived.name} from {source} to {destination} was interrupted: it is {rest.arrived.state.value} on"
        f" {destination}, and {source}, where it is shut off because of its move, still has its definition. That is carried"
        " over before anything else is done."
    )
    return Finding("move_unfinished", text, Severity.WARNS, rest.arrived.name)


def copies(fleet: Fleet, wish: Wish) -> Sequence[Place]:
    """Return where a wished-for domain is, if its move may just lack its end: in two places, active in one of them."""
    held = holders(fleet, wish)
    if wish.new_name is not None:
        held = [*held, *name_holders(fleet, wish.new_name)]
    uuids = {place.listed.uuid for place in held}
    places = fleet.by_uuid[uuids.pop()] if len(uuids) == 1 else ()
    return places if len(places) == 2 and len([place for place in places if place.listed.id is not None]) == 1 else ()


def judge(seen: Sequence[Domain]) -> Unfinished | None:
    """Decide whether the copies of a domain are the two ends of a move: one arrived, the other was left behind by libvirt.

    libvirt remembers why a domain is shut off until its daemon ends. That a move held its autostart back is remembered longer,
    and tells as much where the other one is known to have come by a move. One that is paused, has never run, and doesn't tell
    that it was paused before its move may have been kept from running by one that ended before its end: that is for the
    recovery to decide.
    """
    arrived = [domain for domain in seen if _has_arrived(domain) and not domain.job]
    left = [domain for domain in seen if domain.left_behind and domain.persistent]
    if len(seen) != 2 or len(arrived) != 1 or len(left) != 1:
        return None
    return Unfinished(left[0], arrived[0]) if left_by_move(left[0], arrived[0]) else None


def left_by_move(left: Domain, arrived: Domain) -> bool:
    """Whether a domain that is shut off here is what a move left of the one that is active elsewhere."""
    return left.moved_away or (left.left_behind and arrived.came_by_move)


def _has_arrived(domain: Domain) -> bool:
    paused = domain.state is State.PAUSED and (domain.cpu_time_ns > 0 or domain.came_paused)
    return domain.active and (domain.state is State.RUNNING or paused)


def once_finished(fleet: Fleet, wish: Wish, unfinished: Unfinished) -> Fleet | None:
    """Return the fleet as it will be when the move is finished; None if the wish can't be understood even then."""
    there = without(fleet, unfinished.left)
    place = locate(there, wish)
    return there if isinstance(place, Place) and place.listed.uuid == unfinished.arrived.uuid else None


def without(fleet: Fleet, left: Domain) -> Fleet:
    """Return the fleet without this copy of a domain."""
    state = fleet.hosts[left.host]
    listed = tuple(listed for listed in state.listed if listed.uuid != left.uuid)
    return Fleet({**fleet.hosts, left.host: replace(state, listed=listed)})


def find_unfinished(
    fleet: Fleet, wishes: Sequence[Wish], hypervisors: Hypervisors
) -> tuple[Fleet, tuple[Unfinished, ...]]:
    """Return the fleet as it will be when all such moves of wished-for domains are finished, and these."""
    found: list[Unfinished] = []
    for wish in wishes:
        seen = [hypervisors[place.host].inspect(place.listed.uuid) for place in copies(fleet, wish)]
        rest = judge([domain for domain in seen if domain is not None])
        there = once_finished(fleet, wish, rest) if rest else None
        if rest is not None and there is not None:
            fleet = there
            found.append(rest)
    return fleet, tuple(found)


def finish(rest: Unfinished, hypervisors: Hypervisors) -> tuple[Domain, tuple[str, ...]]:
    """Carry the definition over; return the domain as it is then, and what is worth a warning. Raises ``MigrationError``."""
    source, destination = hypervisors[rest.left.host], hypervisors[rest.arrived.host]
    uuid = rest.arrived.uuid
    try:
        if rest.arrived.active:
            check_still_there(rest.move, destination)
        kept = source.definition(uuid)
        if set(destination.missing(kept, uuid)) - {"autostart"}:
            _check_unchanged(rest, destination.pending(uuid))
        notes = carry_over(rest.move, kept, source, destination)
        notes += forget_note(rest.arrived, destination)
        now = destination.inspect(uuid)
    except HypervisorError as error:
        raise MigrationError(f"The interrupted move of {rest.arrived.name} could not be finished: {error}") from error
    if now is None:
        raise MigrationError(
            f"Domain {rest.arrived.name} vanished from {rest.arrived.host} when its move was finished."
        )
    return now, notes


def finish_all(prepared: Prepared, hypervisors: Hypervisors) -> tuple[Prepared, tuple[str, ...]]:
    """Finish them all; return what was prepared with their domains as they are now, and what is worth a warning.

    Raises ``MigrationError``.
    """
    finished = [finish(rest, hypervisors) for rest in prepared.unfinished]
    now = {domain.uuid: domain for domain, _notes in finished}
    moves = tuple(replace(move, domain=now.get(move.domain.uuid, move.domain)) for move in prepared.moves)
    settled = tuple(now.get(domain.uuid, domain) for domain in prepared.settled)
    return replace(prepared, moves=moves, settled=settled), tuple(note for _now, notes in finished for note in notes)


def _check_unchanged(rest: Unfinished, places: Sequence[str]) -> None:
    """Raise if the definition that libvirt made at the destination, of what runs, has been changed there: it would be lost.

    Of a domain that was booted there since, it can't be told: what was changed may be what runs.
    """
    if not places and not rest.arrived.booted_here:
        return
    source, destination = rest.left.host, rest.arrived.host
    what = (
        f"has been changed since ({'; '.join(places)})"
        if places
        else "is that of a domain which was booted there since,"
    )
    raise MigrationError(
        f"The interrupted move of {rest.arrived.name} from {source} to {destination} was not finished: its definition on"
        f" {destination} {what} and is not what {source} has. Compare them (virsh dumpxml"
        f" --inactive), and undefine it on {source} when nothing of it is wanted any more. Nothing else was begun."
    )
