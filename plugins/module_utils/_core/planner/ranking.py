# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts in the order of what they have, kept in order while that changes: private to this collection."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from itertools import islice


class Ranking:
    """Names in the order of their weights, the least first, and among equals by name.

    A sorted list: shifting a few hundred entries costs less than a tree's bookkeeping.
    """

    def __init__(self) -> None:
        self._weights: dict[str, float] = {}
        self._entries: list[tuple[float, str]] = []

    def put(self, name: str, weight: float) -> None:
        """Set a name's weight, whether it had one or not."""
        old = self._weights.get(name)
        if old is not None:
            del self._entries[bisect_left(self._entries, (old, name))]
        self._weights[name] = weight
        insort(self._entries, (weight, name))

    def __iter__(self) -> Iterator[tuple[float, str]]:
        """Weights and names, the least first. Changing a weight ends the iteration's meaning."""
        return iter(self._entries)

    def __reversed__(self) -> Iterator[tuple[float, str]]:
        return reversed(self._entries)

    def __contains__(self, name: object) -> bool:
        return name in self._weights

    def __len__(self) -> int:
        return len(self._entries)

    def since(self, weight: float) -> Iterator[tuple[float, str]]:
        """Yield weights and names from the first that isn't less than ``weight``."""
        return islice(self._entries, bisect_left(self._entries, (weight, "")), None)

    def least(self) -> tuple[float, str]:
        """Return the first weight and name; ``IndexError`` if there is none."""
        return self._entries[0]

    def most(self) -> tuple[float, str]:
        """Return the last weight and name; ``IndexError`` if there is none."""
        return self._entries[-1]
