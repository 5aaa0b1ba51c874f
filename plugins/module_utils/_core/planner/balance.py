# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts are made even, private to this collection: pure.

First those who are on one host although they are kept apart get hosts of their own, where there is room for that.
"""

from __future__ import annotations

from .arrange import arrange
from .found import Found, Trouble
from .lacks import names, nowhere
from .layout import Layout
from .leg import Cause, Kind, Leg
from .levelling import Levelling, Shift
from .packing import evenly, put
from .units import unit
from .values import Balance


def balance(layout: Layout, wish: Balance) -> Found:
    """Return the moves after which no host is further from the level than the tolerance, or as many as help.

    Stuck is only who is still on one host with somebody from whom it is kept apart.
    """
    first = dict(layout.at)
    log = _part(layout)
    for shift in Levelling(layout, wish.tolerance).shifts():
        log += _legs(layout, shift)
    stuck = _still_together(layout)
    causes = {leg.uuid: leg.cause for leg in reversed(log)}
    ends = {uuid: layout.at[uuid] for uuid in dict.fromkeys(leg.uuid for leg in log)}
    for uuid in ends:
        layout.move(uuid, first[uuid])
    ordered = arrange(layout, ends, causes)
    return Found(log if ordered.left else list(ordered.legs), stuck)


def _legs(layout: Layout, shift: Shift) -> list[Leg]:
    legs = []
    for index, (moved, source, destination) in enumerate(shift.moves):
        others = [other for place, (other, _source, _destination) in enumerate(shift.moves) if place != index]
        cause = Cause(Kind.EVENS, others[0].uuids[0]) if others else Cause(Kind.FULL)
        legs += [Leg(uuid, source, destination, layout.residents[uuid].need_kib, cause) for uuid in moved.uuids]
    return legs


def _meeting(layout: Layout) -> list[str]:
    """Return those who are on one host with somebody from whom they are kept apart, the smallest first."""
    met = [uuid for uuid in layout.groups.apart_of if layout.is_parted(uuid, layout.at[uuid])]
    return sorted(met, key=lambda uuid: (layout.residents[uuid].need_kib, layout.order_of(uuid)))


def _part(layout: Layout) -> list[Leg]:
    legs = []
    for uuid in _meeting(layout):
        source = layout.at[uuid]
        if not layout.is_parted(uuid, source) or layout.is_pinned(uuid) or len(layout.groups.circle(uuid)) > 1:
            continue
        host = evenly(layout, unit(layout, (uuid,)))
        if host is not None:
            put(layout, unit(layout, (uuid,)), host)
            legs.append(Leg(uuid, source, host, layout.residents[uuid].need_kib, Cause(Kind.PARTED)))
    return legs


def _still_together(layout: Layout) -> dict[str, Trouble]:
    found = {}
    for uuid in _meeting(layout):
        host = layout.at[uuid]
        who = f"is on {host} with {names(layout, layout.rivals(uuid, host))}, from which it is kept apart"
        if layout.is_pinned(uuid):
            found[uuid] = Trouble("pinned", f"{who}, and pinned there.")
        elif len(layout.groups.circle(uuid)) > 1:
            found[uuid] = Trouble("kept_together", f"{who}, and doesn't leave those with which it is kept together.")
        else:
            code, sentence = nowhere(layout, (uuid,))
            found[uuid] = Trouble(code, f"{who}; {sentence}")
    return found
