# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From results of tasks to what a report tells, private to this collection: pure.

Anything may be missing from a result, or be of another type than meant: it counts as not said.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.xenfleet.migration.plugins.plugin_utils._report_run import (
    BLOCKS,
    IN_PLACE,
    PLANNED,
    BlockedDomain,
    DomainPlace,
    DomainSeen,
    ErrorText,
    FindingRecord,
    HostSeen,
    MoveRecord,
    PlannedMove,
    Run,
)


def read_run(result: object) -> Run:
    """Return what one result says, or several: a list of them, or what a loop registered.

    Hosts are shown before as the first result shows them, and after as the last one does. Raises ``ValueError`` for anything
    that is no result.
    """
    runs = [_run(one) for one in _results(result)]
    return Run(
        changed=_any(run.changed for run in runs),
        failed=_any(run.failed for run in runs),
        messages=tuple(text for run in runs for text in run.messages),
        moves=tuple(move for run in runs for move in run.moves),
        plan=tuple(planned for run in runs for planned in run.plan),
        blocked=tuple(blocked for run in runs for blocked in run.blocked),
        findings=tuple(finding for run in runs for finding in run.findings),
        domains=tuple({place.asked: place for run in runs for place in run.domains}.values()),
        errors=tuple(error for run in runs for error in run.errors),
        before={name: host for run in reversed(runs) for name, host in run.before.items()},
        after={name: host for run in runs for name, host in run.after.items()},
    )


def _results(result: object) -> list[Mapping[str, Any]]:
    if isinstance(result, Mapping):
        looped = result.get("results")
        return _results(looped) if _is_list(looped) else [result]
    if isinstance(result, Sequence) and not isinstance(result, (str, bytes)):
        return [one for part in result for one in _results(part)]
    raise ValueError(f"A report is made of a task's result, or of a list of results, not of {result!r:.80}.")


def _run(result: Mapping[str, Any]) -> Run:
    # A task that only checks says "ready", and gives moves without a status: those that would be made.
    records = [_move(record, "ready" in result) for record in _records(result.get("moves"))]
    # One that another run made is told of where that run is.
    moves = tuple(move for move in records if move.status != IN_PLACE)
    findings = tuple(_finding(record) for record in _records(result.get("findings")))
    blocked = tuple(_blocked(record) for record in _records(result.get("blocked")))
    message, failed = _text(result.get("msg")), _truth(result.get("failed"))
    explained = blocked or any(finding.severity == BLOCKS for finding in findings)
    errors = tuple(_error(move) for move in moves if move.error)
    if failed and message and not errors and not explained:
        errors = (ErrorText(message),)
    return Run(
        changed=_truth(result.get("changed")),
        failed=failed,
        messages=(message,) if message else (),
        moves=moves,
        plan=tuple(_planned(record) for record in _records(result.get("plan"))),
        blocked=blocked,
        findings=findings,
        domains=_places(result.get("domains")),
        errors=errors,
        before=_hosts(result, "before"),
        after=_hosts(result, "after"),
    )


def _move(record: Mapping[str, Any], only_checked: bool) -> MoveRecord:
    move = MoveRecord(
        **_texts(record, "domain", "uuid", "source", "destination", "new_name", "status", "stopped_because", "error"),
        **_numbers(record, "started", "duration", "pause", "bandwidth", "timeout"),
        live=_truth(record.get("live")),
        encrypted=_truth(record.get("encrypted")),
    )
    return replace(move, status=PLANNED) if only_checked and move.status is None else move


def _error(move: MoveRecord) -> ErrorText:
    return ErrorText(move.error or "", move.domain, move.source, move.destination)


def _planned(record: Mapping[str, Any]) -> PlannedMove:
    texts = _texts(record, "domain", "uuid", "source", "destination", "reason")
    return PlannedMove(**texts, memory_mib=_number(record.get("memory_mib")))


def _blocked(record: Mapping[str, Any]) -> BlockedDomain:
    return BlockedDomain(**_texts(record, "domain", "host", "code", "reason"))


def _finding(record: Mapping[str, Any]) -> FindingRecord:
    return FindingRecord(**_texts(record, "code", "severity", "domain", "message"))


def _places(domains: object) -> tuple[DomainPlace, ...]:
    if not isinstance(domains, Mapping):
        return ()
    return tuple(
        DomainPlace(str(asked), **_texts(record, "name", "uuid", "host", "state"))
        for asked, record in domains.items()
        if isinstance(record, Mapping)
    )


def _hosts(result: Mapping[str, Any], when: str) -> dict[str, HostSeen]:
    hosts = result.get("hosts")
    seen = hosts.get(when) if isinstance(hosts, Mapping) else None
    if not isinstance(seen, Mapping):
        return {}
    return {str(name): _host(record) for name, record in seen.items() if isinstance(record, Mapping)}


def _host(record: Mapping[str, Any]) -> HostSeen:
    return HostSeen(
        **_numbers(record, "memory_mib", "free_mib"),
        domains=tuple(_domain(domain) for domain in _records(record.get("domains"))),
        problem=_text(record.get("problem")),
    )


def _domain(record: Mapping[str, Any]) -> DomainSeen:
    return DomainSeen(**_texts(record, "name", "uuid", "state"), memory_mib=_number(record.get("memory_mib")))


def _texts(record: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: _text(record.get(name)) for name in names}


def _numbers(record: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: _number(record.get(name)) for name in names}


def _records(value: Any) -> list[Mapping[str, Any]]:
    return [record for record in value if isinstance(record, Mapping)] if _is_list(value) else []


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


def _text(value: object) -> str | None:
    return str(value) if isinstance(value, str) and value else None


def _truth(value: object) -> bool | None:
    return bool(value) if isinstance(value, bool) else None


def _number(value: object) -> float | None:
    """Return a number that is a length of something; a negative one was never measured."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if math.isfinite(value) and value >= 0 else None


def _any(values: Iterable[bool | None]) -> bool | None:
    said = [value for value in values if value is not None]
    return any(said) if said else None
