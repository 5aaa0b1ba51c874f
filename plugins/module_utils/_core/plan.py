# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From domains and wishes to moves, private to this collection: pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .model import Domain, Limit, Move, Outcome, Status, Wish


@dataclass(frozen=True)
class Plan:
    """What is to be done: the moves, and the domains for which nothing is."""

    moves: tuple[Move, ...]
    settled: tuple[Domain, ...]


def plan_moves(wanted: Sequence[tuple[Wish, Domain]], live: bool, encrypted: bool = False) -> Plan:
    """Make a move for each domain that isn't where, or isn't called what, it is to be."""
    moves = tuple(_move(wish, domain, live, encrypted) for wish, domain in wanted if not _is_settled(wish, domain))
    return Plan(moves, tuple(domain for wish, domain in wanted if _is_settled(wish, domain)))


def only_planned(moves: Sequence[Move], limit_of: Callable[[Move], Limit]) -> tuple[Outcome, ...]:
    """Return moves as they are told where they are only planned; ``limit_of`` tells how long each may take."""
    return tuple(Outcome(move, Status.PLANNED, timeout=limit_of(move).seconds) for move in moves)


def _is_settled(wish: Wish, domain: Domain) -> bool:
    return domain.host == wish.host and domain.name == wish.final_name


def _move(wish: Wish, domain: Domain, live: bool, encrypted: bool) -> Move:
    new_name = wish.final_name if wish.final_name != domain.name else None
    # A paused domain doesn't run during its move: without LIVE it asks nothing of Xen's paging.
    live = live and domain.runs
    # One that is shut off has no memory to encrypt.
    return Move(domain, domain.host, wish.host, live, new_name, encrypted=encrypted and domain.active)
