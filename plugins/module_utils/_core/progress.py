# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a move is, private to this collection: pure, and told to whoever wants to know while it is being made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from .model import Move

LEAST_SECONDS = 1.0
"""Between two lines about one move, also where it has come to another phase."""


class Phase(Enum):
    """What is being done, in words for a person; ``ONLY_PASS`` is the first one of a move that is not live.

    ``HANDING_OVER`` is when all is sent, and the destination's host makes the domain ready to run on.
    """

    PREPARING = "preparing"
    FIRST_PASS = "first pass"
    ONLY_PASS = "only pass"
    LAST_PASSES = "last passes"
    HANDING_OVER = "handing over"
    SENDING = "sending its memory"
    CHECKING = "checking both hosts"
    CARRYING_OVER = "carrying over its definition"


@dataclass(frozen=True)
class Progress:
    """Where a move is, ``seconds`` after its beginning; ``percent`` of the pass, where that was measured."""

    move: Move
    phase: Phase
    seconds: float
    percent: int | None = None

    def __str__(self) -> str:
        """``web01: xen-a -> xen-b, first pass 42 %, 18 s``."""
        percent = "" if self.percent is None else f" {self.percent} %"
        path = f"{self.move.domain.name}: {self.move.source} -> {self.move.destination}"
        return f"{path}, {self.phase.value}{percent}, {self.seconds:.0f} s"


Tell = Callable[[Progress], None]
"""Is told where a move is, about once a second; must neither wait nor raise."""


def tell_nobody(_progress: Progress) -> None:
    """Take progress that nobody wants to know."""


class Pace:
    """Which of all that is told is worth a line: one now and then for each move, and another in its next phase."""

    def __init__(self, seconds: float) -> None:
        """Take the ``seconds`` between lines about one move; 0 for no lines."""
        self._seconds = seconds
        self._last: dict[Move, Progress] = {}

    def is_due(self, progress: Progress) -> bool:
        """Whether this is to be shown; then it counts as shown."""
        # Nothing is shown of a move's first moment: most are over before anybody would wonder.
        last = self._last.setdefault(progress.move, Progress(progress.move, progress.phase, 0.0))
        since = progress.seconds - last.seconds
        other = progress.phase is not last.phase and since >= LEAST_SECONDS
        due = self._seconds > 0 and (other or since >= self._seconds)
        if due:
            self._last[progress.move] = progress
        return due
