# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How libvirt's Xen driver is asked to move a domain, private to this collection: pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .._core.hypervisor import Transfer
from .dependencies import libvirt

_STANDS_STILL_SINCE = (11, 3)
"""The oldest libvirt that was seen not to have the source's copy run on when the destination's answer is lost."""


def runs_on_in_doubt(version: Sequence[int]) -> bool:
    """Whether the source's libvirt has its copy run on when it isn't told that the destination took the domain over.

    Seen with 9.0: the connection to the destination broke after it had been asked to let the domain run. It did, the source's
    copy was made to run on as well, and two copies wrote to the same disks. So the destination is told to keep the domain
    paused, and it is made to run once its source is seen to give it up.
    """
    return tuple(version[:2]) < _STANDS_STILL_SINCE


def parameters_of(transfer: Transfer) -> dict[str, Any]:
    """Return the typed parameters of the call."""
    address = f"[{transfer.address}]" if ":" in transfer.address else transfer.address
    # No port: the destination's libvirt takes a free one of its range, so moves to one host never collide.
    # An encrypted move has no other connection than the daemons' own, and no use for an address.
    parameters: dict[str, Any] = (
        {libvirt.VIR_MIGRATE_PARAM_URI: f"tcp://{address}"} if transfer.peer_uri is None else {}
    )
    if transfer.new_name is not None:
        parameters[libvirt.VIR_MIGRATE_PARAM_DEST_NAME] = transfer.new_name
    if transfer.bandwidth is not None:
        parameters[libvirt.VIR_MIGRATE_PARAM_BANDWIDTH] = transfer.bandwidth
    return parameters


def flags_of(transfer: Transfer, held_back: bool) -> int:
    """Return the flags of the call; ``held_back``: the domain is to be paused at its destination whatever it was."""
    flags = libvirt.VIR_MIGRATE_LIVE if transfer.live else 0
    flags |= libvirt.VIR_MIGRATE_PAUSED if transfer.paused or held_back else 0
    flags |= libvirt.VIR_MIGRATE_PERSIST_DEST if transfer.persistent else 0
    if transfer.peer_uri is not None:
        flags |= libvirt.VIR_MIGRATE_PEER2PEER | libvirt.VIR_MIGRATE_TUNNELLED
    return int(flags)
