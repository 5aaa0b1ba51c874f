# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An order for a few moves that are in each other's way, private to this collection: every order is tried."""

from __future__ import annotations

from collections.abc import Sequence

from .leg import Leg, fits, perform
from .safe import Rivals, safe_first

MOST_LEGS = 12
"""Above it, the sets of moves that can fail are too many to be gone through."""
MOST_STATES = 20_000
"""Sets of moves gone through in one plan before giving up, about a second; 12 moves have 4,096."""


class Budget:
    """How many sets of moves may still be gone through in this plan."""

    def __init__(self) -> None:
        self.left = MOST_STATES


def search(legs: Sequence[Leg], room: dict[str, int], budget: Budget, rivals: Rivals | None = None) -> list[Leg] | None:
    """Return an order in which each move fits, and nobody comes before its rivals have left. ``room`` isn't changed.

    None if none was found; if the budget isn't used up and there are at most ``MOST_LEGS``, there is none.
    """
    if len(legs) > MOST_LEGS:
        return None
    hosts = {leg.source for leg in legs} | {leg.destination for leg in legs}
    return _Search(budget, rivals or {}).order(list(legs), {host: room[host] for host in hosts})


class _Search:
    """Depth first. What room there is, and who is gone, depends only on which moves are left.

    So a set that failed is never tried again.
    """

    def __init__(self, budget: Budget, rivals: Rivals) -> None:
        self._budget = budget
        self._rivals = rivals
        self._failed: set[frozenset[str]] = set()

    def order(self, legs: list[Leg], room: dict[str, int]) -> list[Leg] | None:
        done, left = safe_first(legs, room, self._rivals, patient=True)
        if not left:
            return done
        key = frozenset(leg.uuid for leg in left)
        if key in self._failed or self._budget.left <= 0:
            return None
        self._budget.left -= 1
        for leg in left:
            if fits(leg, room) and key.isdisjoint(self._rivals.get(leg.uuid, ())):
                after = dict(room)
                perform(leg, after)
                rest = self.order([other for other in left if other is not leg], after)
                if rest is not None:
                    return [*done, leg, *rest]
        self._failed.add(key)
        return None
