# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts before and after, as a report's page shows them, private to this collection: pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ansible_collections.xenfleet.migration.plugins.plugin_utils._report_run import DomainSeen, HostSeen, Run
from ansible_collections.xenfleet.migration.plugins.plugin_utils._report_words import NOT_MEASURED, count, memory


@dataclass(frozen=True)
class DomainView:
    """A domain in a host's list; ``mark`` is "left", "arrived" or nothing."""

    name: str
    memory: str
    state: str
    mark: str


@dataclass(frozen=True)
class StateView:
    """A host at one time. Widths are percent: ``size`` of the largest host of the page, ``used`` of the host itself."""

    when: str
    problem: str | None
    memory: str
    size: float | None
    used: float | None
    count: str
    domains: tuple[DomainView, ...]


@dataclass(frozen=True)
class HostView:
    """A host, as it was seen before and after; a time at which nobody looked is left out."""

    name: str
    states: tuple[StateView, ...]


def host_views(run: Run) -> tuple[HostView, ...]:
    """Return the hosts in the order of their names."""
    names = sorted({*run.before, *run.after})
    seen = [host for side in (run.before, run.after) for host in side.values()]
    largest = max((host.memory_mib or 0 for host in seen), default=0)
    return tuple(HostView(name, _states(run.before.get(name), run.after.get(name), largest)) for name in names)


def _states(before: HostSeen | None, after: HostSeen | None, largest: float) -> tuple[StateView, ...]:
    pairs = (("Before", before, after, "left"), ("After", after, before, "arrived"))
    return tuple(
        _state(when, host, _names_of(other), mark, largest) for when, host, other, mark in pairs if host is not None
    )


def _names_of(other: HostSeen | None) -> Collection[str] | None:
    """Return which domains the host had at the other time; None where that isn't known."""
    return None if other is None or other.problem else {_identity(domain) for domain in other.domains}


def _identity(domain: DomainSeen) -> str:
    return domain.uuid or domain.name or ""


def _state(when: str, host: HostSeen, other: Collection[str] | None, mark: str, largest: float) -> StateView:
    domains = tuple(
        _domain(domain, mark if other is not None and _identity(domain) not in other else "") for domain in host.domains
    )
    return StateView(
        when=when,
        problem=host.problem,
        memory=_memory(host),
        size=None if not host.memory_mib else _percent(host.memory_mib, largest),
        used=None if not host.memory_mib or host.free_mib is None else 100 - _percent(host.free_mib, host.memory_mib),
        count=count(len(domains), "domain"),
        domains=domains,
    )


def _domain(domain: DomainSeen, mark: str) -> DomainView:
    amount = "" if domain.memory_mib is None else memory(domain.memory_mib)
    return DomainView(domain.name or domain.uuid or "(no name told)", amount, domain.state or "", mark)


def _memory(host: HostSeen) -> str:
    if host.memory_mib is None or host.free_mib is None:
        known = {"in all": host.memory_mib, "free": host.free_mib}
        return ", ".join(f"{memory(mib)} {what}" for what, mib in known.items() if mib is not None) or NOT_MEASURED
    used = max(0.0, host.memory_mib - host.free_mib)
    return f"{memory(used)} of {memory(host.memory_mib)} used, {memory(host.free_mib)} free"


def _percent(part: float, whole: float) -> float:
    return round(min(100.0, part / whole * 100), 3)
