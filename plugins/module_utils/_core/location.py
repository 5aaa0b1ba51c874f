# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From found domains to records, private to this collection: pure."""

from __future__ import annotations

from typing import Any

from .find import Found
from .model import Domain, Fleet

LISTED = frozenset({"name", "uuid", "host", "uri", "id", "also_on"})
"""What a listing of the hosts is enough for."""


def located(found: Found, fleet: Fleet) -> dict[str, Any]:
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


def looked_at(found: Found, fleet: Fleet, domain: Domain) -> dict[str, Any]:
    """Return all that is known of a domain that was looked at closely."""
    return {
        **located(found, fleet),
        "id": domain.id,
        "state": domain.state.value,
        "persistent": domain.persistent,
        "autostart": domain.autostart,
        "kind": domain.kind.value,
        "memory_kib": domain.memory_kib,
        "vcpus": domain.vcpus,
    }
