# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Making prepared moves, and those that can be prepared only when these have been made, private to this collection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from .errors import MigrationError
from .execute import Terms, execute, hindrances, not_begun, obstacle
from .model import Domain, Finding, Fleet, Move, Outcome, Prepared, Status, Wish
from .request import Request
from .snapshot import Hypervisors, look_again
from .stopover import prepare_with_stopovers


@dataclass(frozen=True)
class Made:
    """What became of all moves, in the order in which they were begun; and what was found before those of later passes."""

    outcomes: tuple[Outcome, ...]
    findings: tuple[Finding, ...] = ()


def make_passes(prepared: Prepared, request: Request, hypervisors: Hypervisors, fleet: Fleet, terms: Terms) -> Made:
    """Make all moves: the hosts are looked at again before those that come later. Never raises once one is begun.

    Who stopped on a third host and can't go on is left there, and told of as a move that was not begun.
    """
    return _Passes(request, hypervisors, fleet, terms, prepared).run()


class _Passes:
    """The moves of one task; those that wait are known by their domains' UUIDs."""

    def __init__(self, request: Request, hypervisors: Hypervisors, fleet: Fleet, terms: Terms, first: Prepared) -> None:
        self._request = request
        self._hypervisors = hypervisors
        self._fleet = fleet
        self._terms = terms
        self._first = first
        self._outcomes: list[Outcome] = []
        self._findings: list[Finding] = []

    def run(self) -> Made:
        # Only the last move of each domain counts: where it stops before is planned anew.
        waiting = {move.domain.uuid: move for move in self._first.later}
        self._make(self._first.moves)
        waiting = self._still(waiting)
        while waiting:
            self._pass(waiting)
            waiting = self._still(waiting)
        return Made(tuple(self._outcomes), tuple(dict.fromkeys(self._findings)))

    def _make(self, moves: Sequence[Move]) -> None:
        self._outcomes += execute(moves, self._hypervisors, self._fleet.room_kib, self._terms)

    def _still(self, waiting: Mapping[str, Move]) -> dict[str, Move]:
        """Return the moves that wait, of domains as they were seen last: none that failed, or have arrived."""
        last = {outcome.move.domain.uuid: outcome for outcome in self._outcomes}
        still: dict[str, Move] = {}
        for uuid, move in waiting.items():
            seen = last.get(uuid)
            if seen is None:
                still[uuid] = move
            elif seen.succeeded and seen.move.destination != move.destination:
                domain = seen.domain or replace(move.domain, host=seen.move.destination)
                still[uuid] = replace(move, domain=domain, source=domain.host)
        return still

    def _pass(self, waiting: Mapping[str, Move]) -> None:
        """Make those that can be made now; leave those that nothing can be done for."""
        why = self._hindrances(waiting)
        left = {uuid: move for uuid, move in waiting.items() if uuid not in why}
        try:
            prepared = self._prepare(left) if left else None
        except MigrationError as error:
            why, prepared = {**why, **dict.fromkeys(left, str(error))}, None
        if prepared is not None:
            blocked = _blocked(prepared, left)
            why = {**why, **blocked}
            if not blocked:
                self._findings += prepared.findings
                self._outcomes += [self._in_place(waiting[domain.uuid], domain) for domain in prepared.settled]
                self._make(prepared.moves)
        self._outcomes += [
            not_begun(waiting[uuid], reason, self._terms.limit_of(waiting[uuid])) for uuid, reason in why.items()
        ]

    def _in_place(self, move: Move, domain: Domain) -> Outcome:
        return Outcome(move, Status.IN_PLACE, domain=domain, timeout=self._terms.limit_of(move).seconds)

    def _hindrances(self, waiting: Mapping[str, Move]) -> dict[str, str]:
        """Return what keeps moves from being begun at all."""
        ended = self._terms.caller.hindrance()
        if self._terms.stop_on_failure:
            ended = ended or next(filter(None, map(obstacle, self._outcomes)), None)
        if ended is not None:
            return dict.fromkeys(waiting, ended)
        shunned = hindrances(self._outcomes)
        reasons = {uuid: shunned.get(move.source) or shunned.get(move.destination) for uuid, move in waiting.items()}
        return {uuid: reason for uuid, reason in reasons.items() if reason is not None}

    def _prepare(self, moves: Mapping[str, Move]) -> Prepared:
        self._fleet = look_again(self._fleet, self._hypervisors)
        wishes = tuple(Wish(move.domain.name, move.destination, move.new_name, uuid) for uuid, move in moves.items())
        stopped = frozenset(outcome.move.domain.uuid for outcome in self._outcomes)
        request = replace(self._request, wishes=wishes)
        return prepare_with_stopovers(request, self._hypervisors, self._fleet, stopped)


def _blocked(prepared: Prepared, moves: Mapping[str, Move]) -> dict[str, str]:
    """Return which moves something speaks against: those of the domains named, or all where none is."""
    blocking = [finding for finding in prepared.findings if finding.blocks]
    by_name = {move.domain.name: uuid for uuid, move in moves.items()}
    named = {by_name[finding.domain]: _reason(finding) for finding in blocking if finding.domain in by_name}
    return named if named or not blocking else dict.fromkeys(moves, _reason(blocking[0]))


def _reason(finding: Finding) -> str:
    return finding.sentence.rstrip(".")
