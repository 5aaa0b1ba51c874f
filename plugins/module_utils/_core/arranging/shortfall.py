# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task about whole hosts stays short of, private to this collection: pure, and nothing in it that wasn't observed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ..locate import unreachable
from ..model import STAYED, UNSETTLED, Outcome, Status
from ..planner.values import Balance, BringHome, Drain, Resident, Stuck
from .arrange import Arranged
from .broken import with_broken

_BEGUN_IN_VAIN = STAYED - {Status.NOT_BEGUN}


@dataclass(frozen=True)
class Shortfall:
    """What is not as it was wanted.

    ``left`` are the domains that stay where they weren't to stay, and why. ``broken`` are others for which a rule does not hold
    any more. ``missed`` are the last moves of domains that aren't left, and did not succeed; ``made_good`` are failed ones
    after which another one of the same domain did. ``silent`` are hosts that could not be asked, and may have domains that
    weren't to stay there. ``is_fatal`` is whether the task fails for what became of its moves, of its groups or of its plans,
    whatever may be left.
    """

    left: tuple[Stuck, ...]
    broken: tuple[Stuck, ...]
    missed: tuple[Outcome, ...]
    made_good: tuple[Outcome, ...]
    silent: tuple[str, ...]
    is_fatal: bool


def shortfall(arranged: Arranged) -> Shortfall:
    """Return what became of moves that failed, and what else was not reached."""
    # One that was begun tells more of a domain than another that was not any more.
    by_weight = sorted(arranged.outcomes, key=lambda outcome: outcome.status is not Status.NOT_BEGUN)
    last = {outcome.move.domain.uuid: outcome for outcome in by_weight}
    failed = [outcome for outcome in arranged.outcomes if outcome.status in _BEGUN_IN_VAIN | UNSETTLED]
    left = {stuck.resident.uuid: with_broken(stuck, arranged.broken) for stuck in _left(arranged, last)}
    # A balance wants nothing of any one domain but the moves that it plans, so one that fails is what it fails for.
    fatal = UNSETTLED | _BEGUN_IN_VAIN if isinstance(arranged.wanted.wish, Balance) else UNSETTLED
    return Shortfall(
        _by_name(left.values()),
        _by_name(one for one in arranged.broken if one.resident.uuid not in left),
        tuple(one for one in failed if one is last[one.move.domain.uuid] and one.move.domain.uuid not in left),
        tuple(one for one in failed if last[one.move.domain.uuid].succeeded),
        _silent(arranged),
        bool(arranged.broken or arranged.unplanned) or any(outcome.status in fatal for outcome in last.values()),
    )


def _by_name(found: Iterable[Stuck]) -> tuple[Stuck, ...]:
    return tuple(sorted(found, key=lambda one: (one.resident.name, one.resident.uuid)))


def _left(arranged: Arranged, last: Mapping[str, Outcome]) -> Iterator[Stuck]:
    """Return the domains that stay where they weren't to stay; where one is there twice, the later reason counts.

    ``last`` is what became of each domain's last move, by UUID.
    """
    if arranged.goes_ahead and not arranged.wanted.request.check:
        yield from (_unmade(step.resident, last.get(step.resident.uuid)) for step in arranged.left.now)
    if isinstance(arranged.wanted.wish, Balance):
        yield from (_unmade(_resident(outcome), outcome) for outcome in last.values() if outcome.status in STAYED)
    yield from arranged.left.stuck


def _unmade(resident: Resident, outcome: Outcome | None) -> Stuck:
    if outcome is None or outcome.error is None:
        return Stuck(resident, "not_begun", "it was not its turn any more")
    return Stuck(resident, "not_begun" if outcome.status is Status.NOT_BEGUN else "move_failed", outcome.error)


def _resident(outcome: Outcome) -> Resident:
    domain = outcome.move.domain
    return Resident(domain.name, domain.uuid, outcome.move.source, 0, domain.home)


def _silent(arranged: Arranged) -> tuple[str, ...]:
    """Return the hosts of which nobody knows whether they have any domain that the wish is about."""
    wish = arranged.wanted.wish
    silent = (state.host.name for state in unreachable(arranged.after.fleet))
    return tuple(
        name for name in silent if isinstance(wish, BringHome) or (isinstance(wish, Drain) and name in wish.hosts)
    )
