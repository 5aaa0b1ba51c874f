# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking at a transfer while it goes on, private to this collection."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from .errors import HypervisorError
from .hypervisor import Connection, Hypervisor
from .later import Later
from .model import Move
from .pause import Pause
from .progress import Phase
from .reception import is_left
from .teller import Teller
from .trace import Look, Stall, Trace

LOOK_SECONDS = 1.0
"""Between two looks. One costs the destination one call; the source's shell is only asked where that shows nothing."""


class Watch:
    """Looks at one transfer, tells how far it is, and notices when nothing of it moves any more.

    Looks are made by a thread of their own, one after the other: a host that doesn't answer holds nothing up. ``shared`` tells
    whether another move to the same destination goes on just now, whose memory would be taken for this one's. ``pause`` is
    measured with it.
    """

    def __init__(
        self,
        move: Move,
        source: Hypervisor,
        destination: Hypervisor,
        teller: Teller,
        shared: Callable[[], bool] = lambda: False,
    ) -> None:
        self.pause = Pause(move, source)
        self._move = move
        self._source = source
        self._destination = destination
        self._teller = teller
        self._shared = shared
        self._begun = monotonic()
        self._trace = Trace(move.domain, move.live, counted="given to libvirt" if move.encrypted else "acknowledged")
        self._looking: Later[Look] | None = None
        self._looked = 0.0
        self._over = False

    def begin(self) -> None:
        """Take the measure from which progress counts; to be called just before the transfer."""
        self._teller.say(Phase.PREPARING)
        self._trace = self._trace.followed(Look(self._now(), self._free_kib()))
        self.pause.begin()

    def tick(self) -> Stall | None:
        """Take in what was seen, look again when it is time, and tell; return the stall where there is one."""
        self._take_in()
        if self._looking is None and self._now() - self._looked >= LOOK_SECONDS:
            self._looking = Later(self._look)
            self._looking.begin()
        self._teller.say(*self._trace.phase)
        return self._trace.stall

    def end(self) -> None:
        """Ask nothing more: a look that is under way doesn't begin another command when hosts are about to be left."""
        self._over = True

    def _take_in(self) -> None:
        if self._looking is None or not self._looking.is_there_within(0):
            return
        self._trace = self._trace.followed(self._looking.get())
        self._looking, self._looked = None, self._now()

    def _look(self) -> Look:
        at = self._now()
        shared = self._trace.shared or self._shared()
        # From then on the destination is left to its part of the move.
        free = None if shared or self._trace.all_there else self._free_kib()
        if self._over or not self._trace.wants_shell(at):
            return Look(at, free, shared=shared)
        try:
            acked = self._sent_bytes()
        except HypervisorError:
            return Look(at, free, shared=shared, asked=True, deserted=not self._over and self._is_deserted())
        left = acked is None and not self._over and is_left(self._source, self._destination, self._move.domain.uuid)
        return Look(at, free, shared=shared, asked=True, acked=acked, unsent=acked is None, left=left)

    def _sent_bytes(self) -> int | None:
        if self._move.encrypted:
            return self._source.written(self._move.domain.uuid)
        return self._source.acknowledged(self._move.domain.uuid, self._move.address or "")

    def _is_deserted(self) -> bool:
        """Whether the source can't be asked for anything, and the destination waits for memory that doesn't come."""
        try:
            self._source.inspect(self._move.domain.uuid)
        except HypervisorError:
            return self._waits_in_vain()
        return False  # only its shell is missing

    def _waits_in_vain(self) -> bool:
        try:
            return isinstance(self._destination.waiting_reception(self._move.domain.uuid), Connection)
        except HypervisorError:
            return False

    def _free_kib(self) -> int | None:
        try:
            return self._destination.free_memory_kib()
        except HypervisorError:
            return None

    def _now(self) -> float:
        return monotonic() - self._begun
