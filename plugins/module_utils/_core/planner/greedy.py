# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An order for many moves that are in each other's way, private to this collection: good, not the best.

Each time, the move is made that gives most to a host where others wait for room. When none fits, a domain whose leaving would
let another in stops on a third host; no domain does so twice, so this ends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .detour import by_way_of, is_unblocking, spare_room, stops
from .leg import Leg, coming, fits, perform
from .safe import safe_first

MOST_DETOURS = 20
"""Stops on third hosts in one part of a plan: each costs a look at all that is left."""


def as_they_fit(
    legs: Sequence[Leg], room: dict[str, int], may_stop: Callable[[str, str], bool]
) -> tuple[list[Leg], list[Leg]]:
    """Return moves in an order in which each fits, and those that are left. ``room`` is changed as the former change it."""
    done: list[Leg] = []
    left = list(legs)
    stopped: set[str] = set()
    while left:
        safe, left = safe_first(left, room, {})
        done += safe
        leg = _most_helpful(left, room)
        if leg is not None:
            perform(leg, room)
            done.append(leg)
            left.remove(leg)
            continue
        pair = _aside(left, room, may_stop, stopped)
        if pair is None:
            break
        aside, onward = pair
        stopped.add(aside.uuid)
        perform(aside, room)
        done.append(aside)
        left = [onward if leg.uuid == aside.uuid else leg for leg in left]
    return done, left


def _most_helpful(left: Sequence[Leg], room: dict[str, int]) -> Leg | None:
    short = {host: kib - room[host] for host, kib in coming(left).items()}
    fitting = [leg for leg in left if fits(leg, room)]
    return max(fitting, key=lambda leg: min(leg.need_kib, short.get(leg.source, 0)), default=None)


def _aside(
    left: Sequence[Leg], room: dict[str, int], may_stop: Callable[[str, str], bool], stopped: set[str]
) -> tuple[Leg, Leg] | None:
    if len(stopped) >= MOST_DETOURS:
        return None
    to: dict[str, list[Leg]] = {}
    for leg in left:
        to.setdefault(leg.destination, []).append(leg)
    spare = spare_room(left, room)
    for leg in sorted(left, key=lambda leg: (leg.need_kib, leg.uuid)):
        follower = is_unblocking(leg, to.get(leg.source, ()), room) if leg.uuid not in stopped else None
        if follower is not None:
            hosts = stops(leg, spare, may_stop)
            if hosts:
                return by_way_of(leg, hosts[0], follower.uuid)
    return None
