# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Domains go where somebody said, private to this collection: pure. Nobody else is moved."""

from __future__ import annotations

from .found import Found
from .goals import reach
from .layout import Layout
from .leg import Kind
from .values import Place


def place(layout: Layout, wish: Place) -> Found:
    """Return the moves that make the placement true as far as it can be, and why the rest can't."""
    goals = {uuid: host for uuid, host in wish.placement.items() if layout.at[uuid] != host}
    return reach(layout, goals, Kind.WANTED)
