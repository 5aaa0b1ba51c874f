# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trying what the moves depend on, private to this collection: disks, networks and ports. Changes nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Union

from .errors import HypervisorError, MigrationError
from .hypervisor import Hypervisor
from .model import Disk, Move, Storage, hosts_of
from .parallel import ask_all
from .snapshot import CONNECT_SECONDS, Hypervisors

Way = tuple[str, str]
"""A source, and an address of a destination."""


@dataclass(frozen=True)
class Probed:
    """What was found, by host and by way, or the reason why it could not be.

    ``storage`` is what a host has of the moved domains' disks, ``networks`` which virtual networks they need and it has not.
    ``reach`` is None for a way that can be taken, else why not.
    ``peers`` is the same for encrypted moves, by source and destination. ``refusals`` is None for a host whose libvirt lets
    this login change something, else why not.
    """

    storage: Mapping[str, Mapping[Disk, Storage] | MigrationError] = field(default_factory=dict)
    networks: Mapping[str, frozenset[str] | MigrationError] = field(default_factory=dict)
    reach: Mapping[Way, str | MigrationError | None] = field(default_factory=dict)
    peers: Mapping[tuple[str, str], str | MigrationError | None] = field(default_factory=dict)
    refusals: Mapping[str, str | MigrationError | None] = field(default_factory=dict)


Answer = Union[Mapping[Disk, Storage], "Mapping[str, str | None]", "frozenset[str]", str, None]
Question = tuple[str, str, str]
"""What about, which host, and for a peer the destination; one asking for all of them is one wait."""


def probe(moves: Sequence[Move], hypervisors: Hypervisors) -> Probed:
    """Ask both ends of each move about its disks and about changes, and the destination about its networks; try the way."""
    disks, networks, addresses = _disks(moves), _networks(moves), _addresses(moves)
    peers = {(move.source, move.destination): move.peer_uri for move in moves if move.peer_uri is not None}

    def ask(question: Question) -> Answer:
        about, host, other = question
        if about == "storage":
            return _storage(hypervisors[host], disks[host])
        if about == "networks":
            return _lacking(hypervisors[host], networks[host])
        if about == "peers":
            return hypervisors[host].reach_peer(hypervisors[other], peers[host, other])
        if about == "refusals":
            return hypervisors[host].refuses_changes()
        return hypervisors[host].reach(addresses[host])

    questions = [("storage", host, "") for host in disks] + [("networks", host, "") for host in networks]
    questions += [("reach", host, "") for host in addresses] + [("peers", *ends) for ends in peers]
    questions += [("refusals", host, "") for host in hosts_of(moves)]
    answers: dict[Question, Any] = dict(ask_all(ask, questions, CONNECT_SECONDS, _no_answer))

    def by_way(about: str) -> dict[Way, Any]:
        return {(host, other): answer for (what, host, other), answer in answers.items() if what == about}

    def by_host(about: str) -> dict[str, Any]:
        return {host: answer for (host, _nothing), answer in by_way(about).items()}

    reach = _reach(addresses, by_host("reach"))
    return Probed(by_host("storage"), by_host("networks"), reach, by_way("peers"), by_host("refusals"))


def _disks(moves: Sequence[Move]) -> dict[str, list[Disk]]:
    disks: dict[str, list[Disk]] = {}
    for move in moves:
        for host in (move.source, move.destination) if move.domain.needs.disks else ():
            disks.setdefault(host, []).extend(move.domain.needs.disks)
    return disks


def _networks(moves: Sequence[Move]) -> dict[str, set[str]]:
    networks: dict[str, set[str]] = {}
    for move in moves:
        if move.domain.needs.networks:
            networks.setdefault(move.destination, set()).update(move.domain.needs.networks)
    return networks


def _addresses(moves: Sequence[Move]) -> dict[str, set[str]]:
    addresses: dict[str, set[str]] = {}
    for move in moves:
        if move.address is not None and not move.encrypted:
            addresses.setdefault(move.source, set()).add(move.address)
    return addresses


def _reach(
    addresses: Mapping[str, Collection[str]], answers: Mapping[str, Mapping[str, str | None] | MigrationError]
) -> dict[Way, str | MigrationError | None]:
    return {
        (host, address): answer if isinstance(answer, MigrationError) else answer[address]
        for host, answer in answers.items()
        for address in addresses[host]
    }


def _storage(hypervisor: Hypervisor, disks: Sequence[Disk]) -> Mapping[Disk, Storage]:
    paths = {disk: _path(hypervisor, disk) for disk in disks}
    # libvirt's word that there is no such volume needs no shell.
    lost = {disk: Storage(there=False) for disk, path in paths.items() if disk.volume is not None and path is None}
    try:
        found = hypervisor.storage([path for path in paths.values() if path is not None])
    except HypervisorError:
        if not lost:
            raise
        return lost
    return {**lost, **{disk: found[path] for disk, path in paths.items() if path is not None and path in found}}


def _path(hypervisor: Hypervisor, disk: Disk) -> str | None:
    if disk.pool is not None and disk.volume is not None:
        return hypervisor.volume_path(disk.pool, disk.volume)
    return disk.path


def _lacking(hypervisor: Hypervisor, networks: Collection[str]) -> frozenset[str]:
    return frozenset(name for name in networks if not hypervisor.has_network(name))


def _no_answer(question: Question) -> MigrationError:
    return HypervisorError(question[1], "be asked about what the moves need", f"no answer within {CONNECT_SECONDS} s")
