# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An order for many moves that are in each other's way, private to this collection: good, not the best.

Each time, the move is made that gives most to a host where others wait for room. When none fits, a domain whose leaving would
let another in stops on a third host; no domain does so twice, so this ends. A stop from which it doesn't get on is taken back,
with all that came after it. The work grows with the number of moves, times how many go to one host.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heappop, heappush

from .detour import by_way_of, is_unblocking, spare_room, stops
from .leg import Leg, coming, perform

MOST_DETOURS = 20
"""Stops on third hosts in one part of a plan: each costs a look at all that is left."""

_NO_HARM = 1 << 62
"""More than any move helps."""

MayStop = Callable[[str, str], bool]


def as_they_fit(legs: Sequence[Leg], room: dict[str, int], may_stop: MayStop) -> tuple[list[Leg], list[Leg]]:
    """Return moves in an order in which each fits, and those that are left. ``room`` is changed as the former change it."""
    rush = _Rush(legs, dict(room))
    rush.go()
    stopped: dict[str, int] = {}
    while rush.pending and len(stopped) < MOST_DETOURS:
        pair = _aside(list(rush.pending.values()), rush.room, may_stop, stopped)
        if pair is None:
            break
        stopped[pair[0].uuid] = len(rush.done)
        rush.divert(*pair)
        rush.go()
    done = rush.done[: min((index for uuid, index in stopped.items() if uuid in rush.pending), default=len(rush.done))]
    for leg in done:
        perform(leg, room)
    arrived = {(leg.uuid, leg.destination) for leg in done}
    return done, [leg for leg in legs if (leg.uuid, leg.destination) not in arrived]


class _Rush:
    """Makes moves as they fit. For each destination, the best move that fits now is on offer."""

    def __init__(self, legs: Sequence[Leg], room: dict[str, int]) -> None:
        self.room = room
        self.done: list[Leg] = []
        self.pending = {leg.uuid: leg for leg in legs}
        self._coming = coming(legs)
        self._to: dict[str, dict[str, Leg]] = {}
        for leg in legs:
            self._to.setdefault(leg.destination, {})[leg.uuid] = leg
        self._turn = 0
        self._latest: dict[str, int] = {}
        self._offers: list[tuple[int, int, Leg]] = []
        for host in self._to:
            self._offer(host)

    def go(self) -> None:
        """Make moves until none fits."""
        while self._offers:
            _score, turn, leg = heappop(self._offers)
            if self._latest[leg.destination] == turn:
                self._make(leg)

    def divert(self, aside: Leg, onward: Leg) -> None:
        """Have a domain stop on a third host."""
        self.pending[aside.uuid] = self._to[onward.destination][aside.uuid] = onward
        perform(aside, self.room)
        self.done.append(aside)
        self._offer(aside.source)
        self._offer(onward.destination)

    def _make(self, leg: Leg) -> None:
        perform(leg, self.room)
        self._coming[leg.destination] -= leg.need_kib
        del self.pending[leg.uuid], self._to[leg.destination][leg.uuid]
        self.done.append(leg)
        self._offer(leg.source)
        self._offer(leg.destination)

    def _offer(self, host: str) -> None:
        """Have the heap know the best move to a host, in place of the one that was the best before."""
        self._turn += 1
        self._latest[host] = self._turn
        waiting, room, coming = self._to.get(host), self.room, self._coming
        if not waiting:
            return
        if coming[host] <= room[host]:
            # There is room for all who are still to come: nobody is harmed.
            heappush(self._offers, (-_NO_HARM, self._turn, next(iter(waiting.values()))))
            return
        best, help_kib = None, -1
        for leg in waiting.values():
            if leg.need_kib <= room[host]:
                short = coming.get(leg.source, 0) - room[leg.source]
                helps = min(leg.need_kib, max(0, short))
                if helps > help_kib:
                    best, help_kib = leg, helps
        if best is not None:
            heappush(self._offers, (-help_kib, self._turn, best))


def _aside(
    left: Sequence[Leg], room: dict[str, int], may_stop: MayStop, stopped: dict[str, int]
) -> tuple[Leg, Leg] | None:
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
