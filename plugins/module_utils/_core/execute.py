# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Doing the planned moves, one after the other, private to this collection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from time import monotonic
from typing import Optional

from .active import move_active
from .inactive import move_inactive
from .model import Limit, Move, Outcome, Status
from .progress import Phase, Tell, tell_nobody
from .snapshot import Hypervisors
from .stopping import timeout_words
from .teller import Teller

Hindrance = Callable[[Move], Optional[str]]
"""Is asked before each move; returns the reason not to begin it, or None."""


def no_hindrance(_move: Move) -> None:
    """Let every move begin."""


def execute(
    moves: Sequence[Move],
    hypervisors: Hypervisors,
    limit_of: Callable[[Move], Limit],
    hindrance: Hindrance = no_hindrance,
    tell: Tell = tell_nobody,
) -> tuple[Outcome, ...]:
    """Perform the moves in order; after one that fails, stalls, or takes longer than its limit, no other is begun."""
    outcomes: list[Outcome] = []
    obstacle: str | None = None
    for move in moves:
        limit = limit_of(move)
        obstacle = obstacle or hindrance(move)
        outcome = _not_begun(move, obstacle) if obstacle else _perform(move, hypervisors, limit, Teller(move, tell))
        outcomes.append(replace(outcome, timeout=limit.seconds))
        obstacle = obstacle or _obstacle(outcome, limit.seconds)
    return tuple(outcomes)


def _perform(move: Move, hypervisors: Hypervisors, limit: Limit, teller: Teller) -> Outcome:
    source, destination = hypervisors[move.source], hypervisors[move.destination]
    begun = monotonic()
    if not move.domain.active:
        made = teller.during(Phase.CARRYING_OVER, lambda: move_inactive(move, source, destination))
        return _timed(made, monotonic() - begun, limit)
    return _timed(move_active(move, source, destination, limit, teller), monotonic() - begun, limit)


def _timed(outcome: Outcome, seconds: float, limit: Limit) -> Outcome:
    warnings = outcome.warnings
    if limit.seconds is not None and seconds > limit.seconds and outcome.status is not Status.ABORTED:
        late = f"Moving {outcome.move.domain.name} took {seconds:.1f} s, longer than the {timeout_words(limit)}."
        warnings = (*warnings, late)
    return replace(outcome, duration=round(seconds, 3), warnings=warnings)


def _obstacle(outcome: Outcome, timeout: float | None) -> str | None:
    name = outcome.move.domain.name
    if outcome.status is not Status.MOVED:
        return f"the move of {name} did not succeed"
    if outcome.stalled:
        return f"the move of {name} had stalled"
    if timeout is not None and (outcome.duration or 0.0) > timeout:
        return f"the move of {name} took longer than the timeout"
    return None


def _not_begun(move: Move, obstacle: str) -> Outcome:
    text = (
        f"Domain {move.domain.name} was left on {move.source} and not moved to {move.destination}, because {obstacle}."
    )
    return Outcome(move, Status.NOT_BEGUN, error=text)
