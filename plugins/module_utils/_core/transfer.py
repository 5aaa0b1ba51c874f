# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sending a domain's memory within a time limit, and only as long as it moves, private to this collection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import monotonic
from typing import Optional

from .ends import Ends
from .errors import HypervisorError
from .later import Later
from .model import Cause, Limit, OnTimeout
from .trace import Stall

RETRY_SECONDS = 2
"""How long to wait before a transfer that could not be ended is tried again: it may not have begun yet."""
UNHEARD_SECONDS = 10
"""How long libvirt may need to end a move whose transfer was ended; then the destination may not have heard of it."""
TICK_SECONDS = 1.0
"""Between two looks at the clock and at what was seen of the transfer."""

Tick = Callable[[], Optional[Stall]]
"""Is called about once a second while a transfer goes on; returns the stall, where nothing of it has moved for too long."""


@dataclass(frozen=True)
class Sent:
    """How the sending ended: what libvirt said against it, after how many seconds it was stopped, why it was not stopped.

    ``encrypted`` is how the memory was sent; None where libvirt didn't report that it was.
    ``stall`` is that of a transfer that stalled, be it stopped then or not. ``given_up`` is whether the destination was told
    not to wait for a source that had deserted it.
    """

    refusal: HypervisorError | None = None
    stopped_after: float | None = None
    unstoppable: str | None = None
    encrypted: bool | None = None
    stall: Stall | None = None
    given_up: bool = False

    @property
    def stopped_because(self) -> Cause | None:
        """Why it was stopped, None if it was not."""
        if self.stopped_after is None:
            return None
        return Cause.TIMEOUT if self.stall is None else Cause.STALLED


def send_within(limit: Limit, send: Callable[[], bool], ends: Ends, tick: Tick) -> Sent:
    """Send; where it takes longer than the limit, or stalls, and is to be stopped then, try to end it until it has ended.

    So is one that is to be seen through, and that has no end: nothing is sent any more, and the destination waits for the rest.

    ``send`` returns whether the memory went encrypted.
    """
    begun = monotonic()
    sending: Later[bool] = Later(send)
    sent = Sent(stall=_watch(limit, sending, ends, tick))
    if not _is_seen_through(limit, sent.stall):
        sent = _stop(sent, sending, ends, tick, begun)
    _see_through(sending, ends, tick)
    sent = replace(sent, given_up=ends.given_up)
    try:
        encrypted = sending.get()
    except HypervisorError as error:
        return replace(sent, refusal=error)
    return replace(sent, encrypted=encrypted)


def _watch(limit: Limit, sending: Later[bool], ends: Ends, tick: Tick) -> Stall | None:
    """Wait until the transfer has ended, or is to be stopped; return how it stalled, if it did.

    Where its source has deserted it, nobody is left who could stop it, or bring it to its end: its destination gives it up.
    """
    begun = monotonic()
    stall = None
    while not sending.is_there_within(_wait(limit, begun)):
        now = tick()
        stall = now or stall
        if _is_deserted(now):
            ends.at_destination(deserted=True)
        elif (now is not None or _is_over(limit, begun)) and not _is_seen_through(limit, now):
            return stall
    return stall


def _is_seen_through(limit: Limit, stall: Stall | None) -> bool:
    return limit.on_timeout is OnTimeout.WAIT and not (stall is not None and stall.in_vain)


def _is_deserted(stall: Stall | None) -> bool:
    return stall is not None and stall.deserted


def _wait(limit: Limit, begun: float) -> float:
    if limit.seconds is None or not limit.aborts:
        return TICK_SECONDS
    left = begun + limit.seconds - monotonic()
    return min(TICK_SECONDS, left) if left > 0 else TICK_SECONDS


def _is_over(limit: Limit, begun: float) -> bool:
    return limit.seconds is not None and monotonic() - begun >= limit.seconds


def _see_through(sending: Later[bool], ends: Ends, tick: Tick) -> None:
    """Wait for libvirt; a destination that doesn't hear of the end of its transfer is told now and then."""
    since = monotonic()
    while not sending.is_there_within(TICK_SECONDS):
        stall = tick()
        if monotonic() - since >= UNHEARD_SECONDS:
            ends.at_destination(_is_deserted(stall))
            since = monotonic()


def _stop(sent: Sent, sending: Later[bool], ends: Ends, tick: Tick, begun: float) -> Sent:
    """Try to end a transfer until it has ended, one way or the other."""
    why: str | None = None
    while not sending.is_there_within(0 if why is None else RETRY_SECONDS):
        stall = tick()
        sent = replace(sent, stall=stall or sent.stall)
        try:
            why = ends.at_source(stalled=stall is not None)
        except HypervisorError as error:
            return replace(sent, unstoppable=str(error))
        if why is None:
            return replace(sent, stopped_after=monotonic() - begun)
    return replace(sent, unstoppable=why)
