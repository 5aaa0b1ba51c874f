# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scale of a report's timeline, private to this collection: pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from ansible_collections.xenfleet.migration.plugins.plugin_utils._report_run import MoveRecord

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 21600, 43200, _DAY)
"""Seconds from one tick to the next: what people count by."""
_MOST_INTERVALS = 5
"""So that the ticks' labels don't touch on a phone."""


@dataclass(frozen=True)
class Extent:
    """Where a bar begins and how long it is, in percent of the timeline."""

    left: float
    width: float


@dataclass(frozen=True)
class Tick:
    """A mark on the timeline, in percent of it, and what is written there."""

    left: float
    label: str


@dataclass(frozen=True)
class Scale:
    """A timeline from ``begin`` (seconds since the epoch) on, ``length`` seconds long, with a tick every ``step`` seconds."""

    begin: float
    length: float
    step: float

    @property
    def grid(self) -> float:
        """From one tick to the next, in percent."""
        return _percent(self.step / self.length)

    def extent(self, move: MoveRecord) -> Extent | None:
        """Return where a move's bar is; None where its beginning isn't known. One whose end isn't known has no length."""
        if move.started is None:
            return None
        return Extent(_percent((move.started - self.begin) / self.length), _percent((move.duration or 0) / self.length))

    def ticks(self) -> tuple[Tick, ...]:
        """Return all ticks, from the beginning to the end."""
        number = round(self.length / self.step)
        return tuple(
            Tick(_percent(index / number), _label(index * self.step, self.step)) for index in range(number + 1)
        )


def scale_of(moves: Iterable[MoveRecord]) -> Scale | None:
    """Return a scale that all moves with a known beginning fit on, up to a whole step; None where there is no such move."""
    known = [move for move in moves if move.started is not None]
    if not known:
        return None
    begin = min(move.started or 0 for move in known)
    span = max((move.started or 0) - begin + (move.duration or 0) for move in known)
    step = next((step for step in _STEPS if span <= step * _MOST_INTERVALS), None)
    if step is None:
        step = math.ceil(span / _MOST_INTERVALS / _DAY) * _DAY
    return Scale(begin, max(1, math.ceil(round(span / step, 6))) * step, step)


def _percent(part: float) -> float:
    return round(part * 100, 3)


def _label(offset: float, step: float) -> str:
    if step < _MINUTE:
        return f"{offset:g} s" if step >= 1 else f"{offset:.1f} s"
    if step < _HOUR:
        return f"{offset / _MINUTE:g} min"
    return f"{offset / _HOUR:g} h" if step < _DAY else f"{offset / _DAY:g} d"
