# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host's libvirt tells of the host, private to this collection: each part asked for by itself, None where refused."""

from __future__ import annotations

from typing import Any, Callable, TypeVar

from .._core.description import Description, Network, Pool
from .._core.model import Kind
from .dependencies import libvirt
from .domain_xml import Unreadable, parse

_KINDS = {"xen": Kind.PV, "xenpvh": Kind.PVH, "hvm": Kind.HVM}
_MEMORY_MIB = 1
"""Where libvirt-python's getInfo has the host's memory, and in which unit."""

Answer = TypeVar("Answer")


def describe(connection: Any) -> Description:
    """Ask for every part; never raises for what is refused."""
    capabilities = _told(lambda: parse(connection.getCapabilities()))
    return Description(
        xen_version=_told(lambda: version(connection.getVersion())),
        libvirt_version=_told(lambda: version(connection.getLibVersion())),
        cpu_model=_text(capabilities, "host/cpu/model"),
        cpu_vendor=_text(capabilities, "host/cpu/vendor"),
        kinds=None if capabilities is None else _kinds(capabilities),
        memory_total_kib=_told(lambda: memory_kib(connection)),
        memory_dom0_kib=_told(lambda: int(connection.lookupByID(0).info()[2])),
        networks=_told(lambda: tuple(sorted(map(_network, connection.listAllNetworks(0)), key=_name))),
        pools=_told(lambda: tuple(sorted(map(_pool, connection.listAllStoragePools(0)), key=_name))),
    )


def memory_kib(connection: Any) -> int:
    """Return all the memory of the host."""
    return int(connection.getInfo()[_MEMORY_MIB]) * 1024


def version(number: int) -> str:
    """Return libvirt's 4017000 as 4.17.0."""
    return f"{number // 1_000_000}.{number // 1000 % 1000}.{number % 1000}"


def _told(ask: Callable[[], Answer]) -> Answer | None:
    try:
        return ask()
    except (libvirt.libvirtError, Unreadable):
        return None


def _text(root: Any, path: str) -> str | None:
    found = None if root is None else root.findtext(path)
    return found or None


def _kinds(capabilities: Any) -> frozenset[Kind]:
    words = (guest.findtext("os_type", "") for guest in capabilities.findall("guest"))
    return frozenset(_KINDS[word] for word in words if word in _KINDS)


def _network(found: Any) -> Network:
    # libvirt has an error for a network without a bridge.
    return Network(found.name(), bool(found.isActive()), _told(lambda: str(found.bridgeName())))


def _pool(found: Any) -> Pool:
    if not found.isActive():
        return Pool(found.name(), False)
    _state, capacity, _allocation, available = _told(found.info) or (None, None, None, None)
    return Pool(found.name(), True, capacity, available)


def _name(part: Network | Pool) -> str:
    return part.name
