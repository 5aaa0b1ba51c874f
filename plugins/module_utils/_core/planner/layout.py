# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where every domain is while a plan is made, private to this collection: the planner's one mutable thing."""

from __future__ import annotations

from collections.abc import Iterable

from .groups import Groups
from .ranking import Ranking
from .values import Cluster, Machine, Rules


class Layout:
    """A cluster that can be rearranged. Residents are sorted by name, hosts too, so nothing depends on the order given.

    ``shut`` are hosts that nothing may go to besides those that the rules exclude.
    """

    def __init__(self, cluster: Cluster, rules: Rules, shut: frozenset[str] = frozenset()) -> None:
        ordered = sorted(cluster.residents, key=lambda resident: (resident.name, resident.uuid))
        self.rules = rules
        self.machines = {
            machine.name: machine for machine in sorted(cluster.machines, key=lambda machine: machine.name)
        }
        self.residents = {resident.uuid: resident for resident in ordered}
        self.groups = Groups(ordered, rules)
        self.at = {resident.uuid: resident.host for resident in ordered}
        self.free = {name: machine.free_kib for name, machine in self.machines.items()}
        self.on: dict[str, dict[str, None]] = {name: {} for name in self.machines}
        for resident in ordered:
            self.on[resident.host][resident.uuid] = None
        self.open = tuple(name for name in self.machines if self._is_open(self.machines[name], shut))
        self.largest_kib = max((self.machines[name].total_kib for name in self.open), default=1) or 1
        self.fullness = Ranking()
        self.crowd = Ranking()
        self.rooms = Ranking()
        self._ranked = frozenset(self.open)
        self._apart: dict[tuple[int, str], int] = {}
        self._forbidden: dict[str, set[str]] = {}
        self._index()

    def _is_open(self, machine: Machine, shut: frozenset[str]) -> bool:
        allowed = self.rules.allowed
        return machine.accepts and machine.name not in shut and (allowed is None or machine.name in allowed)

    def _index(self) -> None:
        for name in self.open:
            self._rank(name)
        for uuid, numbers in self.groups.apart_of.items():
            for number in numbers:
                self._count(number, self.at[uuid], 1)
        for uuid, host in self.rules.forbidden:
            self._forbidden.setdefault(uuid, set()).add(host)

    def _rank(self, name: str) -> None:
        if name in self._ranked:
            self.fullness.put(name, self.share(name))
            self.crowd.put(name, len(self.on[name]))
            self.rooms.put(name, self.room(name))

    def _count(self, number: int, host: str, change: int) -> None:
        self._apart[number, host] = self._apart.get((number, host), 0) + change

    def share(self, host: str, more_kib: int = 0) -> float:
        """Return which share of a host's memory is in use, or would be with ``more_kib``: 0 to 1."""
        total = self.machines[host].total_kib
        return (total - self.free[host] + more_kib) / total if total > 0 else 1.0

    def room(self, host: str) -> int:
        """Return the KiB that may still be taken on a host; negative where its reserve is already used."""
        return self.free[host] - self.rules.reserve_kib

    def fits(self, need_kib: int, host: str) -> bool:
        """Return whether there is room; what needs none always fits."""
        return need_kib <= 0 or need_kib <= self.room(host)

    def fits_nowhere(self, need_kib: int) -> bool:
        """Return whether no open host has room."""
        return not self.open or 0 < need_kib > self.rooms.most()[0]

    def is_pinned(self, uuid: str) -> bool:
        """Return whether a domain is to stay where it is."""
        return self.residents[uuid].name in self.rules.pinned

    def is_forbidden(self, uuid: str, host: str) -> bool:
        """Return whether preflight has ruled this out."""
        return host in self._forbidden.get(uuid, ())

    def is_parted(self, uuid: str, host: str) -> bool:
        """Return whether a host holds somebody else from whom this one is kept apart."""
        own = 1 if self.at[uuid] == host else 0
        numbers = self.groups.apart_of.get(uuid, ())
        return any(self._apart.get((number, host), 0) > own for number in numbers)

    def rivals(self, uuid: str, host: str) -> tuple[str, ...]:
        """Return those on a host from whom this one is kept apart."""
        if not self.is_parted(uuid, host):
            return ()
        numbers = self.groups.apart_of.get(uuid, ())
        found = {other for number in numbers for other in self.groups.apart[number] if self.at[other] == host}
        return tuple(sorted(found - {uuid}, key=self.order_of))

    def is_bound(self, uuid: str) -> bool:
        """Return whether any rule, other than that of memory, limits where this one may go."""
        return uuid in self.groups.apart_of or uuid in self._forbidden

    def order_of(self, uuid: str) -> tuple[str, str]:
        """Return the key by which domains are sorted."""
        return (self.residents[uuid].name, uuid)

    def in_order(self, uuids: Iterable[str]) -> tuple[str, ...]:
        """Return domains by name."""
        return tuple(sorted(uuids, key=self.order_of))

    def move(self, uuid: str, host: str) -> None:
        """Put a domain onto another host, whatever speaks against it."""
        source, need = self.at[uuid], self.residents[uuid].need_kib
        if source == host:
            return
        del self.on[source][uuid]
        self.on[host][uuid] = None
        self.at[uuid] = host
        self.free[source] += need
        self.free[host] -= need
        for number in self.groups.apart_of.get(uuid, ()):
            self._count(number, source, -1)
            self._count(number, host, 1)
        self._rank(source)
        self._rank(host)
