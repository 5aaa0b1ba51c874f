# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What speaks against a move, private to this collection: pure, and all of it together, before anything is touched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from .locate import name_holders
from .memory import needed_kib
from .model import Abilities, Domain, Finding, Fleet, HostFacts, Kind, Move, State
from .order import SearchTooLarge, order_moves

_IMMOVABLE = {
    State.MIGRATING: (
        "is being moved just now, or a failed move left libvirt believing so (restarting its libvirt daemon mends that)"
    ),
    State.SHUTTING_DOWN: "is shutting down: wait until it is shut off",
    State.CRASHED: "has crashed: destroy or restart it first",
    State.PM_SUSPENDED: "is suspended to RAM: wake it up first",
    State.UNKNOWN: "is in a state that libvirt has no name for",
}


@dataclass(frozen=True)
class Situation:
    """What the moves are held against: the hosts as they are, what they can do, and the limit asked for in MiB/s."""

    fleet: Fleet
    facts: Mapping[str, HostFacts]
    abilities: Mapping[str, Abilities]
    bandwidth: float | None = None


def preflight(moves: Sequence[Move], situation: Situation) -> tuple[tuple[Move, ...], tuple[Finding, ...]]:
    """Return the moves in an order that fits into memory, and every finding about any of them."""
    findings = [finding for move in moves for finding in _check_move(move, situation)]
    ordered, problems = _order([move for move in moves if move.source != move.destination], situation.fleet)
    return ordered, (*findings, *problems)


def _check_move(move: Move, situation: Situation) -> Iterator[Finding]:
    abilities = situation.abilities[move.source]
    if move.source == move.destination:
        yield _no_rename(move)
        return
    yield from _check_domain(move.domain)
    if move.new_name is not None:
        yield from _check_name(move, move.new_name, situation.fleet, abilities)
    yield from _check_bandwidth(situation.bandwidth, move, abilities)
    if move.live:
        yield from _check_live(move, situation.facts[move.source])


def _check_domain(domain: Domain) -> Iterator[Finding]:
    if domain.active and domain.state in _IMMOVABLE:
        yield Finding("domain_state", f"Domain {domain.name} on {domain.host} {_IMMOVABLE[domain.state]}.")
    if domain.host_devices:
        yield Finding(
            "host_devices",
            f"Domain {domain.name} on {domain.host} has {domain.host_devices} device(s) of its host assigned to it: detach"
            " them first, they can't move.",
        )
    if domain.managed_save and not domain.active:
        yield Finding(
            "managed_save",
            f"Domain {domain.name} on {domain.host} has a saved memory image, which would be lost: start it, then move it.",
        )


def _no_rename(move: Move) -> Finding:
    return Finding(
        "rename_in_place",
        f"Domain {move.domain.name} is on {move.source} already and was to be called {move.final_name}: the hypervisor can"
        " rename a domain only while it moves.",
    )


def _check_name(move: Move, name: str, fleet: Fleet, abilities: Abilities) -> Iterator[Finding]:
    if not abilities.rename_in_move:
        yield Finding(
            "rename_impossible", f"The hypervisor of {move.source} can't rename {move.domain.name} in a move."
        )
    for place in name_holders(fleet, name):
        yield Finding("name_taken", f"Domain {move.domain.name} can't be called {name}: that name is taken {place}.")


def _check_live(move: Move, source: HostFacts) -> Iterator[Finding]:
    if move.domain.kind is not Kind.PV:
        return
    if source.shadow_paging is None:
        yield Finding(
            "live_not_checked",
            f"Whether {move.source} can move {move.domain.name} live was not checked: {source.problem}",
            blocks=False,
        )
    elif not source.shadow_paging:
        yield Finding(
            "live_impossible",
            f"Domain {move.domain.name} can't be moved live: Xen on {move.source} has no shadow paging, which a PV domain needs"
            " for it. Ask for a move that is not live (live: false).",
        )


def _check_bandwidth(bandwidth: float | None, move: Move, abilities: Abilities) -> Iterator[Finding]:
    if bandwidth is not None and move.domain.active and not abilities.bandwidth:
        yield Finding(
            "bandwidth_impossible",
            f"A bandwidth of {bandwidth:g} MiB/s was asked for {move.domain.name}, and libvirt's driver on {move.source}"
            " can't limit a move: leave bandwidth out.",
        )


def _order(moves: Sequence[Move], fleet: Fleet) -> tuple[tuple[Move, ...], tuple[Finding, ...]]:
    room = {name: state.free_memory_kib + state.reclaimable_kib for name, state in fleet.hosts.items()}
    try:
        ordered = order_moves(moves, room)
    except SearchTooLarge:
        text = "No order of these moves that fits into memory was found in reasonable time: ask for fewer at once."
        return (), (Finding("order_unknown", text),)
    if ordered is None:
        return (), (_no_order(moves, room),)
    return ordered, ()


def _no_order(moves: Sequence[Move], room: Mapping[str, int]) -> Finding:
    needs = "; ".join(
        f"{move.domain.name} from {move.source} to {move.destination} needs {_mib(needed_kib(move.domain))} MiB"
        for move in moves
        if move.domain.active
    )
    hosts = sorted({host for move in moves for host in (move.source, move.destination)})
    free = ", ".join(f"{host} {_mib(room.get(host, 0))} MiB" for host in hosts)
    return Finding("memory_short", f"There is no order in which the moves fit into memory. {needs}. Free: {free}.")


def _mib(kib: int) -> int:
    return kib // 1024
