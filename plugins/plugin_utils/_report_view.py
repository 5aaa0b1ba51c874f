# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report's page shows, private to this collection: every word and every width, the template only lays out. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.xenfleet.migration.plugins.plugin_utils._report_hosts import HostView, host_views
from ansible_collections.xenfleet.migration.plugins.plugin_utils._report_run import (
    MOVED,
    NOT_BEGUN,
    PLANNED,
    BlockedDomain,
    DomainPlace,
    ErrorText,
    FindingRecord,
    MoveRecord,
    Run,
)
from ansible_collections.xenfleet.migration.plugins.plugin_utils._report_scale import Extent, Scale, scale_of
from ansible_collections.xenfleet.migration.plugins.plugin_utils._report_verdict import (
    UNTOLD,
    Verdict,
    figures,
    verdict,
)
from ansible_collections.xenfleet.migration.plugins.plugin_utils._report_words import (
    count,
    memory,
    rate,
    seconds,
    utc,
)

_KINDS = {
    MOVED: "moved",
    PLANNED: "planned",
    NOT_BEGUN: "idle",
    "failed": "failed",
    "aborted": "aborted",
    "incomplete": "incomplete",
    "in doubt": "doubt",
}
"""Statuses to the classes of the style sheet; any other is "other"."""
_SEVERITIES = {"blocks": "What keeps domains from being moved", "warns": "Warnings", "informs": "Information"}


@dataclass(frozen=True)
class Figure:
    """A number that matters, what it is, and what belongs to it."""

    name: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class MoveView:
    """A row of the timeline and of the table of moves. ``extent`` is where its bar is, None where its beginning isn't known."""

    domain: str
    source: str
    destination: str
    kind: str
    status: str
    how: str
    started: str
    duration: str
    pause: str
    bandwidth: str
    extent: Extent | None
    spoken: str


@dataclass(frozen=True)
class PlanView:
    """A line of the plan."""

    domain: str
    source: str
    destination: str
    memory: str
    reason: str


@dataclass(frozen=True)
class FindingGroup:
    """Findings of one severity, the severest group first. ``kind`` is a class of the style sheet, or nothing."""

    kind: str
    title: str
    findings: tuple[FindingRecord, ...]


@dataclass(frozen=True)
class View:
    """The page."""

    title: str
    made: str
    verdict: Verdict
    figures: tuple[Figure, ...]
    scale: Scale | None
    begin: str
    moves: tuple[MoveView, ...]
    has_bandwidth: bool
    hosts: tuple[HostView, ...]
    plan: tuple[PlanView, ...]
    blocked: tuple[BlockedDomain, ...]
    findings: tuple[FindingGroup, ...]
    errors: tuple[ErrorText, ...]
    domains: tuple[DomainPlace, ...]
    messages: tuple[str, ...]


def view(run: Run, title: str, made: float) -> View:
    """Return the page of a run; ``made`` is when the report was made, in seconds since the epoch."""
    scale = scale_of(run.moves)
    hosts = host_views(run)
    return View(
        title=title,
        made=utc(made),
        verdict=verdict(run),
        figures=_figures(run),
        scale=scale,
        begin=utc(scale.begin) if scale else "",
        moves=tuple(_move(move, scale) for move in sorted(run.moves, key=_by_start)),
        has_bandwidth=any(move.bandwidth is not None for move in run.moves),
        hosts=hosts,
        plan=tuple(
            PlanView(
                _told(line.domain),
                _told(line.source),
                _told(line.destination),
                memory(line.memory_mib),
                line.reason or "",
            )
            for line in run.plan
        ),
        blocked=run.blocked,
        findings=_groups(run),
        errors=run.errors,
        domains=run.domains if not hosts else (),  # the lists of the hosts have them
        messages=tuple(text for text in run.messages if text not in {error.text for error in run.errors}),
    )


def _by_start(move: MoveRecord) -> float:
    return float("inf") if move.started is None else move.started


def _move(move: MoveRecord, scale: Scale | None) -> MoveView:
    status = move.status or UNTOLD
    duration = seconds(move.duration) if move.begun else ""
    return MoveView(
        domain=_told(move.domain) + (f" (now {move.new_name})" if move.new_name and move.status == MOVED else ""),
        source=_told(move.source),
        destination=_told(move.destination),
        kind=_KINDS.get(status, "other"),
        status=status + (f" ({move.stopped_because})" if move.stopped_because else ""),
        how=_how(move),
        started=utc(move.started) if move.begun else "",
        duration=duration,
        pause=seconds(move.pause) if move.begun else "",
        bandwidth="" if move.bandwidth is None else rate(move.bandwidth),
        extent=scale.extent(move) if scale else None,
        spoken=_spoken(move, status, scale),
    )


def _how(move: MoveRecord) -> str:
    words = {None: "", True: "live", False: "not live"}[move.live], "encrypted" if move.encrypted else ""
    return ", ".join(word for word in words if word)


def _spoken(move: MoveRecord, status: str, scale: Scale | None) -> str:
    """Return what the bar shows, for those who don't see it."""
    if scale is None or move.started is None:
        return status
    begin = f"{status}, begun {seconds(move.started - scale.begin)} after the first"
    return f"{begin}, took {seconds(move.duration)}" if move.duration is not None else f"{begin}, its end not measured"


def _figures(run: Run) -> tuple[Figure, ...]:
    found = figures(run)
    settled = f"{found.settled} in place already" if found.settled else ""
    shown = [Figure("Moved", f"{found.moved} of {found.moves}", settled)]
    if found.begun:
        shown.append(Figure("Total time", seconds(found.total), "first beginning to last end"))
    if found.longest is not None:
        shown.append(Figure("Longest move", seconds(found.longest.duration), found.longest.domain or ""))
    if found.begun:
        seen = f"seen in {found.pauses_seen} of {count(found.begun, 'move')}" if found.pauses_seen else ""
        shown.append(Figure("Sum of pauses", seconds(found.pauses), seen))
    if found.longest_pause is not None:
        shown.append(Figure("Longest pause", seconds(found.longest_pause.pause), found.longest_pause.domain or ""))
    return tuple(shown)


def _groups(run: Run) -> tuple[FindingGroup, ...]:
    present = dict.fromkeys([*_SEVERITIES, *(finding.severity or "" for finding in run.findings)])
    groups = (
        FindingGroup(
            severity if severity in _SEVERITIES else "",
            _SEVERITIES.get(severity, f"Severity: {severity or UNTOLD}"),
            tuple(finding for finding in run.findings if (finding.severity or "") == severity),
        )
        for severity in present
    )
    return tuple(group for group in groups if group.findings)


def _told(name: str | None) -> str:
    return name or UNTOLD
