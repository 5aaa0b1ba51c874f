# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reason of each step, in words, private to this collection: pure. What is told is as it is just before the step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from .lacks import names
from .layout import Layout
from .leg import Kind, Leg
from .sizes import free_of
from .values import Resident, Step


def tell(layout: Layout, legs: Iterable[Leg], originals: Mapping[str, Resident]) -> list[Step]:
    """Make each move in the layout, and return them as steps of the domains as they were given."""
    steps = []
    for leg in legs:
        reason = _REASONS[leg.cause.kind](layout, leg)
        steps.append(Step(originals[leg.uuid], leg.source, leg.destination, reason))
        layout.move(leg.uuid, leg.destination)
    return steps


def _drained(layout: Layout, leg: Leg) -> str:
    return f"{leg.source} is drained; {_why_there(layout, leg)}"


def _full(layout: Layout, leg: Leg) -> str:
    return f"{leg.source} uses {layout.share(leg.source):.0%} of its memory; {_room(layout, leg)}"


def _evens(layout: Layout, leg: Leg) -> str:
    name = layout.residents[leg.cause.other].name if leg.cause.other else "another"
    return f"changes places with {name}, for {leg.source} and {leg.destination} to be more even"


def _parted(layout: Layout, leg: Leg) -> str:
    who = names(layout, layout.rivals(leg.uuid, leg.source))
    return f"is kept apart from {who or 'others'} on {leg.source}; {_room(layout, leg)}"


def _makes_room(layout: Layout, leg: Leg) -> str:
    name = layout.residents[leg.cause.other].name if leg.cause.other else "others"
    return f"makes room for {name} on {leg.source}; {_room(layout, leg)}"


def _why_there(layout: Layout, leg: Leg) -> str:
    mates = [
        other for other in layout.groups.circle(leg.uuid) if other != leg.uuid and layout.at[other] == leg.destination
    ]
    if mates:
        return f"{leg.destination} has {names(layout, mates)}, with which it is kept together"
    return _room(layout, leg)


def _room(layout: Layout, leg: Leg) -> str:
    host = leg.destination
    free = free_of(layout.free[host], layout.machines[host].total_kib)
    least = host in layout.fullness and layout.fullness.least()[1] == host
    return f"{host} {'is least full' if least else 'has room'} ({free})"


_REASONS: Mapping[Kind, Callable[[Layout, Leg], str]] = {
    Kind.DRAINED: _drained,
    Kind.HOME: lambda _layout, _leg: "goes home",
    Kind.WANTED: lambda _layout, leg: f"is wanted on {leg.destination}",
    Kind.FULL: _full,
    Kind.EVENS: _evens,
    Kind.PARTED: _parted,
    Kind.MAKES_ROOM: _makes_room,
    Kind.ONWARD: lambda _layout, leg: f"made room on its way, and goes on to {leg.destination}",
}
