# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An order in which every move fits into memory, private to this collection: pure.

Domains that change places need it: each move takes memory at its destination and frees it at its source. The planner knows how;
here no domain stops anywhere on its way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .memory import needed_kib
from .model import Move, hosts_of
from .planner.leg import Cause, Kind, Leg
from .planner.sequence import sequence


class OrderUnknown(Exception):
    """No order was found, and it was not shown either that there is none."""


def order_moves(moves: Sequence[Move], free_kib: Mapping[str, int]) -> tuple[Move, ...] | None:
    """Return the moves in an order in which each fits into its destination's free memory, None if there is none.

    The order given is kept where it can be. Raises ``OrderUnknown`` where that can't be decided: more than a dozen moves are in
    each other's way, and go in none of the orders that were tried.
    """
    room = {host: free_kib.get(host, 0) for host in hosts_of(moves)}
    if _fit_as_given(moves, room):
        return tuple(moves)
    if _is_short_in_the_end(moves, room):
        return None
    ordered = sequence(
        [_leg(number, move) for number, move in enumerate(moves)], room, {}, lambda _domain, _host: False
    )
    if not ordered.left:
        return tuple(moves[int(leg.uuid)] for leg in ordered.legs)
    if any(leg.uuid not in ordered.tried for leg in ordered.left):
        raise OrderUnknown
    return None


def _fit_as_given(moves: Sequence[Move], room: Mapping[str, int]) -> bool:
    """Tell whether each fits, made after the others before it: a plan may have its order for other reasons, too."""
    left = dict(room)
    for move in moves:
        need = needed_kib(move.domain)
        if need > max(0, left[move.destination]):
            return False
        left[move.source] += need
        left[move.destination] -= need
    return True


def _is_short_in_the_end(moves: Sequence[Move], room: Mapping[str, int]) -> bool:
    """Tell whether a host has too little for all that come, even with all gone that go: then no order can help."""
    left = dict(room)
    for move in moves:
        left[move.source] += needed_kib(move.domain)
        left[move.destination] -= needed_kib(move.domain)
    comers = {move.destination for move in moves if needed_kib(move.domain)}
    return any(left[host] < 0 for host in comers)


def _leg(number: int, move: Move) -> Leg:
    """Stand in for a move by its number: the planner knows a domain by its UUID, and needs no more than that to be unique."""
    return Leg(str(number), move.source, move.destination, needed_kib(move.domain), Cause(Kind.WANTED))
