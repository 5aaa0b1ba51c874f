# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever moves fail, no rule of a plan is broken without a word: random fleets and faults, on the fake libvirt."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from itertools import combinations
from random import Random
from typing import Any

import pytest
from fleet import FakeFleet
from whole_hosts import add, hosts_of, run

from ansible_collections.xenfleet.migration.plugins.module_utils._core.arranging.wanted import WholeWish
from ansible_collections.xenfleet.migration.plugins.module_utils._core.at_once import AtOnce
from ansible_collections.xenfleet.migration.plugins.module_utils._core.planner.values import (
    Balance,
    BringHome,
    Drain,
    Rules,
)

FIRST, NUMBER = int(os.environ.get("FIRST_SCHEDULE", "0")), int(os.environ.get("SCHEDULES", "2000")) // 50
WISHES: tuple[WholeWish, ...] = (Drain(frozenset({"xen-a"})), BringHome(None), Balance())
HOSTS = ("xen-a", "xen-b", "xen-c", "xen-d")


def broken(rules: Rules, before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    """Return what doesn't hold any more, in words."""
    torn = {str(sorted(group)) for group in rules.together if _hosts(group, after) > _hosts(group, before)}
    pairs = (pair for group in rules.apart for pair in combinations(sorted(group), 2))
    return torn | {str(pair) for pair in pairs if _hosts(pair, after) == 1 < _hosts(pair, before)}


def _hosts(names: Iterable[str], at: Mapping[str, str]) -> int:
    return len({at[name] for name in names})


def walk(before: Mapping[str, str], moves: Iterable[tuple[str, str]], rules: Rules) -> set[str]:
    """Return what did not hold of those kept apart at any time on the way."""
    at, found = dict(before), set()
    for name, host in moves:
        at[name] = host
        found |= broken(Rules(apart=rules.apart), before, at)
    return found


@pytest.mark.parametrize("seed", range(FIRST, FIRST + NUMBER))
def test_no_rule_is_broken_without_a_word(fleet: FakeFleet, seed: int) -> None:
    random = Random(seed)
    hosts, names = HOSTS[: random.randint(3, 4)], [f"web{number}" for number in range(random.randint(4, 6))]
    for host in hosts[2:]:
        fleet.add_host(host, memory_mib=random.choice((2048, 3072, 4096)))
    for name in names:
        add(
            fleet,
            name,
            random.choice(("xen-a", "xen-a", "xen-b")),
            random.choice((100, 300, 600)),
            random.choice((None, *hosts)),
        )
    groups = [frozenset(names[:2]), frozenset(names[2:4])]
    random.shuffle(groups)
    rules = Rules(random.choice((0, 300)) * 1024, apart=(groups[0],), together=(groups[1],))
    for _number in range(random.randint(1, 2)):
        skip, times = random.randint(0, 2), random.choice((1, 1, 3))
        fleet.fail(random.choice(hosts[:2]), "migrate3", skip=skip, times=times)
    options: dict[str, Any] = random.choice(({}, {"at_once": AtOnce(1, 1, 1)}, {"stop_on_failure": True}))
    before = hosts_of(fleet)
    result = run(fleet, random.choice(WISHES), rules=rules, partial=True, leftovers_ok=True, **options)
    after = hosts_of(fleet)
    assert bool(broken(rules, before, after)) <= result["failed"]
    planned = walk(before, [(step["domain"], step["destination"]) for step in result["plan"]], rules)
    made = [(move["domain"], move["destination"]) for move in result["moves"] if move["status"] == "moved"]
    assert walk(before, made, rules) <= planned
