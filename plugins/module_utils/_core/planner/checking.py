# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refuses what no plan could be made for because it contradicts itself, private to this collection: pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ..errors import InvalidInput
from .values import Balance, BringHome, Cluster, Drain, Place, Rules, Wish


def check(cluster: Cluster, wish: Wish, rules: Rules) -> None:
    """Raise ``InvalidInput`` for doubled or unknown hosts and domains, and rules that nothing could keep."""
    hosts = {machine.name for machine in cluster.machines}
    _refuse_doubles("Host", (machine.name for machine in cluster.machines))
    _refuse_doubles("The domain with UUID", (resident.uuid for resident in cluster.residents))
    for resident in cluster.residents:
        if resident.host not in hosts:
            raise InvalidInput(
                f"Domain {resident.name} is on host {resident.host}, which is not among those planned for."
            )
        if resident.need_kib < 0:
            raise InvalidInput(f"Domain {resident.name} can't need {resident.need_kib} KiB.")
    if rules.reserve_kib < 0:
        raise InvalidInput(f"A reserve of {rules.reserve_kib} KiB can't be kept.")
    _check_groups(rules)
    _check_wish(cluster, wish, hosts)


def _refuse_doubles(what: str, names: Iterable[str]) -> None:
    doubled = sorted(name for name, times in Counter(names).items() if times > 1)
    if doubled:
        raise InvalidInput(f"{what} {doubled[0]} is given twice.")


def _check_groups(rules: Rules) -> None:
    bound: dict[str, set[str]] = {}
    for group in rules.together:
        joined = set(group).union(*(bound.get(name, set()) for name in group))
        bound.update(dict.fromkeys(joined, joined))
    for apart in rules.apart:
        for name in sorted(apart):
            both = sorted((bound.get(name, set()) & apart) - {name})
            if both:
                raise InvalidInput(f"Domains {name} and {both[0]} are to be kept together and to be kept apart.")


def _check_wish(cluster: Cluster, wish: Wish, hosts: set[str]) -> None:
    if isinstance(wish, Place):
        uuids = {resident.uuid for resident in cluster.residents}
        unknown = sorted(uuid for uuid in wish.placement if uuid not in uuids)
        if unknown:
            raise InvalidInput(f"There is no domain with UUID {unknown[0]} to be placed.")
        _refuse_unknown(wish.placement.values(), hosts)
    elif isinstance(wish, Balance):
        if not 0 <= wish.tolerance <= 1:
            raise InvalidInput(f"A tolerance of {wish.tolerance} is not between 0 and 1.")
    elif isinstance(wish, Drain) or (isinstance(wish, BringHome) and wish.hosts is not None):
        _refuse_unknown(wish.hosts or (), hosts)


def _refuse_unknown(named: Iterable[str], hosts: set[str]) -> None:
    unknown = sorted(set(named) - hosts)
    if unknown:
        raise InvalidInput(f"Host {unknown[0]} is unknown. Known hosts: {', '.join(sorted(hosts))}.")
