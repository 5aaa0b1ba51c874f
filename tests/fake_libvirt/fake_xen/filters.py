# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The flags of ``listAllDomains``: within a group any may fit, and each group that is asked about must."""

from __future__ import annotations

from collections.abc import Iterable

from . import constants as vir
from .store import DomainRecord

_GROUPS = (3, 12, 240, 768, 3072)
_STATES = {
    vir.VIR_DOMAIN_RUNNING: vir.VIR_CONNECT_LIST_DOMAINS_RUNNING,
    vir.VIR_DOMAIN_PAUSED: vir.VIR_CONNECT_LIST_DOMAINS_PAUSED,
    vir.VIR_DOMAIN_SHUTOFF: vir.VIR_CONNECT_LIST_DOMAINS_SHUTOFF,
}


def fitting(domains: Iterable[DomainRecord], flags: int) -> list[DomainRecord]:
    unwanted = sum(group & ~flags for group in _GROUPS if flags & group)
    return [domain for domain in domains if not _bits(domain) & unwanted]


def _bits(domain: DomainRecord) -> int:
    """Return the one bit of each group that is the domain's."""
    active = domain["id"] is not None
    persistent = domain["next_boot"] is not None
    saved, autostart = domain["managed_save"], domain["autostart"]
    return (
        (vir.VIR_CONNECT_LIST_DOMAINS_ACTIVE if active else vir.VIR_CONNECT_LIST_DOMAINS_INACTIVE)
        | (vir.VIR_CONNECT_LIST_DOMAINS_PERSISTENT if persistent else vir.VIR_CONNECT_LIST_DOMAINS_TRANSIENT)
        | _STATES.get(domain["state"], vir.VIR_CONNECT_LIST_DOMAINS_OTHER)
        | (vir.VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE if saved else vir.VIR_CONNECT_LIST_DOMAINS_NO_MANAGEDSAVE)
        | (vir.VIR_CONNECT_LIST_DOMAINS_AUTOSTART if autostart else vir.VIR_CONNECT_LIST_DOMAINS_NO_AUTOSTART)
    )
