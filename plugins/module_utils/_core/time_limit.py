# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a move may take where nobody said so, private to this collection."""

from __future__ import annotations

from .model import Limit, Move, OnTimeout

FIXED_SECONDS = 300
"""What doesn't grow with memory: libxl waits 30 s for memory, 60 s for a guest's suspension; the rest is for slow hosts."""
PASSES = 6
"""Xen's precopy makes at most 5 rounds and a last one (libxc's xg_sr_save.c), none of them longer than the whole memory."""
USUAL_BANDWIDTH = 10.0
"""MiB/s where no bandwidth was asked for: what a link of 100 Mbit/s carries, the slowest that hypervisors are joined by."""


SHARING = 4
"""So many moves from one host are taken to share its total, where it has one; how many do is only known on the host."""


def default_limit(move: Move, total: float | None, on_timeout: OnTimeout) -> Limit:
    """Return the limit of a move at its bandwidth, or its share of its source's ``total`` (MiB/s) where that is less.

    None for a domain that has no memory to send.
    """
    if not move.domain.active:
        return Limit(None, on_timeout)
    memory_mib = move.domain.memory_kib / 1024
    rates = (move.bandwidth, None if total is None else total / SHARING)
    seconds = FIXED_SECONDS + PASSES * memory_mib / min(
        (rate for rate in rates if rate is not None), default=USUAL_BANDWIDTH
    )
    return Limit(round(seconds, 2), on_timeout, by_default=True)
