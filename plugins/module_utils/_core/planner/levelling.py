# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts are levelled, private to this collection: pure but for the layout that it changes.

The level is the share of all memory that is in use. How uneven hosts are is the sum of the squares of their distances from it:
every move makes that less, so this ends. Each time, of the fullest and the emptiest hosts that are too far off, that move is
made which helps most; if none helps, two domains change places.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from .layout import Layout
from .packing import can_go, put
from .ranking import Ranking
from .stock import Stocks
from .units import Unit, mates

MOST_HOSTS = 6
"""Of the fullest and of the emptiest hosts, how many are looked at for each move."""
MOST_UNITS = 4
"""Domains of nearly the best size that are looked at on each host."""
LEAST_GAIN = 1e-9
"""What a move has to gain: some 30 millionths of a host's memory, squared. Less is nothing but rounding."""


@dataclass(frozen=True)
class Shift:
    """One unit that goes from one host to another, or two that change places, in an order in which they can."""

    moves: tuple[tuple[Unit, str, str], ...]


class Levelling:
    """Makes hosts even, one shift at a time."""

    def __init__(self, layout: Layout, tolerance: float) -> None:
        self._layout = layout
        self._tolerance = tolerance
        self._stocks = Stocks(layout)
        self._givers = [name for name, machine in layout.machines.items() if machine.accepts and machine.total_kib > 0]
        total = sum(layout.machines[name].total_kib for name in self._givers)
        used = total - sum(layout.free[name] for name in self._givers)
        self._level = used / total if total else 0.0
        self._ranked = Ranking()
        for name in self._givers:
            self._ranked.put(name, layout.share(name))

    def shifts(self) -> Iterator[Shift]:
        """Make shifts, and yield each when it is made."""
        while self._is_uneven():
            shift = self._best(self._moves()) or self._best(self._exchanges())
            if shift is None:
                return
            self._make(shift)
            yield shift

    def _is_uneven(self) -> bool:
        if len(self._ranked) < 2:
            return False
        return (
            self._ranked.most()[0] - self._level > self._tolerance
            or self._level - self._ranked.least()[0] > self._tolerance
        )

    def _best(self, shifts: Iterator[tuple[float, Shift]]) -> Shift | None:
        best = max(shifts, key=lambda entry: entry[0], default=None)
        return None if best is None else best[1]

    def _pairs(self) -> Iterator[tuple[str, str]]:
        """Yield a host that gives and one that takes, of which one at least is too far off."""
        fullest = [host for share, host in islice(reversed(self._ranked), MOST_HOSTS) if share > self._level]
        takers = self._layout.fullness
        emptiest = [host for share, host in islice(takers, MOST_HOSTS) if share < self._level]
        for source in fullest:
            for destination in emptiest:
                if self._is_off(source) or self._is_off(destination):
                    yield source, destination

    def _is_off(self, host: str) -> bool:
        return abs(self._layout.share(host) - self._level) > self._tolerance

    def _ideal(self, source: str, destination: str) -> float:
        """Return the KiB whose move would help most."""
        layout = self._layout
        here, there = layout.machines[source].total_kib, layout.machines[destination].total_kib
        slope = (layout.share(source) - self._level) / here - (layout.share(destination) - self._level) / there
        return slope / (1 / here**2 + 1 / there**2)

    def _gain(self, source: str, destination: str, kib: int) -> float:
        above, below = self._layout.share(source) - self._level, self._layout.share(destination) - self._level
        above_then = self._layout.share(source, -kib) - self._level
        below_then = self._layout.share(destination, kib) - self._level
        return above**2 + below**2 - above_then**2 - below_then**2

    def _moves(self) -> Iterator[tuple[float, Shift]]:
        for source, destination in self._pairs():
            for unit in islice(self._stocks.near(source, self._ideal(source, destination)), MOST_UNITS):
                gain = self._gain(source, destination, unit.need_kib)
                if gain > LEAST_GAIN and self._may_leave(unit, destination) and can_go(self._layout, unit, destination):
                    yield gain, Shift(((unit, source, destination),))
                    break

    def _exchanges(self) -> Iterator[tuple[float, Shift]]:
        for source, destination in self._pairs():
            ideal = self._ideal(source, destination)
            for unit in self._stocks.on(source)[1]:
                for back in islice(self._stocks.near(destination, unit.need_kib - ideal), 1):
                    gain = self._gain(source, destination, unit.need_kib - back.need_kib)
                    shift = self._exchange(unit, back, source, destination) if gain > LEAST_GAIN else None
                    if shift is not None:
                        yield gain, shift

    def _may_leave(self, unit: Unit, destination: str) -> bool:
        others = mates(self._layout, unit)
        return not others or destination in others

    def _exchange(self, unit: Unit, back: Unit, source: str, destination: str) -> Shift | None:
        """Return the shift in which two units change places, None if they can't or may not."""
        layout = self._layout
        if source not in layout.fullness or mates(layout, unit) or mates(layout, back):
            return None
        away, home = (unit, source, destination), (back, destination, source)
        for first, second in ((away, home), (home, away)):
            if can_go(layout, first[0], first[2]):
                put(layout, first[0], first[2])
                can = can_go(layout, second[0], second[2])
                put(layout, first[0], first[1])
                if can:
                    return Shift((first, second))
        return None

    def _make(self, shift: Shift) -> None:
        for unit, source, destination in shift.moves:
            put(self._layout, unit, destination)
            for host in (source, destination):
                self._stocks.forget(host)
                self._ranked.put(host, self._layout.share(host))
