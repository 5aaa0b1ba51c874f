# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a destination still receives of a domain whose source has nothing more to send, private to this collection.

It takes a moment at the end of every transfer. Where it takes long, the process that receives stands still: libvirt at the
source has done its part, and at the destination it waits for that process, for ever (seen on Debian 12).
"""

from __future__ import annotations

from time import monotonic

from .errors import HypervisorError
from .evidence import HostEvidence
from .hypervisor import Hypervisor
from .trace import LOST_SECONDS


def is_left(source: Hypervisor, destination: Hypervisor, uuid: str) -> bool:
    """Whether Xen at the destination receives this domain, and at its source doesn't send it; not where one can't be asked.

    Nor while bytes still come: the source's kernel may have some to send when the process that sent has gone.
    """
    if _moves(destination.evidence(), uuid) is not True or _moves(source.evidence(), uuid) is not False:
        return False
    try:
        return destination.waiting_reception(uuid) is not True
    except HypervisorError:
        return False


def _moves(told: HostEvidence, uuid: str) -> bool | None:
    """Whether a process sends or receives the domain's memory, None where that could not be asked."""
    if told.domains is None or told.moving is None:
        return None
    copy = told.domains.get(uuid)
    return copy is not None and copy.id in told.moving


class LeftFor:
    """For how long a domain has been received like that at each look."""

    def __init__(self, source: Hypervisor, destination: Hypervisor, uuid: str) -> None:
        self._hosts = source, destination
        self._uuid = uuid
        self._since: float | None = None

    def forget(self) -> None:
        """Count anew: it was seen to be sent."""
        self._since = None

    def long(self) -> bool:
        """Look, and return whether it has been for ``LOST_SECONDS``."""
        if not is_left(*self._hosts, self._uuid):
            self.forget()
            return False
        now = monotonic()
        self._since = now if self._since is None else self._since
        return now - self._since >= LOST_SECONDS
