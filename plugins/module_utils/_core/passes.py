# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Making prepared moves, and those that can be prepared only when these have been made, private to this collection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from .errors import Blocked, MigrationError
from .execute import Terms, execute, hindrances, not_begun, obstacle
from .model import ARRIVED, Domain, Finding, Fleet, Move, Outcome, Prepared, Status, Unfinished, Wish
from .request import Request
from .snapshot import Hypervisors, look_again
from .stopover import Barred, prepare_with_stopovers
from .unfinished import finish_all


@dataclass(frozen=True)
class Made:
    """What became of all moves, in the order in which they were begun; and what was found before those of later passes.

    ``finished`` are interrupted moves of others that were finished before a later pass; ``notes`` are worth a warning.
    """

    outcomes: tuple[Outcome, ...]
    findings: tuple[Finding, ...] = ()
    finished: tuple[Unfinished, ...] = ()
    notes: tuple[str, ...] = ()


def make_passes(prepared: Prepared, request: Request, hypervisors: Hypervisors, fleet: Fleet, terms: Terms) -> Made:
    """Make all moves: the hosts are looked at again before those that come later. Never raises once one is begun.

    Who stopped on a third host and can't go on is left there, and told of as a move that was not begun.
    """
    return _Passes(request, hypervisors, fleet, terms, prepared).run()


