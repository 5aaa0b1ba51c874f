# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts are emptied, private to this collection: pure.

What leaves them goes to where hosts stay even. Whoever finds no room then may have one or two others make room.
"""

from __future__ import annotations

from .arrange import arrange
from .found import Found, Trouble
from .lacks import lacks, names, nowhere
from .layout import Layout
from .leg import Cause, Kind, Leg
from .packing import evenly, put
from .room import make_room
from .spreading import spread
from .units import Unit, by_source, units_on
from .values import Drain


def drain(layout: Layout, wish: Drain) -> Found:
    """Return the moves that empty the hosts as far as possible, and why the rest can't leave."""
    stuck: dict[str, Trouble] = {}
    units = []
    for unit in units_on(layout, wish.hosts):
        pinned = [uuid for uuid in unit.uuids if layout.is_pinned(uuid)]
        if pinned:
            stuck.update(_pinned(layout, unit, pinned))
        else:
            units.append(unit)
    return _Drainage(layout, stuck).run(units)


def _pinned(layout: Layout, unit: Unit, pinned: list[str]) -> dict[str, Trouble]:
    found = {uuid: Trouble("pinned", f"is pinned to {layout.at[uuid]}.") for uuid in pinned}
    mates = f"is kept together with {names(layout, pinned)}, pinned to {layout.at[pinned[0]]}."
    return {uuid: found.get(uuid) or Trouble("kept_together", mates) for uuid in unit.uuids}


class _Drainage:
    """Places units in a layout, and keeps count of what was moved and why."""

    def __init__(self, layout: Layout, stuck: dict[str, Trouble]) -> None:
        self._layout = layout
        self._first = dict(layout.at)
        self._causes: dict[str, Cause] = {}
        self._log: list[Leg] = []
        self._stuck = stuck
        self._too_much: int | None = None
        self._troubles: dict[int, Trouble] = {}

    def run(self, units: list[Unit]) -> Found:
        placed, left = spread(self._layout, units)
        for unit in placed:
            self._note_unit(unit)
        over = [part for unit in left for part in self._squeeze_in(unit)]
        for unit in over:
            self._give_up(unit)
        return Found(self._in_order(), self._stuck)

    def _note_unit(self, unit: Unit) -> None:
        for uuid in unit.uuids:
            self._note(uuid, self._first[uuid], Cause(Kind.DRAINED))

    def _note(self, uuid: str, source: str, cause: Cause) -> None:
        need = self._layout.residents[uuid].need_kib
        cause = self._causes.setdefault(uuid, cause)
        self._log.append(Leg(uuid, source, self._layout.at[uuid], need, cause))

    def _squeeze_in(self, unit: Unit) -> list[Unit]:
        """Place a unit, or its parts, by having others make room, and return what of it is still left."""
        host = evenly(self._layout, unit)
        if host is not None:
            put(self._layout, unit, host)
            self._note_unit(unit)
            return []
        if self._make_room(unit):
            return []
        parts = by_source(self._layout, unit)
        return [unit] if len(parts) == 1 else [over for part in parts for over in self._squeeze_in(part)]

    def _make_room(self, unit: Unit) -> bool:
        if not unit.bound and self._too_much is not None and unit.need_kib >= self._too_much:
            return False
        moves = make_room(self._layout, unit, frozenset(self._causes))
        if moves is None:
            self._too_much = unit.need_kib if not unit.bound else self._too_much
            return False
        self._too_much = None
        for uuid, source in moves:
            self._note(uuid, source, Cause(Kind.MAKES_ROOM, unit.uuids[0]))
        self._note_unit(unit)
        return True

    def _give_up(self, unit: Unit) -> None:
        if not unit.bound and len(unit.uuids) == 1:
            # Of its size, all find the same.
            if unit.need_kib not in self._troubles:
                self._troubles[unit.need_kib] = Trouble(*nowhere(self._layout, unit.uuids))
            self._stuck[unit.uuids[0]] = self._troubles[unit.need_kib]
            return
        code, sentence = nowhere(self._layout, unit.uuids)
        if len(unit.uuids) > 1 and all(self._has_a_host(uuid) for uuid in unit.uuids):
            code = "kept_together"
        for uuid in unit.uuids:
            told = sentence if uuid == unit.uuids[0] else nowhere(self._layout, _first_of(unit, uuid))[1]
            self._stuck[uuid] = Trouble(code, told)

    def _has_a_host(self, uuid: str) -> bool:
        return any(lacks(self._layout, (uuid,), host) is None for host in self._layout.open)

    def _in_order(self) -> list[Leg]:
        """Return one move for each domain, from its first host to its last; if these have no order, all as they were found."""
        ends = {leg.uuid: self._layout.at[leg.uuid] for leg in self._log}
        for uuid in ends:
            self._layout.move(uuid, self._first[uuid])
        ordered = arrange(self._layout, ends, self._causes)
        return self._log if ordered.left else list(ordered.legs)


def _first_of(unit: Unit, uuid: str) -> tuple[str, ...]:
    return (uuid, *(other for other in unit.uuids if other != uuid))
