# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Domains go home, private to this collection: pure. Nobody who is at home, or has none, makes room for them."""

from __future__ import annotations

from .found import Found
from .goals import reach
from .layout import Layout
from .leg import Kind
from .values import BringHome


def bring_home(layout: Layout, wish: BringHome) -> Found:
    """Return the moves that bring home whoever can go, and why the others can't."""
    homes = {uuid: resident.home for uuid, resident in layout.residents.items() if resident.home is not None}
    goals = {
        uuid: home
        for uuid, home in homes.items()
        if home != layout.at[uuid] and (wish.hosts is None or home in wish.hosts)
    }
    return reach(layout, goals, Kind.HOME)
