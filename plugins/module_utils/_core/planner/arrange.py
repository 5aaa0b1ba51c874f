# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From where domains are to where they are to be, in an order that works, private to this collection: pure."""

from __future__ import annotations

from collections.abc import Mapping

from .lacks import MEMORY, lacks
from .layout import Layout
from .leg import Cause, Leg
from .sequence import Ordered, sequence


def arrange(layout: Layout, ends: Mapping[str, str], causes: Mapping[str, Cause]) -> Ordered:
    """Order the moves that bring each domain to its end (UUID -> host). The layout is that before any of them."""
    legs = [
        Leg(uuid, layout.at[uuid], host, layout.residents[uuid].need_kib, causes[uuid])
        for uuid, host in ends.items()
        if layout.at[uuid] != host
    ]
    room = {host: layout.room(host) for host in layout.machines}

    def may_stop(uuid: str, host: str) -> bool:
        return host in layout.open and lacks(layout, (uuid,), host) in (None, MEMORY)

    return sequence(legs, room, _rivals(layout, ends), may_stop)


def _rivals(layout: Layout, ends: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """Return who had better be gone before each arrives: those from whom it is kept apart, and who are leaving."""
    found = {}
    for uuid, host in ends.items():
        if uuid in layout.groups.apart_of:
            leaving = frozenset(other for other in layout.rivals(uuid, host) if ends.get(other, host) != host)
            if leaving:
                found[uuid] = leaving
    return found
