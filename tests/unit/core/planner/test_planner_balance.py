# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts are made even: cases, and a cluster as full as any."""

from __future__ import annotations

from random import Random
from statistics import pstdev

import pytest
from clusters import GIB, cluster, moves, troubles

from ansible_collections.xenfleet.migration.plugins.module_utils._core.planner.applied import applied
from ansible_collections.xenfleet.migration.plugins.module_utils._core.planner.planning import plan
from ansible_collections.xenfleet.migration.plugins.module_utils._core.planner.values import Balance, Cluster, Rules


def shares(made: Cluster) -> list[float]:
    return [1 - machine.free_kib / machine.total_kib for machine in made.machines if machine.accepts]


def test_the_one_move_that_helps_most_is_made() -> None:
    made = cluster({"xen-a": (16, {"one": 1, "four": 4, "eight": 8}), "xen-b": (16, {"old": 5})})
    schedule = plan(made, Balance())
    assert moves(schedule) == ["four xen-a xen-b"]
    assert schedule.steps[0].reason == "xen-a uses 81% of its memory; xen-b is least full (11 of 16 GiB free)"


def test_within_the_tolerance_nothing_moves() -> None:
    made = cluster({"xen-a": (16, {"a1": 1, "a2": 8}), "xen-b": (16, {"b1": 7})})
    assert moves(plan(made, Balance(0.07))) == []
    assert moves(plan(made, Balance(0.05))) == ["a1 xen-a xen-b"]


def test_two_change_places_where_no_single_move_helps() -> None:
    made = cluster({"xen-a": (16, {"six": 6, "seven": 6}), "xen-b": (16, {"four": 4, "five": 4})})
    schedule = plan(made, Balance(0.0))
    assert moves(schedule) == ["seven xen-a xen-b", "five xen-b xen-a"]
    assert schedule.steps[1].reason == "changes places with seven, for xen-b and xen-a to be more even"


def test_a_larger_host_takes_more() -> None:
    made = cluster({"xen-a": (16, {f"a{number}": 1 for number in range(12)}), "xen-b": (32, {})})
    end = applied(made, plan(made, Balance(0.01)).steps)
    assert shares(end) == [0.25, 0.25]


def test_a_closed_host_neither_gives_nor_takes() -> None:
    made = cluster(
        {"xen-a": (16, {"a": 4, "b": 4}), "xen-b": (16, {}), "xen-c": (16, {"c": 8, "d": 8})}, closed=["xen-c"]
    )
    assert moves(plan(made, Balance())) == ["a xen-a xen-b"]


def test_those_kept_together_go_together_and_the_pinned_stay() -> None:
    made = cluster({"xen-a": (16, {"app": 2, "db": 2, "here": 4}), "xen-b": (16, {})})
    rules = Rules(together=(frozenset(["app", "db"]),), pinned=frozenset(["here"]))
    assert moves(plan(made, Balance(), rules)) == ["app xen-a xen-b", "db xen-a xen-b"]


def test_those_kept_apart_are_parted_where_there_is_room() -> None:
    made = cluster({"xen-a": (16, {"web01": 2, "web02": 1}), "xen-b": (16, {"old": 4})})
    schedule = plan(made, Balance(0.5), Rules(apart=(frozenset(["web01", "web02"]),)))
    assert moves(schedule) == ["web02 xen-a xen-b"]
    assert schedule.steps[0].reason == "is kept apart from web01 on xen-a; xen-b has room (12 of 16 GiB free)"


def test_those_kept_apart_who_cant_be_parted_are_told() -> None:
    made = cluster({"xen-a": (16, {"web01": 2, "web02": 1}), "xen-b": (16, {"old": 16})})
    schedule = plan(
        made, Balance(0.5), Rules(apart=(frozenset(["web01", "web02"]),), pinned=frozenset(["web01", "old"]))
    )
    assert troubles(schedule) == {"web01": "pinned", "web02": "memory_short"}
    assert schedule.stuck[1].reason == (
        "is on xen-a with web01, from which it is kept apart; needs 1024 MiB: xen-b has 0 MiB free of 16384 MiB."
    )


@pytest.mark.parametrize("seed", range(20))
def test_many_hosts_end_within_the_tolerance(seed: int) -> None:
    random = Random(seed)
    hosts = {
        f"xen-{number:02}": (64, {f"d{number}-{n}": random.choice((1, 2, 4)) for n in range(random.randint(2, 14))})
        for number in range(20)
    }
    made = cluster(hosts)
    schedule = plan(made, Balance())
    after = shares(applied(made, schedule.steps))
    level = sum(after) / len(after)
    assert max(abs(share - level) for share in after) <= 0.05 + 1e-9
    assert pstdev(after) <= pstdev(shares(made))
    assert len({step.resident for step in schedule.steps}) == len(schedule.steps), "nobody moves twice"


def test_the_reserve_stays_free() -> None:
    made = cluster({"xen-a": (8, {"a": 4, "b": 4}), "xen-b": (8, {"c": 1})})
    assert moves(plan(made, Balance(0.1), Rules(reserve_kib=4 * GIB))) == []
