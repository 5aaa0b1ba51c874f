# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a transfer that took too long or stalled, private to this collection: pure."""

from __future__ import annotations

from .model import Limit, Move
from .transfer import Sent


def timeout_words(limit: Limit) -> str:
    """Say which limit it was: ``timeout of 60 s``."""
    return f"{'default ' if limit.by_default else ''}timeout of {limit.seconds:g} s"


def why_stopped(limit: Limit, sent: Sent) -> str:
    """Say why a transfer was stopped."""
    if sent.stall is None:
        return f"because of the {timeout_words(limit)}"
    return _stalled(sent)


def not_stopped(move: Move, limit: Limit, sent: Sent) -> tuple[str, ...]:
    """Return a warning about a transfer that could not be stopped, or stalled and was seen through; none about others."""
    name = move.domain.name
    if sent.stopped_after is not None or (sent.stall is None and sent.unstoppable is None):
        return ()
    then = f" {move.destination} was told not to wait for it any longer." if sent.given_up else ""
    if sent.unstoppable is None:
        return (f"The transfer of {name} {_stalled(sent)}.{then or ' It was seen through.'}",)
    why = sent.unstoppable.rstrip(".")
    if sent.stall is None:
        return (f"The transfer of {name} was not stopped at its {timeout_words(limit)}: {why}.{then}",)
    return (f"The transfer of {name} {_stalled(sent)}. It was not stopped: {why}.{then}",)


def _stalled(sent: Sent) -> str:
    if sent.stall is None:
        return ""
    return f"stalled: nothing of it had moved for {sent.stall.seconds:.0f} s, when {sent.stall.seen}"
