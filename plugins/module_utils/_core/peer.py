# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The URI at which the source's libvirt reaches the destination's in an encrypted move, private to this collection: pure.

Memory goes through that connection then (libvirt calls it peer-to-peer and tunnelled). The source's libvirt daemon opens it as
root, with the keys, known hosts or certificates of its own host. So nothing of the URI by which we reach the destination
ourselves can be taken over but what means the same everywhere: parameters name files here, or turn verification off here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import quote

from .model import Finding, Fleet, Host, HostFacts, Move
from .route import route_move
from .uri import Endpoint, parse_uri

_NEVER_ASK = "no_tty=1"
"""Has libvirt run ssh in batch mode: nobody is there to answer it."""


def tunnel_moves(
    moves: Sequence[Move], fleet: Fleet, facts: Mapping[str, HostFacts]
) -> tuple[tuple[Move, ...], tuple[Finding, ...]]:
    """Give every encrypted move its URI, and the address in that; the findings tell for which there is none."""
    tunnelled = [_tunnelled(move, fleet, facts) for move in moves]
    return (
        tuple(move for move, _problem in tunnelled),
        tuple(problem for _move, problem in tunnelled if problem is not None),
    )


def _tunnelled(move: Move, fleet: Fleet, facts: Mapping[str, HostFacts]) -> tuple[Move, Finding | None]:
    if not move.encrypted or move.source == move.destination:
        return move, None
    host = fleet.hosts[move.destination].host
    endpoint = parse_uri(host.uri, host.name)
    if host.peer_uri is not None:
        return _by(move, host, host.peer_uri), None
    if endpoint.scheme == "xen+tls":
        return (move, _unknown(move, host)) if endpoint.is_roundabout else (_by(move, host, _tls_uri(endpoint)), None)
    if host.migration_address is not None:  # an IPv6 one, too: ssh can use it
        return _by(move, host, _ssh_uri(endpoint, host.migration_address)), None
    routed, problem = route_move(move, fleet, facts)
    return (move, problem) if routed.address is None else (_by(move, host, _ssh_uri(endpoint, routed.address)), None)


def _by(move: Move, host: Host, uri: str) -> Move:
    return replace(move, peer_uri=uri, address=parse_uri(uri, host.name).address)


def _ssh_uri(endpoint: Endpoint, address: str) -> str:
    user = quote(endpoint.user or "root", safe="")
    # What is forwarded from this machine has a port of this machine's.
    return (
        f"xen+ssh://{user}@{_authority(address, None if endpoint.is_roundabout else endpoint.port)}/system?{_NEVER_ASK}"
    )


def _tls_uri(endpoint: Endpoint) -> str:
    return f"xen+tls://{_authority(endpoint.address or '', endpoint.port)}/system"  # certificates hold that very name


def _authority(address: str, port: int | None) -> str:
    host = f"[{address}]" if ":" in address else address
    return f"{host}:{port}" if port is not None else host


def _unknown(move: Move, host: Host) -> Finding:
    return Finding(
        "peer_unknown",
        f"The memory of domain {move.domain.name} can't go encrypted: the URI of {host.name} names the machine that the task"
        f" runs on, so it doesn't tell where the libvirt of {move.source} finds that of {host.name}. Give the host's record a"
        " peer_uri: the URI of its libvirt as the other hosts reach it.",
        domain=move.domain.name,
    )
