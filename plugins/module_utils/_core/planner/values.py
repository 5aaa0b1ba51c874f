# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The values that the planner takes and returns, private to this collection: frozen, and made of nothing but plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Union


@dataclass(frozen=True)
class Machine:
    """A host. ``free_kib`` is what domains could take now, with what its control domain would give up.

    ``accepts`` is whether domains may be planned onto it.
    """

    name: str
    total_kib: int
    free_kib: int
    accepts: bool = True


@dataclass(frozen=True)
class Resident:
    """A domain and the host that it is on. ``need_kib`` is 0 for one that is shut off: it needs no room, wherever it goes.

    ``home`` is the host where it belongs, None if nobody said. Two may have one name; ``uuid`` tells them apart.
    """

    name: str
    uuid: str
    host: str
    need_kib: int
    home: str | None = None


@dataclass(frozen=True)
class Cluster:
    """All hosts and all domains. In which order they are given makes no difference to any plan."""

    machines: tuple[Machine, ...]
    residents: tuple[Resident, ...]


@dataclass(frozen=True)
class Rules:
    """What every plan keeps to.

    ``reserve_kib`` stays free on each destination after each step. No two domains of a group in ``apart`` come to be on one
    host, and no group in ``together`` is torn up. Those in ``pinned`` stay. All three name domains. ``forbidden`` are pairs of
    a domain's UUID and a host that it can't go to, and ``why`` has a sentence for those of which the reason is known.
    ``allowed`` are the only hosts that anything goes to, None for any.
    """

    reserve_kib: int = 0
    apart: tuple[frozenset[str], ...] = ()
    together: tuple[frozenset[str], ...] = ()
    pinned: frozenset[str] = frozenset()
    forbidden: frozenset[tuple[str, str]] = frozenset()
    allowed: frozenset[str] | None = None
    why: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """These domains are to be on these hosts: UUID -> host."""

    placement: Mapping[str, str]


@dataclass(frozen=True)
class Drain:
    """Nothing is to be left on these hosts, not even what is shut off."""

    hosts: frozenset[str]


@dataclass(frozen=True)
class BringHome:
    """Whoever's home is one of these hosts, or any host if None, and who is elsewhere, is to go home."""

    hosts: frozenset[str] | None = None


@dataclass(frozen=True)
class Balance:
    """No host's share of memory in use is to be more than ``tolerance`` above or below the mean (0.05 is 5 % of its memory)."""

    tolerance: float = 0.05


Wish = Union[Place, Drain, BringHome, Balance]


@dataclass(frozen=True)
class Step:
    """One move, and why it is made. A domain goes through a third host, in two steps, only where there is no other way."""

    resident: Resident
    source: str
    destination: str
    reason: str


@dataclass(frozen=True)
class Stuck:
    """A domain that can't go where it was wished to, or anywhere. docs/planning.md has the codes, which don't change."""

    resident: Resident
    code: str
    reason: str


@dataclass(frozen=True)
class Schedule:
    """Steps in an order in which each fits, made one after the other; and what no step was found for."""

    steps: tuple[Step, ...] = ()
    stuck: tuple[Stuck, ...] = ()
