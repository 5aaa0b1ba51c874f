# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a request to checked moves, private to this collection: all that comes before anything is touched."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

from .bandwidth import limit_moves
from .check_domain import check_arrived, check_left_by_move
from .check_hosts import outside
from .facts import facts_of, gather_facts
from .finding import accept
from .locate import locate_all
from .model import Finding, Fleet, Move, Prepared, Wish, hosts_of
from .peer import tunnel_moves
from .plan import plan_moves
from .preflight import Situation, check_each, preflight
from .probe import probe
from .request import Request
from .route import route_moves
from .snapshot import Hypervisors, LookedAt, inspect_domains
from .unfinished import announce, find_unfinished


def prepare(
    request: Request, hypervisors: Hypervisors, fleet: Fleet, looked_at: LookedAt = MappingProxyType({})
) -> Prepared:
    """Find the domains, plan the moves and check them; touches nothing. What was ``looked_at`` isn't asked for again."""
    fleet, unfinished = find_unfinished(fleet, request.wishes, hypervisors)
    located, lost = locate_all(fleet, request.wishes)
    plan = plan_moves(inspect_domains(located, hypervisors, looked_at), request.live, request.encrypted)
    routed, dead_ends, situation = _situation(plan.moves, request, hypervisors, fleet)
    moves, findings = preflight(routed, situation)
    everything = (
        *map(announce, unfinished),
        *lost,
        *_outside(lost, request.wishes, hypervisors),
        *dead_ends,
        *findings,
        *(
            finding
            for domain in plan.settled
            for finding in (*check_left_by_move(domain), *check_arrived(domain, fleet))
        ),
    )
    return Prepared(moves, plan.settled, accept(everything, request.accepted), unfinished)


def check_moves(
    moves: Sequence[Move], request: Request, hypervisors: Hypervisors, fleet: Fleet
) -> tuple[tuple[Move, ...], tuple[Finding, ...]]:
    """Give each move its address and its limit; return with them what is found about any of them, each by itself."""
    routed, dead_ends, situation = _situation(moves, request, hypervisors, fleet)
    return routed, accept((*dead_ends, *check_each(routed, situation)), request.accepted)


def _situation(
    moves: Sequence[Move], request: Request, hypervisors: Hypervisors, fleet: Fleet
) -> tuple[tuple[Move, ...], tuple[Finding, ...], Situation]:
    """Return the moves with their addresses and limits, for which there is no address, and what to hold all against."""
    facts = gather_facts(moves, hypervisors)
    routed, dead_ends = (tunnel_moves if request.encrypted else route_moves)(moves, fleet, facts)
    routed = limit_moves(routed, fleet, request.bandwidth)
    abilities = {name: hypervisors[name].abilities() for name in hosts_of(moves)}
    situation = Situation(fleet, facts, abilities, probe(routed, hypervisors), request.limit, request.rules)
    return routed, dead_ends, situation


def _outside(lost: Sequence[Finding], wishes: Sequence[Wish], hypervisors: Hypervisors) -> list[Finding]:
    """Where a domain is missing, ask every host's Xen: xl may have started it, and libvirt doesn't tell."""
    if not any(finding.code == "domain_missing" for finding in lost):
        return []
    lost_names = {finding.domain for finding in lost if finding.code == "domain_missing"}
    wanted = [wish.name for wish in wishes if wish.name in lost_names]
    running = {
        host: set((told.running or {}).values()) for host, told in facts_of(list(hypervisors), hypervisors).items()
    }
    return [outside(name, host, name) for name in wanted for host, names in running.items() if name in names]
