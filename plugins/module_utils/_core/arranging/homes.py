# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The home of a domain, private to this collection: noted with the domain when a drain takes it away, forgotten at home."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..errors import HypervisorError
from ..hypervisor import Hypervisor
from ..model import Domain, Move
from ..planner.values import BringHome
from ..snapshot import Hypervisors


def remember(moves: Iterable[Move], hypervisors: Hypervisors) -> tuple[str, ...]:
    """Have each domain know the host that it is about to leave; one that is away from home already keeps the home it has.

    Returns what is worth a warning: a domain moves all the same.
    """
    leaving = (move for move in moves if move.domain.home is None)
    notes = (_remember(move, hypervisors[move.source]) for move in leaving)
    return tuple(note for note in notes if note is not None)


def back(domains: Sequence[Domain], wish: BringHome) -> tuple[Domain, ...]:
    """Return the domains that are at home, and are still marked as if they weren't."""
    return tuple(
        domain for domain in domains if domain.home == domain.host and (wish.hosts is None or domain.home in wish.hosts)
    )


def forget(domains: Iterable[Domain], hypervisors: Hypervisors) -> tuple[str, ...]:
    """Take the mark away from domains that are at home; returns what is worth a warning."""
    notes = (_forget(domain, hypervisors[domain.host]) for domain in domains)
    return tuple(note for note in notes if note is not None)


def _remember(move: Move, source: Hypervisor) -> str | None:
    try:
        source.remember_home(move.domain.uuid, move.source)
    except HypervisorError as error:
        return (
            f"That {move.domain.name} is at home on {move.source} could not be noted with it, so nothing will bring it back"
            f" there by itself: {error}"
        )
    return None


def _forget(domain: Domain, host: Hypervisor) -> str | None:
    try:
        host.forget_home(domain.uuid)
    except HypervisorError as error:
        return f"{domain.name} is at home on {domain.host}, but the note of that could not be removed: {error}"
    return None
