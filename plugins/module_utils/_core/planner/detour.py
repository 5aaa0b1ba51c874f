# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stop on a third host, where an exchange is impossible without: private to this collection, pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from .leg import Cause, Kind, Leg, coming, perform
from .search import MOST_LEGS, Budget, search

MOST_STOPS = 3
"""Hosts tried for each domain that might stop somewhere, those with most room first."""


def one_detour(
    legs: Sequence[Leg], room: dict[str, int], may_stop: Callable[[str, str], bool], budget: Budget
) -> list[Leg] | None:
    """Return an order with one domain, the smallest possible, on a third host for a while; None if none was found."""
    if len(legs) > MOST_LEGS:
        return None
    spare = spare_room(legs, room)
    for leg in sorted(legs, key=lambda leg: (leg.need_kib, leg.uuid)):
        for host in stops(leg, spare, may_stop)[:MOST_STOPS]:
            found = _order_with(leg, host, legs, room, budget)
            if found is not None:
                return found
    return None


def _order_with(leg: Leg, host: str, legs: Sequence[Leg], room: dict[str, int], budget: Budget) -> list[Leg] | None:
    after = dict(room)
    aside, onward = by_way_of(leg, host, None)
    perform(aside, after)
    rest = search([onward if other is leg else other for other in legs], after, budget)
    if rest is None:
        return None
    follower = next((other.uuid for other in rest if other.destination == leg.source), None)
    return [replace(aside, cause=Cause(Kind.MAKES_ROOM, follower)), *rest]


def by_way_of(leg: Leg, host: str, other: str | None) -> tuple[Leg, Leg]:
    """Split a move in two, with a stop on a host, for the sake of ``other``."""
    aside = replace(leg, destination=host, cause=Cause(Kind.MAKES_ROOM, other))
    return aside, replace(leg, source=host, cause=Cause(Kind.ONWARD))


def spare_room(legs: Sequence[Leg], room: dict[str, int]) -> dict[str, int]:
    """Return what each host has besides what those who are to come there need."""
    taken = coming(legs)
    return {host: kib - taken.get(host, 0) for host, kib in room.items()}


def stops(leg: Leg, spare: dict[str, int], may_stop: Callable[[str, str], bool]) -> list[str]:
    """Return the hosts where a domain could stop, those with most room first."""
    possible = [
        host
        for host, kib in spare.items()
        if kib >= leg.need_kib and host not in (leg.source, leg.destination) and may_stop(leg.uuid, host)
    ]
    return sorted(possible, key=lambda host: (-spare[host], host))


def is_unblocking(leg: Leg, followers: Sequence[Leg], room: dict[str, int]) -> Leg | None:
    """Return the first of those who wait for room at a domain's source that would fit once it has gone."""
    then = room[leg.source] + leg.need_kib
    return next((other for other in followers if other.need_kib <= then), None)
