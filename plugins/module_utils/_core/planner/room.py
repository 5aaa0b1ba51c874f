# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Room on a host for those who find none, by having one or two others go elsewhere: private to this collection.

Memory in pieces is the usual reason: 16 GiB are wanted, and two hosts have 10 GiB each. Somebody from whom a unit is kept apart
can be in the way, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, islice

from .layout import Layout
from .packing import can_go, evenly, put
from .units import Unit, unit

MOST_HOSTS = 12
"""Hosts on which room is looked for, those that lack least first."""
MOST_MOVED = 3
"""Domains, rivals included, that are moved for the sake of one unit."""
MOST_SETS = 24
"""Sets of domains that are tried on each host, those that cost least first."""

Moves = list[tuple[str, str]]
"""Domains, and the hosts that they were on."""


def make_room(layout: Layout, whole: Unit, settled: frozenset[str]) -> Moves | None:
    """Move others and then the unit, and return those others with their former hosts; None, and no change, if it can't be done.

    ``settled`` are those who are to move in any case, so that moving them costs nothing.
    """
    for host in _hosts(layout, whole):
        for others in _sets(layout, whole, host, settled):
            moves = _make_way(layout, whole, host, others)
            if moves is not None:
                return moves
    return None


def _hosts(layout: Layout, whole: Unit) -> list[str]:
    possible = [host for host in layout.open if not any(layout.is_forbidden(uuid, host) for uuid in whole.uuids)]
    return sorted(possible, key=lambda host: (-layout.room(host), host))[:MOST_HOSTS]


def _sets(layout: Layout, whole: Unit, host: str, settled: frozenset[str]) -> Iterator[tuple[str, ...]]:
    """Yield sets of domains whose leaving would make room, those that move fewest and least first."""
    rivals = {rival for uuid in whole.uuids for rival in layout.rivals(uuid, host)}
    if len(rivals) > MOST_MOVED or not all(_may_leave(layout, rival) for rival in rivals):
        return
    first = layout.in_order(rivals)
    short = whole.need_kib - layout.room(host) - sum(layout.residents[uuid].need_kib for uuid in first)
    others = [uuid for uuid in layout.on[host] if uuid not in rivals and _helps(layout, uuid)]
    others.sort(key=lambda uuid: (layout.residents[uuid].need_kib, layout.order_of(uuid)))
    found = []
    for count in range(min(MOST_MOVED - len(first), 2) + 1):
        for some in combinations(others, count):
            freed = sum(layout.residents[uuid].need_kib for uuid in some)
            if freed >= short or not whole.need_kib:
                found.append((sum(uuid not in settled for uuid in some), freed, some))
    found.sort(key=lambda entry: entry[:2])
    yield from ((*first, *some) for _cost, _freed, some in islice(found, MOST_SETS))


def _may_leave(layout: Layout, uuid: str) -> bool:
    return not layout.is_pinned(uuid) and len(layout.groups.circle(uuid)) == 1


def _helps(layout: Layout, uuid: str) -> bool:
    return layout.residents[uuid].need_kib > 0 and _may_leave(layout, uuid)


def _make_way(layout: Layout, whole: Unit, host: str, others: Sequence[str]) -> Moves | None:
    moves: Moves = []
    # The largest first: it finds a place less easily.
    for uuid in sorted(others, key=lambda uuid: -layout.residents[uuid].need_kib):
        elsewhere = _elsewhere(layout, uuid, host)
        if elsewhere is None:
            break
        layout.move(uuid, elsewhere)
        moves.append((uuid, host))
    if len(moves) == len(others) and can_go(layout, whole, host):
        put(layout, whole, host)
        return moves
    for uuid, _host in moves:
        layout.move(uuid, host)
    return None


def _elsewhere(layout: Layout, uuid: str, host: str) -> str | None:
    single = unit(layout, (uuid,))
    best = evenly(layout, single)
    if best != host:
        return best
    possible = (other for _share, other in layout.fullness if other != host and can_go(layout, single, other))
    return next(possible, None)
