# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What moves that failed mean for the next plan, private to this collection: pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from ..bonds import groups_of
from ..model import ARRIVED, UNSETTLED, Finding, Move, Outcome, Status
from ..planner.values import Rules

MOST_FAILURES = 2
"""How many destinations a domain is tried to be moved to, before it is left where it is; or how often to where others wait."""


def failures(outcomes: Sequence[Outcome], hosts: Collection[str], rules: Rules) -> dict[tuple[str, str], Finding]:
    """Return what is not to be tried again: the same move; or any of a domain that failed twice, or is in doubt.

    Who was to go along with others that have arrived goes there or nowhere: that move is tried twice, and none to elsewhere.
    """
    ahead = left_behind(outcomes, rules)
    failed: dict[tuple[str, str], Finding] = {}
    for uuid, mate in ahead.items():
        why = f"{mate.domain.name}, with which it is kept together, is on {mate.destination} now."
        failed.update({(uuid, host): Finding("kept_together", why) for host in hosts if host != mate.destination})
    times: Counter[tuple[str, str | None]] = Counter()
    for outcome in outcomes:
        if outcome.succeeded or outcome.status is Status.NOT_BEGUN:
            continue
        uuid, destination = outcome.move.domain.uuid, outcome.move.destination
        counted = (uuid, destination if uuid in ahead else None)
        times[counted] += 1
        enough = times[counted] >= MOST_FAILURES or outcome.status in UNSETTLED
        finding = Finding("move_failed", outcome.error or "", domain=outcome.move.domain.name)
        alone = () if uuid in ahead else (destination,)
        failed.update({(uuid, host): finding for host in (hosts if enough else alone)})
    return failed


def left_behind(outcomes: Sequence[Outcome], rules: Rules) -> Mapping[str, Move]:
    """Return who was to go along with others of its group and did not, by UUID, each with a move of theirs that was made."""
    groups = groups_of([outcome.move for outcome in outcomes], rules)
    last = {outcome.move.domain.uuid: outcome for outcome in outcomes}
    return {
        uuid: last[mate].move
        for uuid, outcome in last.items()
        for mate in groups.circle(uuid)
        if outcome.status not in ARRIVED
        and mate in last
        and last[mate].status in ARRIVED
        and last[mate].move.destination == outcome.move.destination
    }
