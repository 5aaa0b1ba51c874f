# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moves that can't take away anybody's room, private to this collection: done first, in time that grows with their number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from heapq import heappop, heappush

from .leg import Leg, coming, perform

Rivals = Mapping[str, frozenset[str]]
"""By UUID, those who are to be gone from its destination first, if there is a choice."""


def safe_first(
    legs: Sequence[Leg], room: dict[str, int], rivals: Rivals, patient: bool = False
) -> tuple[list[Leg], list[Leg]]:
    """Return the moves that are safe, in order, and those left. ``room`` is changed as the former change it.

    A move is safe if its destination has room for all who are still to come there. The order given is kept where it can be.
    Who would wait for a rival for ever goes all the same, but not if it is ``patient``.
    """
    run = _Run(legs, room, rivals, patient)
    run.go()
    return run.done, [leg for leg in legs if leg.uuid in run.pending]


class _Run:
    def __init__(self, legs: Sequence[Leg], room: dict[str, int], rivals: Rivals, patient: bool) -> None:
        self.done: list[Leg] = []
        self.pending = {leg.uuid for leg in legs}
        self._legs = legs
        self._room = room
        self._coming = coming(legs)
        self._rivals = rivals
        self._patient = patient
        self._to: dict[str, list[int]] = {}
        for index, leg in enumerate(legs):
            self._to.setdefault(leg.destination, []).append(index)
        self._ready: list[int] = []
        self._known: set[int] = set()
        self._held: list[int] = []

    def go(self) -> None:
        for index, leg in enumerate(self._legs):
            if leg.need_kib <= 0:
                self._push(index)
        for host in self._to:
            self._release(host)
        while self._ready or (self._held and not self._patient):
            waiting = not self._ready
            index = heappop(self._held if waiting else self._ready)
            # Who waits for a rival only, and would wait for ever, goes.
            if waiting or not self._waits(index):
                self._perform(index)
            else:
                heappush(self._held, index)

    def _release(self, host: str) -> None:
        if self._coming.get(host, 0) <= self._room[host]:
            for index in self._to.get(host, ()):
                self._push(index)

    def _push(self, index: int) -> None:
        if index not in self._known:
            self._known.add(index)
            heappush(self._ready, index)

    def _waits(self, index: int) -> bool:
        return not self._rivals.get(self._legs[index].uuid, frozenset()).isdisjoint(self.pending)

    def _perform(self, index: int) -> None:
        leg = self._legs[index]
        perform(leg, self._room)
        self._coming[leg.destination] -= leg.need_kib
        self.pending.discard(leg.uuid)
        self.done.append(leg)
        self._release(leg.source)
        freed = [held for held in self._held if not self._waits(held)] if self._held else []
        for held in freed:
            self._held.remove(held)
            heappush(self._ready, held)
