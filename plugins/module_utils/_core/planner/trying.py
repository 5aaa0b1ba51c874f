# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""All ways to spread units over hosts, private to this collection: for a few, where going about it simply left some over."""

from __future__ import annotations

from collections.abc import Sequence

from .layout import Layout
from .packing import can_go, put
from .units import Unit

MOST_UNITS = 60
"""Units among which a way is looked for; more would only use up the looks."""
MOST_LOOKS = 60_000
"""Hosts looked at before giving up: some 0.2 s. Six domains on four hosts have at most 5,461 ways."""


def try_all(layout: Layout, units: Sequence[Unit]) -> bool:
    """Put all units onto hosts, if a way to do so is found; otherwise the layout is as before."""
    if len(units) > MOST_UNITS:
        return False
    hardest = sorted(units, key=lambda unit: sum(can_go(layout, unit, host) for host in layout.open))
    return _Trial(layout, hardest).place(0)


class _Trial:
    def __init__(self, layout: Layout, units: Sequence[Unit]) -> None:
        self._layout = layout
        self._units = units
        self._looks = MOST_LOOKS

    def place(self, index: int) -> bool:
        if index == len(self._units):
            return True
        unit, layout = self._units[index], self._layout
        before = [(uuid, layout.at[uuid]) for uuid in unit.uuids]
        for host in [host for _share, host in layout.fullness]:
            self._looks -= 1
            if self._looks < 0:
                return False
            if can_go(layout, unit, host):
                put(layout, unit, host)
                if self.place(index + 1):
                    return True
                for uuid, source in before:
                    layout.move(uuid, source)
        return False
