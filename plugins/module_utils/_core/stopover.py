# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moves that fit into memory only if a domain stops on a third host on its way, private to this collection: touches nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from .arranging.stock import machine, resident
from .model import Finding, Fleet, Move, Prepared
from .planner.first_steps import first_steps
from .planner.planning import plan
from .planner.values import Cluster, Machine, Place, Schedule, Step, Stuck
from .prepare import check_moves, prepare
from .request import Request
from .snapshot import Hypervisors

NO_ORDER = frozenset({"memory_short", "order_unknown"})
"""What a stop on a third host may help against."""
NOT_YET_KNOWN = "unsuspendable"
"""What a host can't tell of a domain that isn't there yet: it is asked before the domain goes on from there."""


@dataclass(frozen=True)
class Barred:
    """Where no stop is made: by domains that have made one (their UUIDs), and by nobody on these hosts."""

    domains: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()


def prepare_with_stopovers(
    request: Request, hypervisors: Hypervisors, fleet: Fleet, barred: Barred | None = None
) -> Prepared:
    """Prepare the moves; where they fit in no order, and that is asked for, with stops on third hosts.

    What is prepared are then the moves up to the first one of a domain that will have stopped; ``later`` are those that come
    after them. All of them are checked. Where no stop helps, the findings tell of each domain that is in the way why, and what
    spoke against stops that would have helped.
    """
    prepared = prepare(request, hypervisors, fleet)
    blocking = {finding.code for finding in prepared.findings if finding.blocks}
    if not blocking or blocking - NO_ORDER:
        return prepared
    search = _Search(request, hypervisors, fleet, prepared, barred or Barred())
    return search.run() if request.stopovers else search.hinted()


@dataclass(frozen=True)
class _Search:
    """Looks for stops against which nothing speaks. ``direct`` is what was prepared without any."""

    request: Request
    hypervisors: Hypervisors
    fleet: Fleet
    direct: Prepared
    barred: Barred

    @cached_property
    def by_uuid(self) -> Mapping[str, Move]:
        """The moves without stops, by their domains' UUIDs."""
        return {move.domain.uuid: move for move in self.direct.moves}

    @cached_property
    def machines(self) -> tuple[Machine, ...]:
        """All hosts, as the planner knows them: each is asked once, however many schedules are tried."""
        return tuple(map(self._machine, self.fleet.hosts))

    def hinted(self) -> Prepared:
        """Return what was prepared without stops, and whether there are some that make room."""
        if self._schedule(frozenset(self._unwelcome())).stuck:
            return self.direct
        hint = "With stopovers, one may stop on a third host on its way."
        findings = (
            replace(finding, sentence=f"{finding.sentence} {hint}") if finding.code in NO_ORDER else finding
            for finding in self.direct.findings
        )
        return replace(self.direct, findings=tuple(findings))

    def run(self) -> Prepared:
        ruled_out = frozenset(self._unwelcome())
        against: list[Finding] = []
        while True:
            schedule = self._schedule(ruled_out)
            if schedule.stuck:
                return self._without([*map(self._stuck, schedule.stuck), *against])
            stops = [step for step in schedule.steps if self._is_stop(step)]
            moves, findings = self._checked(schedule.steps, stops)
            blocking = [finding for finding in findings if finding.blocks]
            if not blocking:
                return self._prepared(moves, len(first_steps(schedule.steps)), findings)
            named = {finding.domain for finding in blocking}
            refused = [step for step in stops if step.resident.name in named]
            if not refused:
                return self._without(blocking)
            ruled_out |= {(step.resident.uuid, step.destination) for step in refused}
            against += [_against(step, one) for step in refused for one in blocking if one.domain == step.resident.name]

    def _unwelcome(self) -> Iterator[tuple[str, str]]:
        """Return the domains and hosts that no stop is made with."""
        for move in self.direct.moves:
            for name, state in self.fleet.hosts.items():
                barred = move.domain.uuid in self.barred.domains or name in self.barred.hosts
                if name != move.destination and (barred or not state.host.accepts_domains):
                    yield move.domain.uuid, name

    def _schedule(self, ruled_out: frozenset[tuple[str, str]]) -> Schedule:
        residents = tuple(resident(move.domain) for move in self.direct.moves)
        goals = {uuid: move.destination for uuid, move in self.by_uuid.items()}
        rules = replace(self.request.rules, forbidden=self.request.rules.forbidden | ruled_out)
        return plan(Cluster(self.machines, residents), Place(goals), rules)

    def _machine(self, name: str) -> Machine:
        if self.fleet.hosts[name].unreachable is not None:
            return Machine(name, 0, 0, accepts=False)
        return machine(name, self.hypervisors[name].total_memory_kib(), self.fleet)

    def _is_stop(self, step: Step) -> bool:
        return step.destination != self.by_uuid[step.resident.uuid].destination

    def _checked(self, steps: Sequence[Step], stops: Sequence[Step]) -> tuple[tuple[Move, ...], tuple[Finding, ...]]:
        """Return the steps as moves, with what speaks against those of domains that stop: the others were checked before."""
        stopping = {step.resident.uuid for step in stops}
        legs = [self._leg(step) for step in steps if step.resident.uuid in stopping]
        checked, findings = check_moves(legs, self.request, self.hypervisors, self.fleet)
        routed = {(move.domain.uuid, move.source): move for move in checked}
        moves = (routed.get((step.resident.uuid, step.source), self.by_uuid[step.resident.uuid]) for step in steps)
        return tuple(moves), tuple(finding for finding in findings if finding.code != NOT_YET_KNOWN)

    def _leg(self, step: Step) -> Move:
        direct = self.by_uuid[step.resident.uuid]
        domain = replace(direct.domain, host=step.source)
        return replace(direct, domain=domain, source=step.source, destination=step.destination, address=None)

    def _prepared(self, moves: tuple[Move, ...], first: int, of_legs: Sequence[Finding]) -> Prepared:
        stopping = {move.domain.name for move in moves[first:]} & {move.domain.name for move in moves[:first]}
        kept = [
            finding
            for finding in self.direct.findings
            if finding.code not in NO_ORDER and (finding.domain not in stopping or finding.code == NOT_YET_KNOWN)
        ]
        findings = tuple(dict.fromkeys((*kept, *of_legs)))
        return Prepared(moves[:first], self.direct.settled, findings, self.direct.unfinished, moves[first:])

    def _without(self, why: Sequence[Finding]) -> Prepared:
        """Return what was prepared without stops, and why there are none in place of what they were to help against."""
        others = [finding for finding in self.direct.findings if finding.code not in NO_ORDER]
        return replace(self.direct, findings=tuple(dict.fromkeys((*others, *why))))

    def _stuck(self, stuck: Stuck) -> Finding:
        name, to = stuck.resident.name, self.by_uuid[stuck.resident.uuid].destination
        return Finding("memory_short", f"Domain {name} can't go to {to}: it {stuck.reason}", domain=name)


def _against(step: Step, finding: Finding) -> Finding:
    text = f"{step.resident.name} can't stop on {step.destination} on its way: {finding.sentence}"
    return replace(finding, sentence=text)
