# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Both ends of one transfer, which can be ended, private to this collection."""

from __future__ import annotations

from .check_domain import NO_STOPPING
from .errors import HypervisorError
from .hypervisor import LEFT, NOT_SENDING, SUSPENDED, Connection, Hypervisor
from .model import Move


class Ends:
    """Ends a transfer at its source, and at its destination where that doesn't hear of it."""

    def __init__(self, move: Move, source: Hypervisor, destination: Hypervisor) -> None:
        self._move = move
        self._source = source
        self._destination = destination
        self._ended: Connection | None = None
        self._why: str | None = None
        self.given_up = False
        """Whether the destination was told to wait no longer for a source that has deserted it."""

    def at_source(self, stalled: bool = False) -> str | None:
        """End it; return None if that was done, else why not. Raises ``HypervisorError`` where it can't be tried.

        What its process has left to be sent when it was gone is ended where the destination waits for it in vain.
        Where it is ``stalled``, and its guest stands still, it is ended as well if Xen at the destination can be asked: then
        the guest can be made to run on, whatever the destination has of it. TCP alone would try for a quarter of an hour.
        """
        if self._move.encrypted:
            return NO_STOPPING  # no connection of its own carries the memory, so there is none that could be ended
        answer = self._source.end_transfer(self._move.domain.uuid, self._move.address or "")
        if answer == SUSPENDED and stalled and self._destination.evidence().domains is not None:
            ended = self._source.end_suspended_transfer(self._move.domain.uuid, self._move.address or "")
            answer = answer if isinstance(ended, str) else ended
        if answer == NOT_SENDING:
            answer = self._end_left()
        if isinstance(answer, str):
            # What was found before tells more than that the domain has left in the meantime.
            self._why = answer if answer != LEFT else self._why or answer
            return self._why
        self._ended = answer
        return None

    def _end_left(self) -> Connection | str:
        """End what has no process of its own any more at the source, where the destination has long waited for it in vain."""
        try:
            lost = self._destination.waiting_reception(self._move.domain.uuid)
        except HypervisorError:
            return NOT_SENDING  # asked again when it can be
        if lost is None:
            return NOT_SENDING
        return self._source.end_left_transfer(self._move.domain.uuid, lost)

    def at_destination(self, deserted: bool = False) -> None:
        """Have the destination give up what was ended at the source; it is tried again later if that can't be done now.

        Where the source has ``deserted`` it, also what nobody ended: the domain can't run there without what is waited for.
        """
        try:
            if self._ended is not None:
                self._destination.end_reception(self._ended)
            elif deserted:
                self._give_up()
        except HypervisorError:
            return

    def _give_up(self) -> None:
        lost = self._destination.waiting_reception(self._move.domain.uuid)
        if lost is not None:
            self._destination.end_reception(lost)
            self.given_up = True
