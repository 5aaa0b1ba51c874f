# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An order for a few moves that are in each other's way, private to this collection: every order is tried."""

from __future__ import annotations

from collections.abc import Sequence

from .leg import Leg, fits, perform
from .safe import safe_first

MOST_LEGS = 12
"""Above it, the sets of moves that can fail are too many to be gone through."""
MOST_STATES = 3000
"""Sets of moves gone through before giving up; 12 moves have 4,096 at the most."""


def search(legs: Sequence[Leg], room: dict[str, int]) -> list[Leg] | None:
    """Return an order in which each move fits, None if there is none or none was found. ``room`` isn't changed."""
    if len(legs) > MOST_LEGS:
        return None
    return _Search().order(list(legs), dict(room))


class _Search:
    """Depth first. What room there is depends only on which moves are left, so a set that failed is never tried again."""

    def __init__(self) -> None:
        self._failed: set[frozenset[str]] = set()

    def order(self, legs: list[Leg], room: dict[str, int]) -> list[Leg] | None:
        done, left = safe_first(legs, room, {})
        if not left:
            return done
        key = frozenset(leg.uuid for leg in left)
        if key in self._failed or len(self._failed) >= MOST_STATES:
            return None
        for leg in left:
            if fits(leg, room):
                after = dict(room)
                perform(leg, after)
                rest = self.order([other for other in left if other is not leg], after)
                if rest is not None:
                    return [*done, leg, *rest]
        self._failed.add(key)
        return None
