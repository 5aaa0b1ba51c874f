# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One task from beginning to end, private to this collection: it calls the other files of the core in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .errors import Blocked, InvalidInput
from .execute import execute
from .facts import gather_facts
from .locate import left_out, locate_all
from .model import Host, Move, Outcome, Report, Status, Wish
from .plan import plan_moves
from .preflight import Situation, preflight
from .route import route_moves
from .snapshot import Connect, Hypervisors, inspect_domains, opened


@dataclass(frozen=True)
class Request:
    """What a task asks for. ``bandwidth`` in MiB/s for each move, ``timeout`` in seconds for each move; None: no limit."""

    hosts: tuple[Host, ...]
    wishes: tuple[Wish, ...]
    live: bool = True
    bandwidth: float | None = None
    timeout: float | None = None
    check: bool = False

    def __post_init__(self) -> None:
        """Raise ``InvalidInput`` for a limit that isn't above 0."""
        for name, limit in (("bandwidth", self.bandwidth), ("timeout", self.timeout)):
            if limit is not None and not limit > 0:
                raise InvalidInput(f"{name} is {limit:g}: it must be above 0; leave it out for no limit.")


def migrate(request: Request, connect: Connect) -> Report:
    """Bring every domain to its host, or in check mode only say how.

    Raises ``Blocked`` with every finding when anything speaks against any move; then nothing was touched.
    """
    with opened(request.hosts, connect) as (hypervisors, fleet):
        located, lost = locate_all(fleet, request.wishes)
        plan = plan_moves(inspect_domains(located, hypervisors), request.live)
        facts = gather_facts(plan.moves, hypervisors)
        routed, dead_ends = route_moves(plan.moves, fleet, facts)
        abilities = {name: hypervisor.abilities() for name, hypervisor in hypervisors.items()}
        situation = Situation(fleet, facts, abilities, request.bandwidth)
        moves, findings = preflight(routed, situation)
        findings = (*lost, *dead_ends, *findings)
        if any(finding.blocks for finding in findings):
            raise Blocked(findings)
        outcomes = _outcomes(moves, request, hypervisors)
    warnings = (*(finding.sentence for finding in findings), *left_out(fleet))
    return Report(plan.settled, outcomes, warnings)


def _outcomes(moves: Sequence[Move], request: Request, hypervisors: Hypervisors) -> tuple[Outcome, ...]:
    if request.check:
        return tuple(Outcome(move, Status.PLANNED) for move in moves)
    return execute(moves, hypervisors, request.timeout)
