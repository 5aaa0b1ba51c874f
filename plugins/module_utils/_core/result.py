# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a report to what a task returns, private to this collection: pure, and nothing in it that wasn't observed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .model import Domain, Finding, Host, Limit, Move, Outcome, Prepared, Report, Severity, Status
from .plan import only_planned

_CHANGED = frozenset({Status.PLANNED, Status.MOVED, Status.INCOMPLETE, Status.IN_DOUBT})


def result(report: Report, hosts: Sequence[Host]) -> dict[str, Any]:
    """Return ``changed``, ``msg``, ``domains``, ``moves``, ``findings`` and ``diff``."""
    return {
        "changed": bool(report.finished) or any(outcome.status in _CHANGED for outcome in report.outcomes),
        "msg": " ".join(_sentences(report)) or "Nothing to do.",
        "domains": _domains(report, {host.name: host.uri for host in hosts}),
        "moves": [move_record(outcome) for outcome in report.outcomes],
        "findings": finding_records(report.findings),
        "diff": {"before": _before(report), "after": _after(report)},
    }


def readiness(prepared: Prepared, limit_of: Callable[[Move], Limit]) -> dict[str, Any]:
    """Return ``ready``, ``msg``, ``moves`` and ``findings`` of what was only checked.

    ``limit_of`` tells how long a move may take.
    """
    blocking = [finding.sentence for finding in prepared.findings if finding.blocks]
    outcomes = only_planned((*prepared.moves, *prepared.later), limit_of)
    report = Report(prepared.settled, outcomes, finished=prepared.unfinished, planned=True)
    keys = ("domain", "source", "destination", "live", "encrypted", "bandwidth", "address", "timeout")
    return {
        "ready": not blocking,
        "msg": " ".join(blocking or _sentences(report)) or "Nothing to do.",
        "moves": [{key: move_record(outcome)[key] for key in keys} for outcome in report.outcomes],
        "findings": finding_records(prepared.findings),
    }


def failed(report: Report) -> bool:
    """Whether any move did not end as it was meant to."""
    return any(outcome.status is not Status.PLANNED and not outcome.succeeded for outcome in report.outcomes)


def warnings(report: Report) -> tuple[str, ...]:
    """Return what is worth a warning though nothing failed for it."""
    found = tuple(finding.sentence for finding in report.findings if finding.severity is not Severity.INFORMS)
    return found + report.warnings + tuple(text for outcome in report.outcomes for text in outcome.warnings)


def finding_records(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Return the findings as a result shows them."""
    return [
        {
            "code": finding.code,
            "severity": finding.severity.value,
            "domain": finding.domain,
            "message": finding.sentence,
        }
        for finding in findings
    ]


def domain_record(domain: Domain, uri: str) -> dict[str, Any]:
    """Return the domain as the host at ``uri`` shows it; ``id`` is None for one that is not active."""
    return {
        "name": domain.name,
        "uuid": domain.uuid,
        "host": domain.host,
        "uri": uri,
        "id": domain.id,
        "state": domain.state.value,
        "persistent": domain.persistent,
        "autostart": domain.autostart,
    }


def _sentences(report: Report) -> list[str]:
    finished = [_rest(rest.move, report.planned) for rest in report.finished]
    settled = [f"{domain.name} is on {domain.host} already." for domain in report.settled]
    return finished + settled + [_sentence(outcome) for outcome in report.outcomes]


def _rest(move: Move, planned: bool) -> str:
    path = f"the interrupted move of {move.final_name} from {move.source} to {move.destination}"
    if planned:
        return f"Would finish {path}: carry its definition over."
    return f"Finished {path}: its definition is there, and {move.source} has none any more."


def _sentence(outcome: Outcome) -> str:
    move = outcome.move
    how = _how(move)
    path = f"{move.domain.name} from {move.source} to {move.destination}{_as(move)}"
    if outcome.status is Status.PLANNED:
        return f"Would move {path}, {how}."
    if outcome.status is Status.MOVED and not outcome.confirmed:
        return (
            f"{move.domain.name} went from {move.source} to {move.destination}{_as(move)} within {outcome.duration:.1f} s,"
            " although libvirt reported an error to this task; another run may have moved it."
        )
    if outcome.status is Status.MOVED:
        return f"Moved {path}, {how}, in {outcome.duration:.1f} s."
    if outcome.status is Status.IN_PLACE:
        return f"{move.final_name} is on {move.destination} already: another run moved it while this one waited for its turn."
    return outcome.error or f"{path}: {outcome.status.value}."


def _how(move: Move) -> str:
    if not move.domain.active:
        return "its definition"
    return ("live" if move.live else "not live") + (", encrypted" if move.encrypted else "")


def _as(move: Move) -> str:
    return f" as {move.new_name}" if move.new_name is not None else ""


def _domains(report: Report, uris: dict[str, str]) -> dict[str, Any]:
    # Keyed by the name that the task's author knows it by: the one it had when the task began.
    found = {domain.name: domain for domain in report.settled}
    # Of a domain that stops on its way, its last move counts, and in check mode its first: nothing comes after.
    counting = {
        outcome.move.domain.name: outcome for outcome in (report.outcomes[::-1] if report.planned else report.outcomes)
    }
    found.update({name: _last_seen(outcome) for name, outcome in counting.items() if _is_known(outcome)})
    return {name: domain_record(domain, uris[domain.host]) for name, domain in found.items()}


def _is_known(outcome: Outcome) -> bool:
    return outcome.domain is not None or outcome.status in {Status.PLANNED, Status.NOT_BEGUN}


def _last_seen(outcome: Outcome) -> Domain:
    return outcome.domain or outcome.move.domain


def move_record(outcome: Outcome) -> dict[str, Any]:
    move = outcome.move
    return {
        "domain": move.domain.name,
        "uuid": move.domain.uuid,
        "source": move.source,
        "destination": move.destination,
        "new_name": move.new_name,
        "live": move.live,
        "encrypted": _encrypted(outcome),
        "bandwidth": move.bandwidth if outcome.status is Status.PLANNED else outcome.bandwidth,
        "address": move.address,
        "status": outcome.status.value,
        "timeout": outcome.timeout,
        "started": outcome.started,
        "stopped_because": None if outcome.stopped_because is None else outcome.stopped_because.value,
        "duration": outcome.duration,
        "pause": outcome.pause,
        "error": outcome.error,
    }


def _encrypted(outcome: Outcome) -> bool | None:
    """Whether memory went encrypted, or would; None where none did, or nobody knows whose call sent it."""
    if outcome.status is Status.PLANNED:
        return outcome.move.encrypted if outcome.move.domain.active else None
    return outcome.encrypted


def _before(report: Report) -> dict[str, str]:
    moved = dict(map(_found_at, reversed(report.outcomes)))  # the first move of a domain counts
    return {**{domain.name: domain.host for domain in report.settled}, **moved}


def _found_at(outcome: Outcome) -> tuple[str, str]:
    move = outcome.move
    if outcome.status is Status.IN_PLACE:
        return move.final_name, move.destination
    return move.domain.name, move.source


def _after(report: Report) -> dict[str, str]:
    after = {domain.name: domain.host for domain in report.settled}
    for outcome in report.outcomes:
        move = outcome.move
        if outcome.succeeded or outcome.status in {Status.PLANNED, Status.INCOMPLETE}:
            after[move.final_name] = move.destination
        else:
            after[move.domain.name] = "unknown" if outcome.status is Status.IN_DOUBT else move.source
    return after
