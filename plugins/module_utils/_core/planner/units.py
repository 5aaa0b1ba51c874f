# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Domains that leave drained hosts as one, private to this collection: pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from .lacks import need_of
from .layout import Layout


@dataclass(frozen=True)
class Unit:
    """Domains (UUIDs, by name) that go to one host. ``bound`` is whether anything but memory limits where."""

    uuids: tuple[str, ...]
    need_kib: int
    bound: bool


def unit(layout: Layout, uuids: tuple[str, ...]) -> Unit:
    """Make a unit."""
    ordered = layout.in_order(uuids)
    return Unit(ordered, need_of(layout, ordered), any(layout.is_bound(uuid) for uuid in ordered))


def units_on(layout: Layout, hosts: frozenset[str]) -> list[Unit]:
    """Return all domains on these hosts, those that are kept together as one unit."""
    found: dict[tuple[str, ...], Unit] = {}
    for uuid in layout.in_order(uuid for host in hosts for uuid in layout.on[host]):
        together = tuple(other for other in layout.groups.circle(uuid) if layout.at[other] in hosts)
        if together not in found:
            found[together] = unit(layout, together)
    return list(found.values())


def by_source(layout: Layout, whole: Unit) -> list[Unit]:
    """Return the parts of a unit that are on one host now: going separate ways, they are no more torn up than they were."""
    parts: dict[str, list[str]] = {}
    for uuid in whole.uuids:
        parts.setdefault(layout.at[uuid], []).append(uuid)
    return [unit(layout, tuple(part)) for part in parts.values()]


def mates(layout: Layout, whole: Unit) -> list[str]:
    """Return the open hosts where others of the same group are, those with most of them first."""
    others = set(layout.groups.circle(whole.uuids[0])) - set(whole.uuids)
    counts = Counter(layout.at[other] for other in others)
    open_hosts = [host for host in counts if host in layout.fullness]
    return sorted(open_hosts, key=lambda host: (-counts[host], host))
