# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the ``hosts`` option to host records, private to this collection. Nothing is contacted here."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Union

from .bandwidth import check_bandwidth
from .errors import InvalidInput
from .model import Host
from .uri import check_peer_uri, parse_uri

_KEYS = frozenset({"uri", "migration_address", "peer_uri", "bandwidth", "accepts_domains"})
_YES = frozenset({"true", "yes", "on", "t", "y", "1"})
_NO = frozenset({"false", "no", "off", "f", "n", "0"})
"""What counts as yes and no elsewhere in Ansible: a variable in an INI inventory is a text."""
Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]


def host_records(hosts: Mapping[str, object]) -> tuple[Host, ...]:
    """Turn host name -> URI, or -> record, into checked host records.

    The keys of a record are ``uri``, ``migration_address``, ``peer_uri``, ``bandwidth`` and ``accepts_domains``.

    A record with ``problem`` instead stands for a host that whoever wrote the record knows no way to; it counts as unreachable.

    Raises ``InvalidInput`` naming the host and what is wrong with its record.
    """
    if not isinstance(hosts, Mapping):
        raise InvalidInput("hosts must be a dictionary of host name to libvirt URI.")
    if not hosts:
        raise InvalidInput("hosts is empty: name the hosts to look through, each with its libvirt URI.")
    records = tuple(_record(str(name), value) for name, value in hosts.items())
    _refuse_twins(records)
    return records


def _record(name: str, value: object) -> Host:
    if not name.strip() or not name.isprintable():
        raise InvalidInput(f"{name!r} is no usable host name.")
    fields = {"uri": value} if isinstance(value, str) else value
    if isinstance(fields, Mapping) and set(fields) == {"problem"}:
        return Host(name, "", problem=str(fields["problem"]))
    if not isinstance(fields, Mapping) or not isinstance(fields.get("uri"), str):
        raise InvalidInput(f"Host {name} needs a libvirt URI (a text), or a record with the key uri.")
    unknown = sorted(str(key) for key in fields if key not in _KEYS)
    if unknown:
        raise InvalidInput(f"Host {name} has unknown keys: {', '.join(unknown)}. Known: {', '.join(sorted(_KEYS))}.")
    parse_uri(fields["uri"], name)
    address = _migration_address(name, fields.get("migration_address"))
    peer_uri, bandwidth = _peer_uri(name, fields.get("peer_uri")), _bandwidth(name, fields.get("bandwidth"))
    accepts = _accepts_domains(name, fields.get("accepts_domains"))
    return Host(name, str(fields["uri"]), address, peer_uri=peer_uri, bandwidth=bandwidth, accepts_domains=accepts)


def _peer_uri(name: str, value: object) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise InvalidInput(f"peer_uri of host {name} is no text: give a libvirt URI.")
    check_peer_uri(value, name)
    return value


def _bandwidth(name: str, value: object) -> float | None:
    if value is None or value == "":
        return None
    what = f"bandwidth of host {name}"
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise InvalidInput(f"{what} is no number: give MiB/s.")
    try:
        number = float(value)  # what a template makes of a number may be a text
    except (ValueError, OverflowError):
        raise InvalidInput(f"{what} is no number: give MiB/s.") from None
    return check_bandwidth(number, what)


def _accepts_domains(name: str, value: object) -> bool:
    said = str(value).strip().lower() if isinstance(value, (bool, int, str)) else None
    if value is None or said == "" or said in _YES:
        return True
    if said in _NO:
        return False
    raise InvalidInput(f"accepts_domains of host {name} is neither true nor false: give one of them.")


def _migration_address(name: str, value: object) -> str | None:
    if value is None or value == "":
        return None
    address = _address(value)
    if address is None:
        shown = repr(value[:50]) if isinstance(value, str) else "no text"
        raise InvalidInput(
            f"migration_address of host {name} is {shown}: give the host's own numeric address, because a name"
            " may mean another address on each host."
        )
    if address.is_loopback or address.is_unspecified or address.is_multicast or str(address) == "255.255.255.255":
        raise InvalidInput(f"migration_address of host {name} is {address}: no other host can reach that.")
    return str(address)


def _address(value: object) -> Address | None:
    """Return None for what is no address, and for one with a zone, which means an interface of the host that uses it."""
    text = str(value)
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    # IPv4 in IPv6's clothes is IPv4, or it would hide a loopback address.
    return None if "%" in text else getattr(address, "ipv4_mapped", None) or address


def _refuse_twins(records: tuple[Host, ...]) -> None:
    by_uri: dict[str, str] = {}
    for record in (record for record in records if record.problem is None):
        first = by_uri.setdefault(record.uri, record.name)
        if first != record.name:
            raise InvalidInput(f"Hosts {first} and {record.name} have the same URI: one of them is wrong.")
