# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Xen has on a host besides what libvirt takes for active, private to this collection: a host that has any isn't empty."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..evidence import XenCopy
from ..hypervisor import Hypervisor
from ..model import HostState
from ..planner.values import Resident, Stuck

_XENSTORE = "Xenstore"
"""What Xen calls the domain that its own store may run in (the default of its init-xenstore-domain)."""
_STUB = "-dm"
"""What libxl adds to the name of a domain for that of the one which its device model runs in (its libxl__stub_dm_name)."""


@dataclass(frozen=True)
class Outside:
    """The domains that keep a host from being empty, and that nothing can be planned for, each with the reason.

    ``problem`` is why Xen could not be asked, None if it was.
    """

    stuck: tuple[Stuck, ...] = ()
    problem: str | None = None


def look_outside(state: HostState, hypervisor: Hypervisor) -> Outside:
    """Ask the host's Xen for what libvirt didn't list as active a moment ago."""
    told = hypervisor.domains_in_xen()
    if told.domains is None:
        return Outside(problem=told.problem or "it does not tell")
    known = {one.uuid for one in state.listed if one.id is not None}
    return Outside(tuple(_stuck(uuid, copy, hypervisor) for uuid, copy in guests(told.domains) if uuid not in known))


def guests(copies: Mapping[str, XenCopy]) -> Iterator[tuple[str, XenCopy]]:
    """Return, by UUID, the copies that are lost when the host goes down.

    Not the control domain, nor what serves others there, nor what is just being taken down.
    """
    stubs = {f"{copy.name}{_STUB}" for copy in copies.values()}
    for uuid, copy in copies.items():
        serves = copy.id == 0 or copy.name == _XENSTORE or copy.name in stubs
        if not serves and not copy.leaving:
            yield uuid, copy


def _stuck(uuid: str, copy: XenCopy, hypervisor: Hypervisor) -> Stuck:
    resident = Resident(copy.name, uuid, hypervisor.host.name, 0, None)
    found = hypervisor.inspect(uuid)
    look = f"Look at it with xl list (it has the id {copy.id})."
    if found is None:
        why = "it was started by xl, or a move of it is under way or was broken off"
        return Stuck(resident, "outside_libvirt", f"Xen has it, and libvirt doesn't know of it: {why}. {look}")
    if not found.active:
        why = "it is just being started or received (run the task again), or xl started it, or libvirt lost sight of it"
        return Stuck(resident, "domain_state", f"Xen has it, and libvirt takes it for shut off: {why}. {look}")
    return Stuck(resident, "not_begun", "it came while the host was looked at. Run the task again.")
