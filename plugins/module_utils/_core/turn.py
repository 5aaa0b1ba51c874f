# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which moves may begin now, in view of memory and of each other, private to this collection: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

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
    able: list[Move] = []
    for index, move in enumerate(waiting):
        need = needed_kib(move.domain)
        coming[move.destination] = coming.get(move.destination, 0) + need
        wanted = need if index == 0 else coming[move.destination]
        if move.domain.uuid not in held and (need == 0 or wanted <= room_kib.get(move.destination, 0)):
            able.append(move)
    return tuple(sorted(able, key=lambda move: -needed_kib(move.domain)))


def in_turn(moves: Sequence[Move], room_kib: Mapping[str, int], bonds: Bonds = NO_BONDS) -> tuple[Move, ...]:
    """Return the moves in the order in which they are begun where each has to wait for the one before it.

    ``moves`` are in an order in which each fits when made after the others before it, and waits for none after it.
    """
    waiting, room = list(moves), dict(room_kib)
    turns: list[Move] = []
    while waiting:
        held = held_back(bonds, {move.domain.uuid for move in turns})
        move = next(iter(startable(waiting, room, held)), waiting[0])
        waiting.remove(move)
        turns.append(move)
        room[move.destination] = room.get(move.destination, 0) - needed_kib(move.domain)
        room[move.source] = room.get(move.source, 0) + needed_kib(move.domain)
    return tuple(turns)
