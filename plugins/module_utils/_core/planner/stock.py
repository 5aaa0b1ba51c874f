# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What could leave each host, in the order of its size, while hosts are made even: private to this collection."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from .layout import Layout
from .units import Unit, units_on


class Stocks:
    """The units of each host that need memory and aren't pinned, worked out when they are first asked for."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._by_host: dict[str, tuple[list[int], list[Unit]]] = {}

    def on(self, host: str) -> tuple[list[int], list[Unit]]:
        """Return what a host's units need, the smallest first, and the units."""
        if host not in self._by_host:
            self._by_host[host] = self._made(host)
        return self._by_host[host]

    def near(self, host: str, need_kib: float) -> Iterator[Unit]:
        """Yield a host's units, those first whose need is nearest to one given."""
        needs, units = self.on(host)
        above = bisect_left(needs, need_kib)
        below = above - 1
        while below >= 0 or above < len(needs):
            lower = need_kib - needs[below] if below >= 0 else None
            upper = needs[above] - need_kib if above < len(needs) else None
            if upper is None or (lower is not None and lower <= upper):
                yield units[below]
                below -= 1
            else:
                yield units[above]
                above += 1

    def forget(self, host: str) -> None:
        """Have a host looked at anew."""
        self._by_host.pop(host, None)

    def _made(self, host: str) -> tuple[list[int], list[Unit]]:
        layout = self._layout
        units = units_on(layout, frozenset([host]))
        movable = [unit for unit in units if unit.need_kib and not any(map(layout.is_pinned, unit.uuids))]
        movable.sort(key=lambda unit: (unit.need_kib, layout.order_of(unit.uuids[0])))
        return [unit.need_kib for unit in movable], movable
