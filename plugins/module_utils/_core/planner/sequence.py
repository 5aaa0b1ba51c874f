# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moves in an order in which each fits, however many they are, private to this collection: pure.

Those that are safe come first. What is left is in each other's way, and falls into parts that have no host in common. In a
small part every order is tried, then every order with one domain on a third host for a while; in a large one, moves are made as
they fit, and a third host helps out when none does. First of all, an order is looked for in which none meets a rival.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .detour import one_detour
from .greedy import as_they_fit
from .leg import Leg, perform
from .safe import Rivals, safe_first
from .search import MOST_LEGS, Budget, search

MayStop = Callable[[str, str], bool]
"""Whether a domain may stop on a host on its way."""


@dataclass(frozen=True)
class Ordered:
    """Moves in order, and those for which no order was found; the former have theirs without the latter.

    ``tried`` are those of the latter (UUIDs) for whose part every order was tried, so that there is none.
    """

    legs: tuple[Leg, ...]
    left: tuple[Leg, ...]
    tried: frozenset[str]


def sequence(legs: Sequence[Leg], room: dict[str, int], rivals: Rivals, may_stop: MayStop) -> Ordered:
    """Order moves, one for each domain; ``room`` is what each host has, its reserve not counted."""
    parted = _never_meeting(legs, room, rivals) if rivals else None
    if parted is not None:
        return Ordered(tuple(parted), (), frozenset())
    room = dict(room)
    done, rest = safe_first(legs, room, rivals)
    left: list[Leg] = []
    tried: set[str] = set()
    budget = Budget()
    for part in _parts(rest):
        found, stays = _order_part(part, room, may_stop, budget)
        done += found
        left += stays
        if len(part) <= MOST_LEGS and budget.left > 0:
            tried.update(leg.uuid for leg in stays)
    return Ordered(tuple(done), tuple(left), frozenset(tried))


def _never_meeting(legs: Sequence[Leg], room: dict[str, int], rivals: Rivals) -> list[Leg] | None:
    """Return an order in which everybody comes when all its rivals have left; None if none was found."""
    room = dict(room)
    done, rest = safe_first(legs, room, rivals, patient=True)
    budget = Budget()
    for part in _parts(rest):
        found = search(part, room, budget, rivals)
        if found is None:
            return None
        for leg in found:
            perform(leg, room)
        done += found
    return done


def _order_part(
    part: list[Leg], room: dict[str, int], may_stop: MayStop, budget: Budget
) -> tuple[list[Leg], list[Leg]]:
    found = search(part, room, budget) or one_detour(part, room, may_stop, budget)
    if found is None:
        return as_they_fit(part, room, may_stop)
    for leg in found:
        perform(leg, room)
    return found, []


def _parts(legs: Sequence[Leg]) -> list[list[Leg]]:
    parent: dict[str, str] = {}

    def root(host: str) -> str:
        while parent.setdefault(host, host) != host:
            parent[host] = parent[parent[host]]
            host = parent[host]
        return host

    for leg in legs:
        parent[root(leg.source)] = root(leg.destination)
    parts: dict[str, list[Leg]] = {}
    for leg in legs:
        parts.setdefault(root(leg.source), []).append(leg)
    return list(parts.values())
