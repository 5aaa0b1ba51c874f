# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An order in which every move fits into memory, private to this collection: pure.

Domains that change places need it: each move takes memory at its destination and frees it at its source.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .memory import needed_kib
from .model import Move

MOST_STATES = 50_000
"""Search states looked at before giving up: about a second. Orders with a real conflict among 15 moves stay below it."""


class SearchTooLarge(Exception):
    """No order was found among the ``MOST_STATES`` looked at, and none was shown not to exist either."""


def order_moves(moves: Sequence[Move], free_kib: Mapping[str, int]) -> tuple[Move, ...] | None:
    """Return the moves in an order in which each fits into its destination's free memory, None if there is none.

    The order given is kept where it can be. Raises ``SearchTooLarge`` when that can't be decided.
    """
    search = _Search(tuple(moves), free_kib)
    indices = search.order(frozenset(range(len(moves))))
    return None if indices is None else tuple(moves[index] for index in indices)


class _Search:
    """A depth-first search. What is free depends only on which moves are left, so a set that failed is never tried again."""

    def __init__(self, moves: tuple[Move, ...], free_kib: Mapping[str, int]) -> None:
        self._moves = moves
        self._needs = tuple(needed_kib(move.domain) for move in moves)
        self._free_at_first = free_kib
        self._failed: set[frozenset[int]] = set()

    def order(self, left: frozenset[int]) -> list[int] | None:
        done: list[int] = []
        free = self._free(left)
        while (safe := self._first_safe(left, free)) is not None:
            done.append(safe)
            left -= {safe}
            self._perform(safe, free)
        if not left:
            return done
        rest = self._branch(left, free)
        return None if rest is None else done + rest

    def _branch(self, left: frozenset[int], free: Mapping[str, int]) -> list[int] | None:
        if left in self._failed:
            return None
        for index in sorted(left):
            if self._fits(index, free):
                rest = self.order(left - {index})
                if rest is not None:
                    return [index, *rest]
        if len(self._failed) >= MOST_STATES:
            raise SearchTooLarge
        self._failed.add(left)
        return None

    def _first_safe(self, left: frozenset[int], free: Mapping[str, int]) -> int | None:
        # A move to a host that has room for all who are still to come there can't take away anybody's place.
        coming: dict[str, int] = {}
        for index in left:
            destination = self._moves[index].destination
            coming[destination] = coming.get(destination, 0) + self._needs[index]
        fits = (index for index in sorted(left) if self._is_safe(index, coming, free))
        return next(fits, None)

    def _is_safe(self, index: int, coming: Mapping[str, int], free: Mapping[str, int]) -> bool:
        destination = self._moves[index].destination
        return self._needs[index] == 0 or coming[destination] <= free.get(destination, 0)

    def _fits(self, index: int, free: Mapping[str, int]) -> bool:
        return self._needs[index] <= free.get(self._moves[index].destination, 0)

    def _free(self, left: frozenset[int]) -> dict[str, int]:
        free = dict(self._free_at_first)
        for index in range(len(self._moves)):
            if index not in left:
                self._perform(index, free)
        return free

    def _perform(self, index: int, free: dict[str, int]) -> None:
        move, need = self._moves[index], self._needs[index]
        free[move.source] = free.get(move.source, 0) + need
        free[move.destination] = free.get(move.destination, 0) - need
