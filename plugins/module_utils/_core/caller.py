# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whoever waits for moves, as they see it, private to this collection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .model import Move
from .progress import Tell, tell_nobody


def no_hindrance() -> None:
    """Let every move begin."""


def ignore_moves(_moves: Sequence[Move]) -> None:
    """Take moves that nobody wants to know of."""


@dataclass(frozen=True)
class Caller:
    """Asked and told while moves are made.

    ``hindrance`` is asked before each move, in the thread that begins them, and returns the reason not to begin any other, or
    None. ``under_way`` is told, in that thread too, which moves go on whenever that changes. ``tell`` is told about once a
    second where each of them is, by threads of theirs.
    """

    hindrance: Callable[[], str | None] = no_hindrance
    under_way: Callable[[Sequence[Move]], None] = ignore_moves
    tell: Tell = tell_nobody
