# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast each move may send, private to this collection: pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .errors import InvalidInput
from .model import Fleet, Move

BYTES_PER_MIB = 1024 * 1024
_MOST = 1_000_000
"""MiB/s: far more than any network carries, and far less than what the numbers of a kernel hold."""


def check_bandwidth(value: float, what: str) -> float:
    """Return the limit in MiB/s. Raises ``InvalidInput``, calling it ``what``, for one that can't be meant."""
    if not 0 < value <= _MOST:
        raise InvalidInput(
            f"{what} is {value:g}: it must be above 0, and {_MOST} MiB/s at most; leave it out for no limit."
        )
    return value


def limit_moves(moves: Sequence[Move], fleet: Fleet, bandwidth: float | None) -> tuple[Move, ...]:
    """Give every move of memory its limit: what was asked for, or what its source may send in all, where that is less."""
    return tuple(_limited(move, fleet.hosts[move.source].host.bandwidth, bandwidth) for move in moves)


def _limited(move: Move, total: float | None, bandwidth: float | None) -> Move:
    limits = [limit for limit in (total, bandwidth) if limit is not None]
    return replace(move, bandwidth=min(limits)) if limits and move.domain.active else move
