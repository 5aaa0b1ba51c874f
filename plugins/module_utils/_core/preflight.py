# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What speaks against the moves, private to this collection: pure, and all of it together, before anything is touched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from .bonds import bonds_of
from .check_domain import (
    check_abort,
    check_bandwidth,
    check_domain,
    check_gone,
    check_live,
    check_name,
    check_shut_off,
    check_suspendable,
    check_suspended,
)
from .check_hosts import (
    check_bridges,
    check_changes,
    check_cpu,
    check_outside,
    check_peer,
    check_reach,
    check_transport,
    check_versions,
    check_writing,
)
from .check_storage import check_storage
from .memory import needed_kib
from .model import Abilities, Finding, Fleet, HostFacts, Limit, Move, hosts_of
from .order import OrderUnknown, order_moves
from .planner.values import Rules
from .probe import Probed
from .turn import in_turn
from .unchecked import Unchecked, not_checked


@dataclass(frozen=True)
class Situation:
    """What the moves are held against: the hosts as they are, what they can do, the time limit and the rules asked for."""

    fleet: Fleet
    facts: Mapping[str, HostFacts]
    abilities: Mapping[str, Abilities]
    probed: Probed = field(default_factory=Probed)
    limit: Limit = field(default_factory=Limit)
    rules: Rules = field(default_factory=Rules)


def preflight(moves: Sequence[Move], situation: Situation) -> tuple[tuple[Move, ...], tuple[Finding, ...]]:
    """Return the moves in the order in which they are to be begun, and every finding about any of them.

    Each keeps to the rules when made after the others before it; of those that may begin, the longest comes first.
    """
    ordered, problems = _order([move for move in moves if move.source != move.destination], situation)
    return ordered, (*check_each(moves, situation), *problems)


def check_each(moves: Sequence[Move], situation: Situation) -> tuple[Finding, ...]:
    """Return every finding about any of the moves, each by itself."""
    return tuple(finding for move in moves for finding in _findings(move, situation))


def _findings(move: Move, situation: Situation) -> Iterator[Finding]:
    noticed = list(_check_move(move, situation))
    for finding in noticed:
        if isinstance(finding, Finding):
            yield replace(finding, domain=move.domain.name)
    for finding in not_checked(move.domain.name, (item for item in noticed if isinstance(item, Unchecked))):
        yield replace(finding, domain=move.domain.name)


def _check_move(move: Move, situation: Situation) -> Iterator[Finding | Unchecked]:
    if move.source == move.destination:
        yield _no_rename(move)
        return
    facts, probed, abilities = situation.facts, situation.probed, situation.abilities
    yield from check_domain(move.domain)
    yield from check_gone(move.domain, situation.fleet)
    yield from check_name(move, situation.fleet, abilities[move.source])
    yield from check_changes(move, probed)
    yield from check_bandwidth(move, abilities[move.source], facts[move.source])
    yield from check_abort(situation.limit, move, facts)
    yield from check_live(move, facts[move.source])
    yield from check_suspended(move, facts[move.source])
    yield from check_shut_off(move, facts[move.source])
    yield from check_suspendable(move, facts[move.source])
    yield from check_outside(move, facts, situation.fleet)
    yield from check_writing(move, facts)
    yield from check_versions(move, facts, abilities)
    yield from check_cpu(move, facts[move.source], facts[move.destination])
    yield from check_bridges(move, facts[move.destination], probed)
    yield from check_storage(move, probed)
    yield from check_reach(move, probed)
    yield from check_peer(move, probed)
    yield from check_transport(move)


def _no_rename(move: Move) -> Finding:
    return Finding(
        "rename_in_place",
        f"Domain {move.domain.name} is on {move.source} already and was to be called {move.final_name}: the hypervisor can"
        " rename a domain only while it moves.",
    )


def _order(moves: Sequence[Move], situation: Situation) -> tuple[tuple[Move, ...], tuple[Finding, ...]]:
    room = situation.fleet.room_beyond(situation.rules.reserve_kib)
    try:
        ordered = order_moves(moves, room)
    except OrderUnknown:
        text = "No order of these moves that fits into memory was found in reasonable time: ask for fewer at once."
        return tuple(moves), (Finding("order_unknown", text),)
    if ordered is None:
        return tuple(moves), (_no_order(moves, room),)
    return in_turn(ordered, room, bonds_of(ordered, situation.rules)), ()


def _no_order(moves: Sequence[Move], room: Mapping[str, int]) -> Finding:
    needs = "; ".join(
        f"{move.domain.name} from {move.source} to {move.destination} needs {_mib(needed_kib(move.domain))} MiB"
        for move in moves
        if move.domain.active
    )
    free = ", ".join(f"{host} {_mib(room.get(host, 0))} MiB" for host in sorted(hosts_of(moves)))
    return Finding("memory_short", f"There is no order in which the moves fit into memory. {needs}. Free: {free}.")


def _mib(kib: int) -> int:
    return kib // 1024
