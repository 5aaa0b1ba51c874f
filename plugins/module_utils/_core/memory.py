# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of a host's memory a domain takes, private to this collection."""

from __future__ import annotations

from .model import Domain, Kind

_PAGING_PER_VCPU_KIB = 1024
_PAGING_PER_MIB_KIB = 8
_SLACK_KIB = {Kind.PV: 1024, Kind.PVH: 2048, Kind.HVM: 2048}


def needed_kib(domain: Domain) -> int:
    """Return the KiB of free memory that a host must have before libxl lets this domain in; 0 for an inactive one.

    The paging memory (1 MiB for each vCPU, 8 KiB for each MiB) and the slack are libxl's own: Xen's
    ``libxl__get_required_paging_memory`` and ``libxl__domain_need_memory`` (tools/libs/light), the same in Xen 4.17 and 4.20.
    """
    if not domain.active:
        return 0
    return domain.memory_kib + paging_kib(domain) + _SLACK_KIB[domain.kind]


def paging_kib(domain: Domain) -> int:
    """Return what Xen takes for a domain's paging at once, before any of its memory.

    The slack isn't taken: on Debian 13 free memory was seen to fall by memory and paging, but for some 20 KiB.
    """
    return _PAGING_PER_VCPU_KIB * domain.vcpus + _PAGING_PER_MIB_KIB * (domain.memory_kib // 1024)
