# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which moves may begin now, in view of memory and of each other, private to this collection: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from operator import itemgetter

from .bonds import NO_BONDS, Bonds, held_back
from .memory import needed_kib
from .model import Move


def startable(waiting: Sequence[Move], room_kib: Mapping[str, int], held: Set[str] = frozenset()) -> tuple[Move, ...]:
    """Return the moves that may begin now, the longest first.

    ``waiting`` are in an order in which each fits when made after the others before it. The first may begin when it fits. One
    after it may when its destination has room for it and for all that come there before it, so that it takes nobody's place.
    ``held`` are the UUIDs of domains that wait for something other than memory.
    """
    coming: dict[str, int] = {}
    able: list[tuple[int, Move]] = []
    for move in waiting:
        need = needed_kib(move.domain)
        wanted = coming[move.destination] = coming.get(move.destination, 0) + need
        if (need == 0 or wanted <= room_kib.get(move.destination, 0)) and move.domain.uuid not in held:
            able.append((-need, move))
    return tuple(move for _need, move in sorted(able, key=itemgetter(0)))


def in_turn(moves: Sequence[Move], room_kib: Mapping[str, int], bonds: Bonds = NO_BONDS) -> tuple[Move, ...]:
    """Return the moves in the order in which they are begun where each has to wait for the one before it.

    ``moves`` are in an order in which each fits when made after the others before it, and waits for none after it.
    """
    waiting, room = list(moves), dict(room_kib)
    turns: list[Move] = []
    made: set[str] = set()
    while waiting:
        able = startable(waiting, room, held_back(bonds, made))
        if len(able) == len(waiting):
            return (*turns, *able)
        move = next(iter(able), waiting[0])
        waiting.remove(move)
        turns.append(move)
        made.add(move.domain.uuid)
        room[move.destination] = room.get(move.destination, 0) - needed_kib(move.domain)
        room[move.source] = room.get(move.source, 0) + needed_kib(move.domain)
    return tuple(turns)
