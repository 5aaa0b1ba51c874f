# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sending a domain's memory within a time limit, private to this collection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from .errors import HypervisorError
from .later import Later
from .model import Limit

RETRY_SECONDS = 2
"""How long to wait before a transfer that could not be ended is tried again: it may not have begun yet."""


@dataclass(frozen=True)
class Sent:
    """How the sending ended: what libvirt said against it, after how many seconds it was stopped, why it was not stopped.

    ``encrypted`` is how the memory was sent; None where libvirt didn't report that it was.
    """

    refusal: HypervisorError | None = None
    stopped_after: float | None = None
    unstoppable: str | None = None
    encrypted: bool | None = None


def send_within(limit: Limit, send: Callable[[], bool], end: Callable[[], str | None]) -> Sent:
    """Send; where it takes longer than the limit and is to be stopped then, try to ``end`` it until it has ended either way.

    ``send`` returns whether the memory went encrypted.
    ``end`` returns None when the transfer was ended, else why it could not be.
    """
    sending: Later[bool] = Later(send)
    stopped_after, unstoppable = _stop(limit, sending, end) if limit.aborts else (None, None)
    try:
        encrypted = sending.get()
    except HypervisorError as error:
        return Sent(error, stopped_after, unstoppable)
    return Sent(None, stopped_after, unstoppable, encrypted)


def _stop(limit: Limit, sending: Later[bool], end: Callable[[], str | None]) -> tuple[float | None, str | None]:
    begun = monotonic()
    if limit.seconds is None or sending.is_there_within(limit.seconds):
        return None, None
    while True:
        try:
            why = end()
        except HypervisorError as error:
            return None, str(error)
        if why is None:
            return monotonic() - begun, None
        if sending.is_there_within(RETRY_SECONDS):
            return None, why
