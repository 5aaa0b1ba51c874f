# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Doing one planned move, whatever kind it is, private to this collection."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from .active import move_active
from .inactive import move_inactive
from .model import Limit, Move, Outcome, Status
from .overtaken import overtaken
from .progress import Phase, Tell
from .snapshot import Hypervisors
from .stopping import timeout_words
from .teller import Teller


def perform(move: Move, hypervisors: Hypervisors, limit: Limit, tell: Tell, shared: Callable[[], bool]) -> Outcome:
    """Make the move, if it is still to be made; the outcome tells when it began and how long it took.

    ``shared`` tells whether another move to the same destination goes on just now.
    """
    source, destination = hypervisors[move.source], hypervisors[move.destination]
    teller = Teller(move, tell)
    started, begun = time.time(), time.monotonic()
    made = overtaken(move, source, destination)
    if made is None and move.domain.active:
        made = move_active(move, source, destination, limit, teller, shared)
    elif made is None:
        made = teller.during(Phase.CARRYING_OVER, lambda: move_inactive(move, source, destination))
    return _timed(made, started, time.monotonic() - begun, limit)


def _timed(outcome: Outcome, started: float, seconds: float, limit: Limit) -> Outcome:
    warnings = outcome.warnings
    if limit.seconds is not None and seconds > limit.seconds and outcome.status is not Status.ABORTED:
        late = f"Moving {outcome.move.domain.name} took {seconds:.1f} s, longer than the {timeout_words(limit)}."
        warnings = (*warnings, late)
    return replace(
        outcome, started=round(started, 3), duration=round(seconds, 3), warnings=warnings, timeout=limit.seconds
    )
