# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moves that fit into memory only if a domain stops on a third host on its way, private to this collection: touches nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from .memory import needed_kib
from .model import Finding, Fleet, Move, Prepared, Severity, Wish
from .planner.first_steps import first_steps
from .planner.planning import plan
from .planner.values import Cluster, Machine, Place, Resident, Schedule, Step, Stuck
from .prepare import prepare, route
from .request import Request
from .snapshot import Hypervisors

NO_ORDER = frozenset({"memory_short", "order_unknown"})
"""What a stop on a third host may help against."""
FEWEST_HOSTS = 3
"""Among fewer there is no third one."""


def prepare_with_stopovers(
    request: Request, hypervisors: Hypervisors, fleet: Fleet, stopped: frozenset[str] = frozenset()
) -> Prepared:
    """Prepare the moves; where they fit in no order, and that is asked for, with stops on third hosts.

    ``stopped`` are the UUIDs of domains that have made a stop: they make no other. What is prepared are then the moves up to
    the first one of a domain that will have stopped; ``later`` are those that come after them. Where no stop helps, the
    findings tell of each domain that is in the way why, and what spoke against stops that would have helped.
    """
    prepared = prepare(request, hypervisors, fleet)
    blocking = {finding.code for finding in prepared.findings if finding.blocks}
    if not blocking or blocking - NO_ORDER:
        return prepared
    if not request.stopovers:
        return replace(prepared, findings=tuple(_hinted(finding, fleet) for finding in prepared.findings))
    return _Search(request, hypervisors, fleet, prepared, stopped).run()


@dataclass(frozen=True)
class _Search:
    """Looks for stops against which nothing speaks. ``direct`` is what was prepared without any."""

    request: Request
    hypervisors: Hypervisors
    fleet: Fleet
    direct: Prepared
    stopped: frozenset[str]

    def run(self) -> Prepared:
        ruled_out = frozenset(self._unwelcome())
        against: list[Finding] = []
        while True:
            schedule = self._schedule(ruled_out)
            if schedule.stuck:
                return self._without([*map(self._stuck, schedule.stuck), *against])
            first = first_steps(schedule.steps)
            later, dead_ends = self._routed(schedule.steps[len(first) :])
            checked = prepare(self._asking(first), self.hypervisors, self.fleet)
            blocking = [finding for finding in (*checked.findings, *dead_ends) if finding.blocks]
            if not blocking:
                return self._prepared(checked, later)
            stops = [step for step in first if self._is_stop(step) and step.resident.name in _domains(blocking)]
            if not stops:
                return self._without(blocking)
            ruled_out |= {(step.resident.uuid, step.destination) for step in stops}
            against += (_against(step, finding) for step in stops for finding in blocking if _is_about(finding, step))

    def _unwelcome(self) -> Iterator[tuple[str, str]]:
        """Return the domains and hosts that no stop is made with: it has made one, or the host takes no domains."""
        for move in self.direct.moves:
            for name, state in self.fleet.hosts.items():
                barred = move.domain.uuid in self.stopped or not state.host.accepts_domains
                if barred and name != move.destination:
                    yield move.domain.uuid, name

    def _without(self, why: Sequence[Finding]) -> Prepared:
        """Return what was prepared without stops, and why there are none in place of what they were to help against."""
        others = [finding for finding in self.direct.findings if finding.code not in NO_ORDER]
        return replace(self.direct, findings=tuple(dict.fromkeys((*others, *why))))

    def _stuck(self, stuck: Stuck) -> Finding:
        name, to = stuck.resident.name, self._goals[stuck.resident.uuid]
        return Finding("memory_short", f"Domain {name} can't go to {to}: it {stuck.reason}", domain=name)

    @property
    def _goals(self) -> dict[str, str]:
        return {move.domain.uuid: move.destination for move in self.direct.moves}

    def _schedule(self, ruled_out: frozenset[tuple[str, str]]) -> Schedule:
        machines = tuple(map(self._machine, self.fleet.hosts))
        residents = tuple(
            Resident(move.domain.name, move.domain.uuid, move.source, needed_kib(move.domain))
            for move in self.direct.moves
        )
        rules = replace(self.request.rules, forbidden=self.request.rules.forbidden | ruled_out)
        return plan(Cluster(machines, residents), Place(self._goals), rules)

    def _machine(self, name: str) -> Machine:
        if self.fleet.hosts[name].unreachable is not None:
            return Machine(name, 0, 0, accepts=False)
        return Machine(name, self.hypervisors[name].total_memory_kib(), self.fleet.room_kib[name])

    def _asking(self, steps: Sequence[Step]) -> Request:
        wishes = tuple(Wish(step.resident.name, step.destination, uuid=step.resident.uuid) for step in steps)
        return replace(self.request, wishes=wishes)

    def _is_stop(self, step: Step) -> bool:
        return step.destination != self._direct(step).destination

    def _direct(self, step: Step) -> Move:
        return next(move for move in self.direct.moves if move.domain.uuid == step.resident.uuid)

    def _routed(self, steps: Sequence[Step]) -> tuple[tuple[Move, ...], tuple[Finding, ...]]:
        """Return later steps as the moves that they will be."""
        moves = [self._later(step) for step in steps]
        return route(moves, self.request, self.hypervisors, self.fleet)

    def _later(self, step: Step) -> Move:
        direct = self._direct(step)
        domain = replace(direct.domain, host=step.source)
        return replace(direct, domain=domain, source=step.source, destination=step.destination, address=None)

    def _prepared(self, checked: Prepared, later: tuple[Move, ...]) -> Prepared:
        findings = (finding for finding in (*self.direct.findings, *checked.findings) if not finding.blocks)
        return Prepared(
            checked.moves, self.direct.settled, tuple(dict.fromkeys(findings)), self.direct.unfinished, later
        )


def _hinted(finding: Finding, fleet: Fleet) -> Finding:
    if finding.code not in NO_ORDER or len(fleet.hosts) < FEWEST_HOSTS:
        return finding
    return replace(finding, sentence=f"{finding.sentence} With stopovers, one may stop on a third host on its way.")


def _domains(findings: Sequence[Finding]) -> frozenset[str | None]:
    return frozenset(finding.domain for finding in findings)


def _is_about(finding: Finding, step: Step) -> bool:
    return finding.domain == step.resident.name


def _against(step: Step, finding: Finding) -> Finding:
    text = f"{step.resident.name} can't stop on {step.destination} on its way: {finding.sentence}"
    return replace(finding, sentence=text, severity=Severity.INFORMS)
