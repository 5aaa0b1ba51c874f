# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Domains that more than one host has, private to this collection: no plan is made for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..model import Domain, Fleet, Unfinished, Wish
from ..planner.values import BringHome, Drain, Resident, Stuck
from ..snapshot import Hypervisors
from ..unfinished import find_unfinished
from .stock import Stock
from .wanted import WholeWish


def doubled(stock: Stock, wish: WholeWish) -> Iterator[Stuck]:
    """Return those that the wish is about, each with where it is."""
    for domain in stock.domains:
        if domain.uuid in stock.doubled and _is_meant(domain, wish):
            copies = [copy for copy in stock.domains if copy.uuid == domain.uuid]
            resident = Resident(domain.name, domain.uuid, domain.host, 0, domain.home)
            yield Stuck(resident, "domain_ambiguous", _sentence(copies))


def interrupted(fleet: Fleet, hypervisors: Hypervisors) -> tuple[Fleet, tuple[Unfinished, ...]]:
    """Return the fleet as it will be when all moves are finished that were interrupted at their end, and these."""
    places = (places for places in fleet.by_uuid.values() if len(places) > 1)
    names = dict.fromkeys(place.listed.name for found in places for place in found)
    return find_unfinished(fleet, [Wish(name, "") for name in names], hypervisors)


def _is_meant(domain: Domain, wish: WholeWish) -> bool:
    if isinstance(wish, Drain):
        return domain.host in wish.hosts
    if isinstance(wish, BringHome):
        return domain.home not in (None, domain.host) and (wish.hosts is None or domain.home in wish.hosts)
    return False


def _sentence(copies: Sequence[Domain]) -> str:
    found = " and ".join(f"on {copy.host} ({copy.state.value})" for copy in copies)
    return f"it exists more than once: {found}. xen_domain_recover tells which is right, and mends what is certain."
