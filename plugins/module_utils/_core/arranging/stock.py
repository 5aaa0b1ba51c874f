# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that is on all hosts, private to this collection: looked at closely, all hosts at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from ..errors import HypervisorError, MigrationError
from ..hypervisor import Hypervisor
from ..memory import needed_kib
from ..model import DOMAIN_0_UUID, Domain, Fleet
from ..parallel import ask_all
from ..planner.values import Cluster, Machine, Resident, Stuck
from ..snapshot import CONNECT_SECONDS, Hypervisors, LookedAt
from .outside import Outside, look_outside


@dataclass(frozen=True)
class Holding:
    """What one host has: all its memory, and its domains but the control domain.

    ``outside`` is what else its Xen has, None where nobody asked.
    """

    total_kib: int
    domains: tuple[Domain, ...]
    outside: Outside | None = None


@dataclass(frozen=True)
class Stock:
    """The hosts as they were listed, and what each has. One that could not be asked has nothing, and the fleet says why."""

    fleet: Fleet
    holdings: Mapping[str, Holding]

    @cached_property
    def domains(self) -> tuple[Domain, ...]:
        """All domains on all hosts, in the order of the hosts."""
        return tuple(domain for holding in self.holdings.values() for domain in holding.domains)

    @property
    def looked_at(self) -> LookedAt:
        """All domains by host and UUID."""
        return {(domain.host, domain.uuid): domain for domain in self.domains}

    @cached_property
    def doubled(self) -> frozenset[str]:
        """The UUIDs of domains that more than one host has: nobody knows where those are."""
        times = Counter(domain.uuid for domain in self.domains)
        return frozenset(uuid for uuid, number in times.items() if number > 1)

    @property
    def outside(self) -> tuple[Stuck, ...]:
        """What else Xen has on the hosts of which it was asked."""
        return tuple(one for holding in self.holdings.values() if holding.outside for one in holding.outside.stuck)

    @property
    def unseen(self) -> Mapping[str, str]:
        """The hosts of which Xen should have been asked and could not be, and why."""
        asked = {name: holding.outside for name, holding in self.holdings.items() if holding.outside is not None}
        return {name: outside.problem for name, outside in asked.items() if outside.problem is not None}

    def with_closed(self, hosts: Collection[str]) -> Stock:
        """Return it with these hosts as such that accept no domains."""
        states = dict(self.fleet.hosts)
        for name in hosts:
            states[name] = replace(states[name], host=replace(states[name].host, accepts_domains=False))
        return replace(self, fleet=replace(self.fleet, hosts=states))


def take_stock(fleet: Fleet, hypervisors: Hypervisors, to_empty: Collection[str] = ()) -> Stock:
    """Look at every domain of every host; a host that doesn't answer any more counts as one that could not be asked.

    Of the hosts that are to be emptied Xen itself is asked, too.
    """
    reachable = [name for name, state in fleet.hosts.items() if state.unreachable is None]
    answers = ask_all(lambda name: _hold(fleet, name, hypervisors[name]), reachable, CONNECT_SECONDS, _no_answer)
    states = dict(fleet.hosts)
    holdings: dict[str, Holding] = {}
    for name, answer in answers.items():
        if isinstance(answer, MigrationError):
            states[name] = replace(states[name], listed=(), unreachable=str(answer))
        else:
            holdings[name] = answer
    return Stock(Fleet(states), {**holdings, **_with_outside(fleet, holdings, hypervisors, to_empty)})


def _with_outside(
    fleet: Fleet, holdings: Mapping[str, Holding], hypervisors: Hypervisors, to_empty: Collection[str]
) -> dict[str, Holding]:
    """Return what the hosts that are to be emptied have, with what else their Xen has."""
    asked = [name for name in holdings if name in to_empty]
    told = ask_all(lambda name: look_outside(fleet.hosts[name], hypervisors[name]), asked, CONNECT_SECONDS, _no_answer)
    return {
        name: replace(
            holdings[name], outside=Outside(problem=str(answer)) if isinstance(answer, MigrationError) else answer
        )
        for name, answer in told.items()
    }


def cluster_of(stock: Stock, shut_off: bool) -> Cluster:
    """Return what the planner plans with: no domains that more than one host has, and none that are shut off unless they count.

    A host that could not be asked, or that is said to accept no domains, is there, and takes nothing.
    """
    doubled = stock.doubled
    residents = (resident(domain) for domain in stock.domains if domain.uuid not in doubled)
    return Cluster(
        tuple(_machine(name, stock) for name in stock.fleet.hosts),
        tuple(one for one in residents if shut_off or one.need_kib),
    )


def _machine(name: str, stock: Stock) -> Machine:
    holding = stock.holdings.get(name)
    if holding is None:
        return Machine(name, 0, 0, accepts=False)
    return machine(name, holding.total_kib, stock.fleet, stock.fleet.hosts[name].host.accepts_domains)


def machine(name: str, total_kib: int, fleet: Fleet, accepts: bool = True) -> Machine:
    """Return a host as the planner knows it.

    What its control domain would give up counts as free; together it is never more than there is.
    """
    return Machine(name, total_kib, min(fleet.room_kib[name], total_kib), accepts)


def resident(domain: Domain) -> Resident:
    """Return a domain as the planner knows it."""
    return Resident(domain.name, domain.uuid, domain.host, needed_kib(domain), domain.home)


def _hold(fleet: Fleet, name: str, hypervisor: Hypervisor) -> Holding:
    listed = [listed.uuid for listed in fleet.hosts[name].listed if listed.uuid != DOMAIN_0_UUID]
    seen = (hypervisor.inspect(uuid) for uuid in listed)
    return Holding(hypervisor.total_memory_kib(), tuple(domain for domain in seen if domain is not None))


def _no_answer(name: str) -> MigrationError:
    return HypervisorError(name, "show its domains", f"no answer within {CONNECT_SECONDS} s")
