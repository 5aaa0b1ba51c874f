# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Doing the planned moves, several at once where they don't get into each other's way, private to this collection."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from queue import Empty, SimpleQueue

from .at_once import Places, Release
from .bonds import bonds_of, held_back, hindrance
from .caller import Caller
from .later import Later
from .memory import needed_kib
from .model import Limit, Move, Outcome, Status
from .perform import perform
from .planner.values import Rules
from .snapshot import Hypervisors
from .turn import startable

RETRY_SECONDS = 0.5
"""Between two looks whether another process has given back a place, or whoever waits for the moves has gone."""


@dataclass(frozen=True)
class Terms:
    """How moves are made: how long each may take, the places they have to take, and whether one that fails ends it all.

    ``rules`` say who is kept apart and together. ``closed`` tells the hosts to which no other move is to begin, and why.
    """

    limit_of: Callable[[Move], Limit]
    places: Places
    stop_on_failure: bool = False
    caller: Caller = field(default_factory=Caller)
    rules: Rules = field(default_factory=Rules)
    closed: Callable[[], Mapping[str, str]] = dict


def execute(
    moves: Sequence[Move], hypervisors: Hypervisors, room_kib: Mapping[str, int], terms: Terms
) -> tuple[Outcome, ...]:
    """Perform the moves; return their outcomes in the order in which they were begun, and those that never were after them.

    ``moves`` are in an order in which each fits into memory; ``room_kib`` is what each host has for newcomers before any of
    them, without what is to stay free.
    """
    return _Execution(moves, hypervisors, dict(room_kib), terms).run()


class _Execution:
    """Moves that wait, moves that go on, and the room that they leave."""

    def __init__(self, moves: Sequence[Move], hypervisors: Hypervisors, room_kib: dict[str, int], terms: Terms) -> None:
        self._waiting = list(moves)
        self._hypervisors = hypervisors
        self._room = room_kib
        self._terms = terms
        self._bonds = bonds_of(moves, terms.rules)
        self._begun: list[Move] = []
        self._going_on: dict[Move, tuple[Release, Later[Outcome]]] = {}
        self._ended: SimpleQueue[Move] = SimpleQueue()
        self._outcomes: dict[Move, Outcome] = {}
        self._made: set[str] = set()
        self._obstacle: str | None = None
        self._shunned: dict[str, str] = {}
        self._closed: Mapping[str, str] = {}

    def run(self) -> tuple[Outcome, ...]:
        while self._waiting or self._going_on:
            self._obstacle = self._obstacle or (self._terms.caller.hindrance() if self._waiting else None)
            self._give_up()
            while self._begin_one():
                pass
            self._await_one()
        return tuple(self._outcomes[move] for move in self._begun)

    def _give_up(self) -> None:
        """Leave what can't begin any more. One that is left can be the reason for another one, whichever comes first."""
        self._closed = self._terms.closed() if self._waiting else {}
        lost = self._lost()
        while lost:
            for move, reason in lost:
                self._leave(move, reason)
            lost = self._lost()

    def _lost(self) -> list[tuple[Move, str]]:
        """Return moves that can't begin any more, and why: others of a group, an obstacle, or room that nobody will make."""
        anything = self._obstacle or self._shunned or self._closed or self._bonds.before or self._bonds.along
        reasons = ((move, self._reason(move)) for move in (self._waiting if anything else ()))
        lost = [(move, reason) for move, reason in reasons if reason is not None]
        if lost or not self._waiting or self._going_on or startable(self._waiting, self._room, self._held()):
            return lost
        return [(self._waiting[0], f"{self._waiting[0].destination} has no room for it now")]

    def _reason(self, move: Move) -> str | None:
        shunned = self._shunned.get(move.source) or self._shunned.get(move.destination)
        closed = shunned or self._closed.get(move.destination)
        return closed or hindrance(move, self._bonds, self._outcomes, self._going_on) or self._obstacle

    def _held(self) -> frozenset[str]:
        return held_back(self._bonds, self._made)

    def _leave(self, move: Move, reason: str) -> None:
        self._waiting.remove(move)
        self._begun.append(move)
        self._outcomes[move] = not_begun(move, reason, self._terms.limit_of(move))

    def _begin_one(self) -> bool:
        """Begin the longest move that may begin and finds a place; return whether there was one."""
        for move in startable(self._waiting, self._room_now(), self._held()):
            release = self._terms.places.take(move)
            if release is not None:
                self._begin(move, release)
                return True
        return False

    def _room_now(self) -> dict[str, int]:
        hosts = {move.destination for move in self._waiting}
        return {host: self._room.get(host, 0) - self._terms.places.reserved_kib(host) for host in hosts}

    def _begin(self, move: Move, release: Release) -> None:
        self._waiting.remove(move)
        self._begun.append(move)
        self._room[move.destination] = self._room.get(move.destination, 0) - needed_kib(move.domain)
        performed = Later(partial(self._perform, move))
        self._going_on[move] = (release, performed)
        self._terms.caller.under_way(tuple(self._going_on))
        performed.begin()

    def _perform(self, move: Move) -> Outcome:
        shared = partial(self._terms.places.is_shared, move.destination)
        try:
            return perform(move, self._hypervisors, self._terms.limit_of(move), self._terms.caller.tell, shared)
        finally:
            self._ended.put(move)

    def _await_one(self) -> None:
        if not self._waiting and not self._going_on:
            return
        try:
            move = self._ended.get(timeout=RETRY_SECONDS)
        except Empty:
            return
        release, performed = self._going_on.pop(move)
        release()
        self._outcomes[move] = performed.get()
        self._account(self._outcomes[move])
        self._terms.caller.under_way(tuple(self._going_on))

    def _account(self, outcome: Outcome) -> None:
        move, need = outcome.move, needed_kib(outcome.move.domain)
        if outcome.succeeded:
            self._made.add(move.domain.uuid)
        if outcome.succeeded or outcome.status is Status.INCOMPLETE:
            self._room[move.source] = self._room.get(move.source, 0) + need
        elif outcome.status is Status.IN_DOUBT:
            self._shunned.update(hindrances([outcome]))
        else:
            self._room[move.destination] += need
        if self._terms.stop_on_failure:
            self._obstacle = self._obstacle or obstacle(outcome)


def hindrances(outcomes: Sequence[Outcome]) -> dict[str, str]:
    """Return the hosts from and to which nothing is to be moved any more, and why: what became of a domain is in doubt."""
    doubtful = [outcome.move for outcome in outcomes if outcome.status is Status.IN_DOUBT]
    return {
        host: f"what became of {move.domain.name}, which was moved from {move.source} to {move.destination}, is in doubt"
        for move in doubtful
        for host in (move.source, move.destination)
    }


def obstacle(outcome: Outcome) -> str | None:
    """Return why no other move is begun after this one where the first failure is to end it all."""
    name = outcome.move.domain.name
    if not outcome.succeeded:
        return f"the move of {name} did not succeed"
    if outcome.stalled:
        return f"the move of {name} had stalled"
    if outcome.timeout is not None and (outcome.duration or 0.0) > outcome.timeout:
        return f"the move of {name} took longer than the timeout"
    return None


def not_begun(move: Move, why: str, limit: Limit) -> Outcome:
    """Return the outcome of a move that was left, and why."""
    text = f"Domain {move.domain.name} was left on {move.source} and not moved to {move.destination}, because {why}."
    return Outcome(move, Status.NOT_BEGUN, error=text, timeout=limit.seconds)
