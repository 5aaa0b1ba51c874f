# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One task from beginning to end, private to this collection: it calls the other files of the core in their order."""

from __future__ import annotations

from .at_once import LockedFiles, Places
from .caller import Caller
from .errors import Blocked
from .execute import Terms
from .locate import left_out
from .model import Fleet, Prepared, Report
from .passes import Made, make_passes
from .plan import only_planned
from .request import Request
from .snapshot import Connect, opened
from .stopover import prepare_with_stopovers
from .unfinished import finish_all


def migrate(request: Request, connect: Connect, caller: Caller | None = None, places: Places | None = None) -> Report:
    """Bring every domain to its host, or in check mode only say how.

    Raises ``Blocked`` with every finding when anything speaks against any move; then nothing was touched. ``places``
    are those that all tasks of this user on this machine share.
    """
    with opened(request.hosts, connect) as (hypervisors, fleet):
        prepared = prepare_with_stopovers(request, hypervisors, fleet)
        if any(finding.blocks for finding in prepared.findings):
            raise Blocked(prepared.findings)
        prepared, notes = (prepared, ()) if request.check else finish_all(prepared, hypervisors)
        terms = terms_of(request, caller or Caller(), fleet, places)
        made = (
            Made(only_planned((*prepared.moves, *prepared.later), request.limit_of))
            if request.check
            else make_passes(prepared, request, hypervisors, fleet, terms)
        )
    findings = tuple(dict.fromkeys((*prepared.findings, *made.findings)))
    warnings = (*left_out(fleet), *notes, *made.notes)
    finished = (*prepared.unfinished, *made.finished)
    return Report(prepared.settled, made.outcomes, findings, warnings, finished, request.check)


def check(request: Request, connect: Connect) -> tuple[Prepared, tuple[str, ...]]:
    """Say how every domain would be brought to its host, with every finding, blocking or not, and which hosts were left out."""
    with opened(request.hosts, connect) as (hypervisors, fleet):
        return prepare_with_stopovers(request, hypervisors, fleet), left_out(fleet)


def terms_of(request: Request, caller: Caller, fleet: Fleet, places: Places | None = None) -> Terms:
    """Return how the moves of a request are to be made."""
    shared = LockedFiles(request.at_once, one_cpu=fleet.one_cpu)
    return Terms(request.limit_of, places or shared, request.stop_on_failure, caller, request.rules)
