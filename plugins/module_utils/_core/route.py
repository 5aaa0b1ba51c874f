# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The address that a move's memory is sent to, private to this collection: pure.

libvirt would let the destination name itself; where that name means 127.0.1.1, as on every Debian host, or means nothing
at the source, the move fails. A numeric address of the destination settles both ends at once: it listens there, and the
source connects there.

It is an IPv4 address: told to listen on an IPv6 address, libvirt's Xen driver answers with tcp://ADDRESS:PORT, leaving out the
brackets, and then can't read that itself (seen on Debian 12).
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping, Sequence
from dataclasses import replace

from .model import Finding, Fleet, Host, HostFacts, Move
from .uri import parse_uri


def route_moves(
    moves: Sequence[Move], fleet: Fleet, facts: Mapping[str, HostFacts]
) -> tuple[tuple[Move, ...], tuple[Finding, ...]]:
    """Give every move of an active domain its address; the findings tell for which there is none."""
    routed = [route_move(move, fleet, facts) for move in moves]
    return (
        tuple(move for move, _problem in routed),
        tuple(problem for _move, problem in routed if problem is not None),
    )


def route_move(move: Move, fleet: Fleet, facts: Mapping[str, HostFacts]) -> tuple[Move, Finding | None]:
    """Give a move of an active domain its address, or say why there is none."""
    if not move.domain.active or move.source == move.destination:
        return move, None
    host = fleet.hosts[move.destination].host
    source = _at_least_named(fleet.hosts[move.source].host, facts[move.source])
    address = migration_address(host, source, facts[move.destination])
    if isinstance(address, Finding):
        return move, replace(address, domain=move.domain.name)
    return replace(move, address=address), None


def _at_least_named(host: Host, facts: HostFacts) -> HostFacts:
    """Of a host without a shell, the address of its URI is known."""
    named = _resolved(host) if facts.addresses is None else None
    return facts if named is None else replace(facts, addresses=(named,))


def migration_address(host: Host, source: HostFacts, destination: HostFacts) -> str | Finding:
    """Return the numeric address of ``host`` that a source can send to, or a finding that says why none is known.

    In this order: what its administrator said, if the host has that address as far as is known; the connection URI's address if
    it is one of the host's own; an address in a network of both hosts; any other address that only the destination has.
    """
    if host.migration_address is not None:
        return _unusable(host, destination.addresses) or host.migration_address
    named = _resolved(host)
    if destination.addresses is None:
        return named or _unknown(host, destination.problem or "its addresses are not known")
    own = _interfaces(destination.addresses)
    shared = _interfaces(source.addresses or ())
    chosen = _choose(named, own, shared)
    if chosen is None:
        return _unknown(host, f"it has {_list(own)} and the source has {_list(shared)}")
    return chosen


def _choose(
    named: str | None, own: Sequence[ipaddress.IPv4Interface], others: Sequence[ipaddress.IPv4Interface]
) -> str | None:
    taken = {interface.ip for interface in others}
    # An address that both hosts have (behind NAT, say) means the source itself when the source connects to it.
    candidates = [interface for interface in own if interface.ip not in taken]
    if named is not None and any(str(interface.ip) == named for interface in candidates):
        return named
    nearby = [interface for interface in candidates if any(ip in interface.network for ip in taken)]
    best = [*nearby, *candidates]
    return str(best[0].ip) if best else None


def _resolved(host: Host) -> str | None:
    address = parse_uri(host.uri, host.name).address
    if address is None:
        return None
    try:
        found = socket.getaddrinfo(address, None, socket.AF_INET, socket.SOCK_STREAM)
    except OSError:
        return None  # an IPv6 address or an alias from an SSH configuration, say: the host's own addresses decide
    usable = [str(entry[4][0]) for entry in found]
    return next((text for text in usable if not _is_local(text)), None)


def _is_local(text: str) -> bool:
    address = ipaddress.IPv4Address(text)
    return address.is_loopback or address.is_link_local or address.is_unspecified


def _interfaces(addresses: Sequence[str]) -> list[ipaddress.IPv4Interface]:
    found = [ipaddress.IPv4Interface(text) for text in addresses if ":" not in text]
    return [interface for interface in found if not _is_local(str(interface.ip))]


def _list(interfaces: Sequence[ipaddress.IPv4Interface]) -> str:
    return ", ".join(str(interface) for interface in interfaces) or "none"


def _unknown(host: Host, why: str) -> Finding:
    return Finding(
        "address_unknown",
        f"No IPv4 address of {host.name} is known that memory could be sent to: {why.rstrip('.')}. Give the host's record a"
        " migration_address: its own numeric address in a network that the source reaches.",
    )


def _unusable(host: Host, own: Sequence[str] | None) -> Finding | None:
    """Return what is wrong with the address that its administrator gave a host; None if nothing is, as far as is known."""
    address = host.migration_address or ""
    if ":" in address:
        why = (
            "libvirt's Xen driver can't move a domain over IPv6: give an IPv4 address of the host's own. The connection itself"
            " may well be over IPv6."
        )
    elif own is not None and not _is_one_of(address, own):
        why = (
            f"it has no such address ({_list(_interfaces(own))}), so its libvirt can't wait for memory there: give one of the"
            " host's own."
        )
    else:
        return None
    return Finding("address_unusable", f"The migration_address of {host.name} is {address}, and {why}")


def _is_one_of(address: str, own: Sequence[str]) -> bool:
    """Whether it may be: link-local addresses are not asked for."""
    return ipaddress.IPv4Address(address).is_link_local or address in {str(each.ip) for each in _interfaces(own)}
