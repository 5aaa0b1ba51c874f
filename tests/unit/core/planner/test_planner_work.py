# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What planning costs, in calls and not in time: four times the cluster, some four times the work."""

from __future__ import annotations

import sys
from random import Random
from types import FrameType

import pytest
from clusters import GIB

from ansible_collections.xenfleet.migration.plugins.module_utils._core.planner.planning import plan
from ansible_collections.xenfleet.migration.plugins.module_utils._core.planner.values import (
    Balance,
    BringHome,
    Cluster,
    Drain,
    Machine,
    Place,
    Resident,
    Rules,
    Wish,
)

HOST_GIB = 64
MOST_RATIO = 5.5
"""Four, and what finding a host among four times as many costs more."""


def crowded(hosts: int, left_gib: int) -> Cluster:
    """Make hosts of 64 GiB that are full but for some GiB, of domains whose homes are anywhere."""
    random = Random(hosts)
    machines, residents = [], []
    for number in range(hosts):
        name, free = f"xen-{number:03}", HOST_GIB
        while free > left_gib:
            need = min(random.choice((1, 2, 4)), free)
            free -= need
            index = len(residents)
            home = f"xen-{random.randrange(hosts):03}"
            residents.append(Resident(f"d{index:05}", f"uuid-{index:05}", name, need * GIB, home))
        machines.append(Machine(name, HOST_GIB * GIB, free * GIB))
    return Cluster(tuple(machines), tuple(residents))


def exchanged(made: Cluster) -> Place:
    """Have domains of one size change places at random: there is room for all in the end, and little on the way."""
    random = Random(1)
    placement = {}
    for size in sorted({resident.need_kib for resident in made.residents}):
        alike = [resident for resident in made.residents if resident.need_kib == size]
        hosts = random.sample([resident.host for resident in alike], len(alike))
        placement.update({resident.uuid: host for resident, host in zip(alike, hosts, strict=True)})
    return Place(placement)


def in_threes(made: Cluster) -> Rules:
    names = [resident.name for resident in made.residents]
    return Rules(apart=tuple(frozenset(names[start : start + 3]) for start in range(0, len(names), 3)))


def calls(made: Cluster, wish: Wish, rules: Rules) -> int:
    count = 0

    def note(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        plan(made, wish, rules)
    finally:
        sys.setprofile(None)
    return count


def a_tenth(hosts: int) -> Drain:
    return Drain(frozenset(f"xen-{number:03}" for number in range(hosts // 10)))


@pytest.mark.parametrize(
    ("what", "left_gib"),
    [("drain", 20), ("drain", 4), ("home", 20), ("home", 4), ("exchange", 8), ("balance", 20), ("drain in groups", 20)],
)
def test_four_times_the_hosts_and_domains_are_some_four_times_the_work(what: str, left_gib: int) -> None:
    found = []
    for hosts in (20, 80):
        made = crowded(hosts, left_gib)
        wish: Wish = {
            "drain": a_tenth(hosts),
            "drain in groups": a_tenth(hosts),
            "home": BringHome(),
            "exchange": exchanged(made),
            "balance": Balance(0.01),
        }[what]
        found.append(calls(made, wish, in_threes(made) if "groups" in what else Rules()))
    assert found[1] / found[0] < MOST_RATIO, found
