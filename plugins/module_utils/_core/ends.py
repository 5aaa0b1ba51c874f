# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Both ends of one transfer, which can be ended, private to this collection."""

from __future__ import annotations

from contextlib import suppress
from typing import Protocol

from .errors import HypervisorError
from .hypervisor import LEFT, NOT_SENDING, SUSPENDED, Connection, Hypervisor
from .model import Move
from .reception import LeftFor


class Ends(Protocol):
    """Ends a transfer at its source, and at its destination where that doesn't hear of it."""

    given_up: bool
    """Whether the destination was told to wait no longer for a source that has deserted it."""

    def at_source(self, stalled: bool = False) -> str | None:
        """End it; return None if that was done, else why not. Raises ``HypervisorError`` where it can't be tried.

        Where it is ``stalled``, and its guest stands still, it is ended as well if Xen at the destination can be asked: then
        the guest can be made to run on, whatever the destination has of it.
        """

    def at_destination(self, deserted: bool = False) -> None:
        """Have the destination give up what was ended at the source; it is tried again later if that can't be done now.

        Where the source has ``deserted`` it, also what nobody ended: the domain can't run there without what is waited for.
        """


def ends_of(move: Move, source: Hypervisor, destination: Hypervisor) -> Ends:
    """Return the ends of the connection that carries a move's memory, or of libvirt's own that does."""
    return (TunnelEnds if move.encrypted else ConnectionEnds)(move, source, destination)


class ConnectionEnds:
    """Ends of a connection that carries this memory and nothing else."""

    def __init__(self, move: Move, source: Hypervisor, destination: Hypervisor) -> None:
        self._move = move
        self._source = source
        self._destination = destination
        self._ended: Connection | None = None
        self._left = LeftFor(source, destination, move.domain.uuid)
        self._in_vain = False
        self._told = False
        self._why: str | None = None
        self.given_up = False

    def at_source(self, stalled: bool = False) -> str | None:
        """End it. What its process has left to be sent when it was gone, is ended where the destination waits for it in vain.

        Where a guest stands still, TCP alone would try for a quarter of an hour. Where nothing is left at the source to be
        ended, and the destination receives it all the same, that alone is to give it up: it makes nothing of what was sent, or
        never heard that the source sends no more.
        """
        answer = self._source.end_transfer(self._move.domain.uuid, self._move.address or "")
        if answer == SUSPENDED and stalled and self._destination.domains_in_xen().domains is not None:
            ended = self._source.end_suspended_transfer(self._move.domain.uuid, self._move.address or "")
            answer = answer if isinstance(ended, str) else ended
        if answer != NOT_SENDING:
            self._left.forget()
        else:
            answer = self._end_left()
            if isinstance(answer, str) and self._left.long():
                self._in_vain = True
                return None
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
        if not isinstance(lost, Connection):
            return NOT_SENDING
        return self._source.end_left_transfer(self._move.domain.uuid, lost)

    def at_destination(self, deserted: bool = False) -> None:
        """Have it give up what was ended, or what its source has deserted.

        Where libvirt still waits the next time, a process at one end stands still, and hears of nothing: it is killed.
        """
        if self._in_vain:
            with suppress(HypervisorError):
                self._destination.kill_receiver(self._move.domain.uuid)
        elif self._ended is not None:
            told, self._told = self._told, True
            with suppress(HypervisorError):  # this, and what follows, is tried again
                self._destination.end_reception(self._ended)
            if told:
                self._kill_processes()
        elif deserted:
            with suppress(HypervisorError):
                self._give_up()

    def _kill_processes(self) -> None:
        """Kill what has nothing to send, or to receive, any more; each whatever becomes of the other."""
        uuid = self._move.domain.uuid
        with suppress(HypervisorError):
            if self._source.kill_sender(uuid, suspended=False) == SUSPENDED:
                self._source.kill_sender(uuid, suspended=True)
        with suppress(HypervisorError):
            self._destination.kill_receiver(uuid)

    def _give_up(self) -> None:
        lost = self._destination.waiting_reception(self._move.domain.uuid)
        if isinstance(lost, Connection):
            self._destination.end_reception(lost)
            self.given_up = True


class TunnelEnds:
    """Ends of what Xen gives to the source's libvirt daemon, and gets from the destination's."""

    def __init__(self, move: Move, source: Hypervisor, destination: Hypervisor) -> None:
        self._move = move
        self._source = source
        self._destination = destination
        self._ended = False
        self._left = LeftFor(source, destination, move.domain.uuid)
        self.given_up = False

    def at_source(self, stalled: bool = False) -> str | None:
        """End it. While the daemons hear of each other, that is no end for libvirt until the destination gives it up, too.

        Where its process has gone, that alone is, once the destination has waited for the rest for ``LOST_SECONDS``: all that
        there was would have got there by then.
        """
        reaches = self._destination.domains_in_xen().domains is not None
        if not stalled and not reaches:
            return (
                f"there is no shell of root's on {self._move.destination}, where libvirt would wait for the rest of it"
            )
        uuid = self._move.domain.uuid
        why = self._source.kill_sender(uuid, suspended=False)
        if why == SUSPENDED and stalled and reaches:
            why = self._source.kill_sender(uuid, suspended=True)
        if why != NOT_SENDING:
            self._left.forget()
        elif self._left.long():
            why = None
        self._ended = why is None
        return why

    def at_destination(self, deserted: bool = False) -> None:
        """Have it give up what was ended, or what its source has deserted."""
        if self._ended or deserted:
            with suppress(HypervisorError):
                self._destination.kill_receiver(self._move.domain.uuid)
                self.given_up = self.given_up or not self._ended
