# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts for what leaves drained hosts, private to this collection: pure but for the layout that it fills."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from .lacks import lacks
from .layout import Layout
from .units import Unit, mates

Choose = Callable[[Layout, Unit], "str | None"]
ROUNDS = 3
"""How often every unit is looked at again for a host that it would fill less: the second time hardly finds anything."""


def can_go(layout: Layout, unit: Unit, host: str) -> bool:
    """Return whether a unit, as a whole, can go to an open host."""
    if unit.bound:
        return lacks(layout, unit.uuids, host) is None
    return layout.fits(unit.need_kib, host)


def evenly(layout: Layout, unit: Unit) -> str | None:
    """Return the host that is least full with the unit, by its share of memory, and the first by name among equals.

    What needs no memory goes to where the fewest domains are. Those who belong to others go there first.
    """
    home = next((host for host in mates(layout, unit) if can_go(layout, unit, host)), None)
    if home is not None:
        return home
    if not unit.need_kib:
        return next((host for _count, host in layout.crowd if can_go(layout, unit, host)), None)
    if layout.fits_nowhere(unit.need_kib):
        return None
    least = unit.need_kib / layout.largest_kib
    best: tuple[float, str] | None = None
    for share, host in layout.fullness:
        if best is not None and share + least > best[0]:
            break
        with_it = (layout.share(host, unit.need_kib), host)
        if (best is None or with_it < best) and can_go(layout, unit, host):
            best = with_it
    return None if best is None else best[1]


def tightly(layout: Layout, unit: Unit) -> str | None:
    """Return the host that has least room left with the unit: what is large finds more room later."""
    if not unit.need_kib:
        return evenly(layout, unit)
    return next((host for _room, host in layout.rooms.since(unit.need_kib) if can_go(layout, unit, host)), None)


def fill(layout: Layout, units: Iterable[Unit], choose: Choose) -> list[Unit]:
    """Put units onto hosts, one after the other, and return those that no host was found for."""
    left = []
    for unit in units:
        host = choose(layout, unit)
        if host is None:
            left.append(unit)
        else:
            put(layout, unit, host)
    return left


def put(layout: Layout, unit: Unit, host: str) -> None:
    """Put a unit onto a host."""
    for uuid in unit.uuids:
        layout.move(uuid, host)


def even_out(layout: Layout, units: Sequence[Unit]) -> None:
    """Look for a better host for each unit that was placed, as long as that makes hosts evener."""
    for _round in range(ROUNDS):
        moved = [unit for unit in units if unit.need_kib and _improve(layout, unit)]
        if not moved:
            return


def _improve(layout: Layout, unit: Unit) -> bool:
    now = layout.at[unit.uuids[0]]
    share = layout.share(now)
    if mates(layout, unit):
        return False
    better = evenly(layout, unit)
    if better is None or layout.share(better, unit.need_kib) >= share:
        return False
    put(layout, unit, better)
    return True
