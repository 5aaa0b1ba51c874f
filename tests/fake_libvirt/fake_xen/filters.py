# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The flags of ``listAllDomains``: within a group any may fit, and each group that is asked about must."""

from __future__ import annotations

from collections.abc import Callable

from . import constants as vir
from .store import DomainRecord

_FILTERS: dict[int, Callable[[DomainRecord], bool]] = {
    vir.VIR_CONNECT_LIST_DOMAINS_ACTIVE: lambda domain: domain["id"] is not None,
    vir.VIR_CONNECT_LIST_DOMAINS_INACTIVE: lambda domain: domain["id"] is None,
    vir.VIR_CONNECT_LIST_DOMAINS_PERSISTENT: lambda domain: domain["next_boot"] is not None,
    vir.VIR_CONNECT_LIST_DOMAINS_TRANSIENT: lambda domain: domain["next_boot"] is None,
    vir.VIR_CONNECT_LIST_DOMAINS_RUNNING: lambda domain: domain["state"] == vir.VIR_DOMAIN_RUNNING,
    vir.VIR_CONNECT_LIST_DOMAINS_PAUSED: lambda domain: domain["state"] == vir.VIR_DOMAIN_PAUSED,
    vir.VIR_CONNECT_LIST_DOMAINS_SHUTOFF: lambda domain: domain["state"] == vir.VIR_DOMAIN_SHUTOFF,
    vir.VIR_CONNECT_LIST_DOMAINS_OTHER: lambda domain: domain["state"] not in {1, 3, 5},
    vir.VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE: lambda domain: domain["managed_save"],
    vir.VIR_CONNECT_LIST_DOMAINS_NO_MANAGEDSAVE: lambda domain: not domain["managed_save"],
    vir.VIR_CONNECT_LIST_DOMAINS_AUTOSTART: lambda domain: domain["autostart"],
    vir.VIR_CONNECT_LIST_DOMAINS_NO_AUTOSTART: lambda domain: not domain["autostart"],
}
_GROUPS = (3, 12, 240, 768, 3072)


def fits(domain: DomainRecord, flags: int) -> bool:
    return all(
        any(wanted & bit and _FILTERS[bit](domain) for bit in _FILTERS)
        for wanted in (flags & group for group in _GROUPS)
        if wanted
    )
