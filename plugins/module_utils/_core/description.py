# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host tells of itself, private to this collection: values, and from them the record of a result. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from .model import DOMAIN_0_UUID, HostFacts, HostState, Kind


@dataclass(frozen=True)
class Network:
    """A virtual network of libvirt's; ``bridge`` is None for one that has none."""

    name: str
    active: bool
    bridge: str | None


@dataclass(frozen=True)
class Pool:
    """A storage pool of libvirt's; the sizes are None for one that is not active, or that doesn't tell them."""

    name: str
    active: bool
    capacity_bytes: int | None = None
    available_bytes: int | None = None


@dataclass(frozen=True)
class Description:
    """What a host's libvirt tells of it; None for a part that it refuses. ``kinds`` are the guests that its Xen can run."""

    xen_version: str | None = None
    libvirt_version: str | None = None
    cpu_model: str | None = None
    cpu_vendor: str | None = None
    kinds: frozenset[Kind] | None = None
    memory_total_kib: int | None = None
    memory_dom0_kib: int | None = None
    networks: tuple[Network, ...] | None = None
    pools: tuple[Pool, ...] | None = None


@dataclass(frozen=True)
class Account:
    """All that is known of a host; None for what it didn't tell. Of an unreachable one that is next to nothing."""

    state: HostState
    description: Description = field(default_factory=Description)
    facts: HostFacts = field(default_factory=HostFacts)
    migration_address: str | None = None


def host_record(account: Account) -> dict[str, Any]:
    """Return the host as a result shows it; every key is there whatever is known."""
    state, told = account.state, account.description
    return {
        "reachable": state.unreachable is None,
        "problem": state.unreachable,
        "uri": state.host.uri or None,
        "accepts_domains": state.host.accepts_domains,
        "xen_version": told.xen_version,
        "libvirt_version": told.libvirt_version,
        "cpu_model": told.cpu_model,
        "cpu_vendor": told.cpu_vendor,
        "memory_total_kib": told.memory_total_kib,
        "memory_free_kib": state.free_memory_kib if state.unreachable is None else None,
        "memory_dom0_kib": told.memory_dom0_kib,
        "live": {kind.value: _moves_live(kind, told.kinds, account.facts.shadow_paging) for kind in Kind},
        "bridges": _list(account.facts.bridges),
        "networks": _records(told.networks),
        "pools": _records(told.pools),
        "addresses": _list(account.facts.addresses),
        "migration_address": account.migration_address,
        "domains": {"active": _names(state, active=True), "shut_off": _names(state, active=False)},
    }


def _moves_live(kind: Kind, kinds: frozenset[Kind] | None, shadow_paging: bool | None) -> bool | None:
    """Return whether such a domain can move live away from the host; None where that can't be told.

    A PVH or HVM domain that runs has paging that can track its writes; for PV that is shadow paging, which Debian leaves out.
    """
    needed = [None if kinds is None else kind in kinds, shadow_paging if kind is Kind.PV else True]
    if False in needed:
        return False
    return None if None in needed else True


def _list(values: tuple[str, ...] | None) -> list[str] | None:
    return None if values is None else list(values)


def _records(values: Sequence[Network | Pool] | None) -> list[dict[str, Any]] | None:
    return None if values is None else [asdict(value) for value in values]


def _names(state: HostState, active: bool) -> list[str] | None:
    if state.unreachable is not None:
        return None
    guests = [listed for listed in state.listed if listed.uuid != DOMAIN_0_UUID]
    return sorted(listed.name for listed in guests if (listed.id is not None) == active)
