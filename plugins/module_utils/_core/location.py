# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From found domains to records, private to this collection: pure."""

from __future__ import annotations

from typing import Any

from .find import Found
from .model import Domain, Fleet, Listed, Traits

LISTED = frozenset({"name", "uuid", "host", "uri", "id", "also_on"})
"""What one listing of each host is enough for."""
DETAILS = frozenset({"kind", "memory_kib", "vcpus"})
"""What takes a close look at each domain."""


def located(found: Found, fleet: Fleet, _listed: Listed | None = None) -> dict[str, Any]:
    """Return what the listing of its host says of a domain."""
    place = found.place
    return {
        "name": place.listed.name,
        "uuid": place.listed.uuid,
        "host": place.host,
        "uri": fleet.hosts[place.host].host.uri,
        "id": place.listed.id,
        "also_on": [other.host for other in found.also_on],
    }


def told(found: Found, fleet: Fleet, traits: Traits) -> dict[str, Any]:
    """Return what a few listings of its host say of a domain."""
    return {
        **located(found, fleet),
        "id": traits.id,
        "state": traits.state.value,
        "persistent": traits.persistent,
        "autostart": traits.autostart,
    }


def looked_at(found: Found, fleet: Fleet, domain: Domain) -> dict[str, Any]:
    """Return all that is known of a domain that was looked at closely."""
    return {
        **told(found, fleet, Traits(domain.id, domain.state, domain.persistent, domain.autostart)),
        "kind": domain.kind.value,
        "memory_kib": domain.memory_kib,
        "vcpus": domain.vcpus,
    }
