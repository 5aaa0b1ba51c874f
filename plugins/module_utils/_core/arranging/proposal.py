# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan that has passed preflight, private to this collection: what preflight rules out is planned around."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..errors import Blocked
from ..model import Finding, Prepared, Wish
from ..planner.first_steps import first_steps
from ..planner.planning import plan
from ..planner.values import Cluster, Rules, Schedule, Step, Stuck
from ..planner.values import Wish as PlannedWish
from ..prepare import prepare
from ..snapshot import Hypervisors
from .doubled import doubled
from .stock import Stock, cluster_of
from .wanted import Wanted

RuledOut = Mapping["tuple[str, str]", Finding]
"""A domain's UUID and a host that it can't go to -> why."""

OF_THE_DOMAIN = frozenset(
    {
        "domain_ambiguous",
        "domain_missing",
        "domain_state",
        "host_devices",
        "job_held",
        "live_impossible",
        "managed_save",
        "unsuspendable",
    }
)
"""What keeps a domain from moving wherever it is to go: no other destination needs to be tried."""


@dataclass(frozen=True)
class Proposal:
    """The planner's whole ``schedule``, those of its steps that can be made ``now``, and what preflight said of them.

    A domain that goes through a third host is there with its first step: the rest is planned again when that is done.
    ``ruled_out`` is what preflight had to say against other plans.
    """

    schedule: Schedule
    now: tuple[Step, ...]
    prepared: Prepared
    stuck: tuple[Stuck, ...]
    ruled_out: RuledOut

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that preflight said, each thing once."""
        return tuple(dict.fromkeys((*self.ruled_out.values(), *self.prepared.findings)))

    def without(self, arrived: Container[str]) -> Proposal:
        """Return it without the steps of domains that have arrived, by UUID."""
        return replace(self, now=tuple(step for step in self.now if step.resident.uuid not in arrived))


def propose(wanted: Wanted, wish: PlannedWish, stock: Stock, hypervisors: Hypervisors, failed: RuledOut) -> Proposal:
    """Plan, check, and plan again without what was ruled out, until nothing is. Touches nothing.

    ``failed`` is ruled out from the beginning. Raises ``Blocked`` for what speaks against all moves, ``InvalidInput``.
    """
    cluster = cluster_of(stock, wanted.shut_off)
    ruled_out = dict(failed)
    while True:
        schedule = plan(cluster, wish, _rules(wanted.rules, ruled_out))
        now = first_steps(schedule.steps)
        wishes = tuple(Wish(step.resident.name, step.destination, uuid=step.resident.uuid) for step in now)
        prepared = prepare(wanted.asking(wishes), hypervisors, stock.fleet, stock.looked_at)
        blocking = [finding for finding in prepared.findings if finding.blocks]
        if not blocking:
            stuck = (*(named(one, ruled_out) for one in schedule.stuck), *doubled(stock, wanted.wish))
            told = {one.resident.uuid for one in stuck}
            outside = (one for one in stock.outside if one.resident.uuid not in told)
            return Proposal(schedule, now, prepared, (*stuck, *outside), ruled_out)
        more = dict(ruling_out(blocking, now, cluster))
        if not set(more) - set(ruled_out):
            raise Blocked(prepared.findings)
        ruled_out.update(more)


def ruling_out(
    blocking: Sequence[Finding], steps: Sequence[Step], cluster: Cluster
) -> Iterator[tuple[tuple[str, str], Finding]]:
    """Return which domains can't go to which hosts, by what speaks against their steps."""
    for finding in blocking:
        for step in steps:
            if step.resident.name == finding.domain:
                everywhere = [machine.name for machine in cluster.machines]
                hosts = everywhere if finding.code in OF_THE_DOMAIN else [step.destination]
                yield from (((step.resident.uuid, host), finding) for host in hosts)


def named(stuck: Stuck, ruled_out: RuledOut) -> Stuck:
    """Return it in the words of preflight, where one finding alone keeps the domain from going anywhere."""
    why = {finding for (uuid, _host), finding in ruled_out.items() if uuid == stuck.resident.uuid}
    if stuck.code != "ruled_out" or len(why) != 1:
        return stuck
    (finding,) = why
    return Stuck(stuck.resident, finding.code, finding.sentence)


def _rules(rules: Rules, ruled_out: RuledOut) -> Rules:
    why = {pair: finding.sentence for pair, finding in ruled_out.items()}
    return replace(rules, forbidden=rules.forbidden | frozenset(why), why={**rules.why, **why})
