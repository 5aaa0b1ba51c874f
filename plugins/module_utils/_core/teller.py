# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Telling where one move is while it is being made, private to this collection."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TypeVar

from .later import Later
from .model import Move
from .progress import Phase, Progress, Tell, tell_nobody

TICK_SECONDS = 1.0
"""Between two words about what goes on unchanged."""

Answer = TypeVar("Answer")


class Teller:
    """Tells of one move; its seconds count from when this was made."""

    def __init__(self, move: Move, tell: Tell = tell_nobody) -> None:
        self._move = move
        self._tell = tell
        self._begun = monotonic()

    def say(self, phase: Phase, percent: int | None = None) -> None:
        """Tell that this is being done now."""
        self._tell(Progress(self._move, phase, monotonic() - self._begun, percent))

    def during(self, phase: Phase, step: Callable[[], Answer]) -> Answer:
        """Take a step, and tell of it until it is done; return what it returns, raise what it raises."""
        self.say(phase)
        taken = Later(step)
        while not taken.is_there_within(TICK_SECONDS):
            self.say(phase)
        return taken.get()
