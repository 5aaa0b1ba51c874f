# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One task from beginning to end, private to this collection: it calls the other files of the core in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .errors import Blocked
from .execute import Hindrance, execute, no_hindrance
from .locate import left_out
from .model import Move, Outcome, Prepared, Report, Status
from .prepare import prepare
from .progress import Tell, tell_nobody
from .request import Request
from .snapshot import Connect, Hypervisors, opened
from .unfinished import finish


def migrate(
    request: Request, connect: Connect, hindrance: Hindrance = no_hindrance, tell: Tell = tell_nobody
) -> Report:
    """Bring every domain to its host, or in check mode only say how.

    Raises ``Blocked`` with every finding when anything speaks against any move; then nothing was touched. ``hindrance`` is
    asked before each move, ``tell`` is told about once a second how far it is.
    """
    with opened(request.hosts, connect) as (hypervisors, fleet):
        prepared = prepare(request, hypervisors, fleet)
        if any(finding.blocks for finding in prepared.findings):
            raise Blocked(prepared.findings)
        prepared, notes = (prepared, ()) if request.check else _finish_all(prepared, hypervisors)
        outcomes = _outcomes(prepared.moves, request, hypervisors, hindrance, tell)
    return Report(
        prepared.settled, outcomes, prepared.findings, (*left_out(fleet), *notes), prepared.unfinished, request.check
    )


def check(request: Request, connect: Connect) -> tuple[Prepared, tuple[str, ...]]:
    """Say how every domain would be brought to its host, with every finding, blocking or not, and which hosts were left out."""
    with opened(request.hosts, connect) as (hypervisors, fleet):
        return prepare(request, hypervisors, fleet), left_out(fleet)


def _finish_all(prepared: Prepared, hypervisors: Hypervisors) -> tuple[Prepared, tuple[str, ...]]:
    """Finish interrupted moves; return what was prepared with their domains as they are now, and what is worth a warning."""
    finished = [finish(rest, hypervisors) for rest in prepared.unfinished]
    now = {domain.uuid: domain for domain, _notes in finished}
    moves = tuple(replace(move, domain=now.get(move.domain.uuid, move.domain)) for move in prepared.moves)
    settled = tuple(now.get(domain.uuid, domain) for domain in prepared.settled)
    return replace(prepared, moves=moves, settled=settled), tuple(note for _now, notes in finished for note in notes)


def _outcomes(
    moves: Sequence[Move], request: Request, hypervisors: Hypervisors, hindrance: Hindrance, tell: Tell
) -> tuple[Outcome, ...]:
    if request.check:
        return tuple(Outcome(move, Status.PLANNED, timeout=request.limit_of(move).seconds) for move in moves)
    return execute(moves, hypervisors, request.limit_of, hindrance, tell)
