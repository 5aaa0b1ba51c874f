# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limiting a transfer while it goes on, private to this collection."""

from __future__ import annotations

from dataclasses import dataclass

from .bandwidth import BYTES_PER_MIB
from .errors import HypervisorError
from .hypervisor import Hypervisor
from .model import Move


@dataclass(frozen=True)
class Throttled:
    """What became of a limit: the lowest in MiB/s that took hold, None if none did, and then why not, if one should have."""

    bandwidth: float | None = None
    unlimited: str | None = None


class Throttle:
    """Limits one transfer, if it is to be: by the driver where that can do it, else by the source's shell.

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
        self._name: str | None = None
        self._refusal: HypervisorError | None = None

    def begin(self) -> None:
        """Have the source ready to limit it; to be called just before the sending. Never raises."""
        if not self._by_shell:
            return
        rate, total = _bytes(self._move.bandwidth), _bytes(self._source.host.bandwidth)
        try:
            self._name = self._source.begin_throttle(self._move.domain.uuid, self._move.address or "", rate, total)
        except HypervisorError as error:
            self._refusal = error

    def end(self, sent: bool) -> Throttled:
        """Return what became of the limit, when the transfer has ended; ``sent`` is whether memory went all the way."""
        if not self._by_shell:
            return Throttled(bandwidth=self.for_driver if sent else None)
        try:
            rates = self._took_hold()
        except HypervisorError as error:
            return Throttled(unlimited=str(error))
        if not rates:
            return Throttled(unlimited=f"{self._move.source} was not seen to send it" if sent else None)
        return Throttled(bandwidth=round(min(rates) / BYTES_PER_MIB, 3))

    def _took_hold(self) -> tuple[int, ...]:
        if self._refusal is not None:
            raise self._refusal
        return () if self._name is None else self._source.end_throttle(self._name)


def _bytes(mib: float | None) -> int | None:
    return None if mib is None else max(1, int(mib * BYTES_PER_MIB))