class _Passes:
    """The moves of one task; those that wait are known by their domains' UUIDs, each from where its domain was seen last."""

    def __init__(self, request: Request, hypervisors: Hypervisors, fleet: Fleet, terms: Terms, first: Prepared) -> None:
        self._request = request
        self._hypervisors = hypervisors
        self._fleet = fleet
        self._terms = terms
        self._first = first
        self._waiting = _from_where_they_are(first)
        self._outcomes: list[Outcome] = []
        self._findings: list[Finding] = []
        self._finished: list[Unfinished] = []
        self._notes: list[str] = []

    def run(self) -> Made:
        self._make(self._first)
        while self._waiting:
            self._pass()
        findings = tuple(dict.fromkeys(self._findings))
        return Made(tuple(self._outcomes), findings, tuple(self._finished), tuple(self._notes))

    def _make(self, prepared: Prepared) -> None:
        made = execute(prepared.moves, self._hypervisors, self._fleet.room_kib, self._terms)
        self._outcomes += made
        for outcome in made:
            self._account(outcome)

    def _account(self, outcome: Outcome) -> None:
        """Have a domain that has stopped wait to go on from there; leave one that hasn't got so far, or is to be seen to."""
        uuid, made = outcome.move.domain.uuid, outcome.move
        waiting = self._waiting.get(uuid)
        if waiting is None:
            return
        if outcome.succeeded and made.destination == waiting.destination:
            del self._waiting[uuid]
            return
        here = made.destination if outcome.status in ARRIVED else made.source
        domain = outcome.domain or replace(made.domain, host=here)
        self._waiting[uuid] = replace(waiting, domain=domain, source=domain.host)
        if outcome.status is Status.IN_DOUBT or made.destination == waiting.destination:
            del self._waiting[uuid]  # the outcome tells all
        elif outcome.status is Status.INCOMPLETE:
            self._leave(uuid, f"not all could be done for it when it came to {made.destination}")
        elif not outcome.succeeded:
            self._leave(uuid, f"its move to {made.destination}, where it was to stop, did not succeed")

    def _pass(self) -> None:
        """Make those that can be made now; leave those that nothing can be done for."""
        self._leave_hindered()
        self._fleet = look_again(self._fleet, self._hypervisors) if self._waiting else self._fleet
        self._leave_unseen()
        if not self._waiting:
            return
        try:
            prepared = self._prepare()
        except MigrationError as error:
            self._leave_those(_reasons(error))
            return
        for domain in prepared.settled:
            self._outcomes.append(self._in_place(self._waiting.pop(domain.uuid), domain))
        self._make(prepared)

    def _prepare(self) -> Prepared:
        """Prepare what waits, and finish its interrupted moves. Raises ``MigrationError`` where anything speaks against it."""
        prepared = self._ask()
        self._findings += [finding for finding in prepared.findings if not finding.blocks]
        if any(finding.blocks for finding in prepared.findings):
            raise Blocked(prepared.findings)
        prepared, notes = finish_all(prepared, self._hypervisors)
        self._finished += prepared.unfinished
        self._notes += notes
        return prepared

    def _leave_hindered(self) -> None:
        """Leave moves that must not begin any more."""
        ended = self._terms.caller.hindrance()
        if self._terms.stop_on_failure:
            ended = ended or next(filter(None, map(obstacle, self._outcomes)), None)
        shunned = hindrances(self._outcomes)
        for uuid, move in [*self._waiting.items()]:
            reason = ended or shunned.get(move.source) or shunned.get(move.destination)
            if reason is not None:
                self._leave(uuid, reason)

    def _leave_unseen(self) -> None:
        """Leave what concerns a host that can't be asked any more, and what is nowhere to be seen."""
        silent = {name: state.unreachable for name, state in self._fleet.hosts.items() if state.unreachable}
        for uuid, move in [*self._waiting.items()]:
            reason = silent.get(move.source) or silent.get(move.destination)
            if reason is not None:
                self._leave(uuid, reason.rstrip("."))
            elif uuid not in self._fleet.by_uuid:
                self._lose(uuid)

    def _ask(self) -> Prepared:
        wishes = tuple(
            Wish(move.domain.name, move.destination, move.new_name, uuid) for uuid, move in self._waiting.items()
        )
        stopped = frozenset(outcome.move.domain.uuid for outcome in self._outcomes)
        barred = Barred(stopped, frozenset(hindrances(self._outcomes)))
        request = replace(self._request, wishes=wishes)
        return prepare_with_stopovers(request, self._hypervisors, self._fleet, barred)

    def _leave_those(self, why: Mapping[str | None, str]) -> None:
        """Leave those whose domains something is said of, or all where it is of none."""
        named = {uuid: why[move.domain.name] for uuid, move in self._waiting.items() if move.domain.name in why}
        everybody = dict.fromkeys(self._waiting, next(iter(why.values()), ""))
        for uuid, reason in (named or everybody).items():
            self._leave(uuid, reason)

    def _leave(self, uuid: str, why: str) -> None:
        move = self._waiting.pop(uuid)
        self._outcomes.append(not_begun(move, why, self._terms.limit_of(move)))

    def _lose(self, uuid: str) -> None:
        move = self._waiting.pop(uuid)
        text = (
            f"Domain {move.domain.name}, which was to go on to {move.destination}, is not on {move.source} any more, nor on any"
            " other host that could be asked: somebody has destroyed or moved it meanwhile. See where it is (virsh list --all)."
        )
        self._outcomes.append(Outcome(move, Status.IN_DOUBT, error=text, timeout=self._terms.limit_of(move).seconds))

    def _in_place(self, move: Move, domain: Domain) -> Outcome:
        return Outcome(move, Status.IN_PLACE, domain=domain, timeout=self._terms.limit_of(move).seconds)


def _from_where_they_are(prepared: Prepared) -> dict[str, Move]:
    """Return the last move of each domain that has later ones, as if it began where the domain is now.

    Where it stops before that is planned anew.
    """
    last = {move.domain.uuid: move for move in prepared.later}
    now: dict[str, Move] = {}
    for move in (*prepared.moves, *prepared.later):
        now.setdefault(move.domain.uuid, move)
    return {uuid: replace(move, domain=now[uuid].domain, source=now[uuid].source) for uuid, move in last.items()}


def _reasons(error: MigrationError) -> dict[str | None, str]:
    """Return what an error says, by the domain that it is about."""
    if isinstance(error, Blocked):
        return _by_domain(error.findings)
    return {None: str(error).rstrip(".")}


def _by_domain(findings: tuple[Finding, ...]) -> dict[str | None, str]:
    """Return everything that blocks, in words, by domain."""
    found: dict[str | None, str] = {}
    for finding in findings:
        if finding.blocks:
            said = found.get(finding.domain)
            found[finding.domain] = f"{said} {finding.sentence}" if said else finding.sentence
    return {domain: text.rstrip(".") for domain, text in found.items()}
