# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The address that a move's memory is sent to, private to this collection: pure.

libvirt would let the destination name itself; where that name means 127.0.1.1, as on every Debian host, or means nothing
at the source, the move fails. A numeric address of the destination settles both ends at once: it listens there, and the
source connects there.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Union

from .model import Finding, Fleet, Host, HostFacts, Move
from .uri import parse_uri

Interface = Union[ipaddress.IPv4Interface, ipaddress.IPv6Interface]


def route_moves(
    moves: Sequence[Move], fleet: Fleet, facts: Mapping[str, HostFacts]
) -> tuple[tuple[Move, ...], tuple[Finding, ...]]:
    """Give every move of an active domain its address; the findings tell for which there is none."""
    routed = [_routed(move, fleet, facts) for move in moves]
    return (
        tuple(move for move, _problem in routed),
        tuple(problem for _move, problem in routed if problem is not None),
    )


def _routed(move: Move, fleet: Fleet, facts: Mapping[str, HostFacts]) -> tuple[Move, Finding | None]:
    if not move.domain.active or move.source == move.destination:
        return move, None
    host = fleet.hosts[move.destination].host
    address = migration_address(host, facts[move.source], facts[move.destination])
    return (move, address) if isinstance(address, Finding) else (replace(move, address=address), None)


def migration_address(host: Host, source: HostFacts, destination: HostFacts) -> str | Finding:
    """Return the numeric address of ``host`` that a source can send to, or a finding that says why none is known.

    In this order: what its administrator said; the connection URI's address if it is one of the host's own; an address in a
    network that both hosts are in; any other address that only the destination has.
    """
    if host.migration_address is not None:
        return host.migration_address
    named = _resolved(host)
    if destination.addresses is None:
        return named or _unknown(host, destination.problem or "its addresses are not known")
    own = _interfaces(destination.addresses)
    shared = _interfaces(source.addresses or ())
    chosen = _choose(named, own, shared)
    if chosen is None:
        return _unknown(host, f"it has {_list(own)} and the source has {_list(shared)}")
    return chosen


def _choose(named: str | None, own: Sequence[Interface], others: Sequence[Interface]) -> str | None:
    taken = {interface.ip for interface in others}
    # An address that both hosts have (behind NAT, say) means the source itself when the source connects to it.
    candidates = [interface for interface in own if interface.ip not in taken]
    if named is not None and any(str(interface.ip) == named for interface in candidates):
        return named
    networks = {interface.network for interface in others}
    nearby = [interface for interface in candidates if interface.network in networks]
    best = [*nearby, *candidates]
    return str(best[0].ip) if best else None


def _resolved(host: Host) -> str | None:
    address = parse_uri(host.uri, host.name).address
    if address is None:
        return None
    try:
        found = socket.getaddrinfo(address, None, type=socket.SOCK_STREAM)
    except OSError:
        return None  # an alias from an SSH configuration, say: the host's own addresses decide
    usable = [str(entry[4][0]) for entry in found]
    return next((text for text in usable if not _is_local(text)), None)


def _is_local(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    return address.is_loopback or address.is_link_local or address.is_unspecified


def _interfaces(addresses: Sequence[str]) -> list[Interface]:
    found = [ipaddress.ip_interface(text) for text in addresses]
    return [interface for interface in found if not _is_local(str(interface.ip))]


def _list(interfaces: Sequence[Interface]) -> str:
    return ", ".join(str(interface) for interface in interfaces) or "none"


def _unknown(host: Host, why: str) -> Finding:
    return Finding(
        "address_unknown",
        f"No address of {host.name} is known that memory could be sent to: {why.rstrip('.')}. Give the host's record a"
        " migration_address: its own numeric address in a network that the source reaches.",
    )
