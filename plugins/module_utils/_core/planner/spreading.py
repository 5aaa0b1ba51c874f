# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Units get hosts without anybody else being moved, private to this collection: pure but for the layout that it fills.

They are spread evenly. If that leaves some over, those with the fewest hosts to choose from come first, then all are packed
closely, and then, for a few, all ways are tried. The first way that leaves the fewest over is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .layout import Layout
from .packing import can_go, even_out, evenly, fill, tightly
from .trying import try_all
from .units import Unit


def spread(layout: Layout, units: Sequence[Unit]) -> tuple[list[Unit], list[Unit]]:
    """Put units onto open hosts, and return those that were put somewhere and those left over, the largest first."""
    heavy = sorted(units, key=lambda unit: -unit.need_kib)
    possible = [unit for unit in heavy if any(can_go(layout, unit, host) for _share, host in layout.fullness)]
    left = _best_of(
        layout,
        possible,
        lambda: fill(layout, possible, evenly),
        lambda: fill(layout, sorted(possible, key=lambda unit: _choices(layout, unit)), evenly),
        lambda: fill(layout, possible, tightly),
        lambda: [] if try_all(layout, possible) else possible,
    )
    over = {unit.uuids for unit in left}
    placed = [unit for unit in possible if unit.uuids not in over]
    even_out(layout, placed)
    went = {unit.uuids for unit in placed}
    return placed, [unit for unit in heavy if unit.uuids not in went]


def _choices(layout: Layout, unit: Unit) -> int:
    return sum(can_go(layout, unit, host) for host in layout.open) if unit.bound else len(layout.open)


def _best_of(layout: Layout, units: Sequence[Unit], *ways: Callable[[], list[Unit]]) -> list[Unit]:
    """Go through ways to place units until one leaves none over. The layout is left as the best has it; return who is over."""
    first = {uuid: layout.at[uuid] for unit in units for uuid in unit.uuids}
    best: tuple[int, list[Unit], dict[str, str]] | None = None
    for way in ways:
        left = way()
        if not left:
            return []
        over = sum(len(unit.uuids) for unit in left)
        if best is None or over < best[0]:
            best = over, left, {uuid: layout.at[uuid] for uuid in first}
        _restore(layout, first)
    if best is None:
        return []
    _restore(layout, best[2])
    return best[1]


def _restore(layout: Layout, places: dict[str, str]) -> None:
    for uuid, host in places.items():
        layout.move(uuid, host)
