# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limiting a transfer while it goes on, private to this collection."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Event

from .bandwidth import BYTES_PER_MIB
from .errors import HypervisorError
from .hypervisor import Hypervisor
from .later import Later
from .model import Move

RETRY_SECONDS = 0.2
"""Between two commands that wait for the sending to begin: the waiting itself is done on the host."""
ANSWER_SECONDS = 40
"""How long the source's shell may take to tell of a transfer that has ended: it may still be waiting for one."""


@dataclass(frozen=True)
class Throttled:
    """What became of a limit: the lowest in MiB/s that took hold, None if none did, and then why not, if one should have."""

    bandwidth: float | None = None
    unlimited: str | None = None


class Throttle:
    """Limits one transfer, if it is to be: by the source's shell, in a thread of its own, unless the driver can do it.

    ``for_driver`` is the limit in MiB/s that the driver is to be told, None for none. Raises ``HypervisorError`` where the
    source can't be asked what its driver can do.
    """

    def __init__(self, move: Move, source: Hypervisor) -> None:
        by_driver = move.bandwidth is not None and source.abilities().bandwidth
        # libvirt counts in whole MiB/s, and 0 is no limit there.
        self.for_driver = max(1, int(move.bandwidth)) if by_driver and move.bandwidth is not None else None
        self._by_shell = move.bandwidth is not None and not by_driver
        self._move = move
        self._source = source
        self._over = Event()
        self._limiting: Later[tuple[int, ...]] = Later(self._limit)

    def begin(self) -> None:
        """Wait for the sending; to be called just before it."""
        if self._by_shell:
            self._limiting.begin()

    def end(self, sent: bool) -> Throttled:
        """Return what became of the limit, when the transfer has ended; ``sent`` is whether memory went all the way.

        Waits for the source's shell, or a command that still waits there would limit the next transfer of the domain, too.
        """
        self._over.set()
        if not self._by_shell:
            return Throttled(bandwidth=self.for_driver if sent else None)
        if not self._limiting.is_there_within(ANSWER_SECONDS):
            return Throttled(
                unlimited=f"{self._move.source} did not tell within {ANSWER_SECONDS} s whether it was limited"
            )
        try:
            rates = self._limiting.get()
        except HypervisorError as error:
            return Throttled(unlimited=str(error))
        if not rates:
            return Throttled(unlimited=f"{self._move.source} was not seen to send it" if sent else None)
        return Throttled(bandwidth=round(min(rates) / BYTES_PER_MIB, 3))

    def _limit(self) -> tuple[int, ...]:
        while True:
            rates = self._source.throttle(
                self._move.domain.uuid,
                self._move.address or "",
                _bytes(self._move.bandwidth),
                _bytes(self._source.host.bandwidth),
            )
            if rates or self._over.wait(RETRY_SECONDS):
                return rates


def _bytes(mib: float | None) -> int | None:
    return None if mib is None else max(1, int(mib * BYTES_PER_MIB))
