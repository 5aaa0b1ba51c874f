# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Domains go where they are told to: exchanges, chains and third hosts, and what is impossible."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random

import pytest
from clusters import GIB, cluster, moves, random_case, troubles

from ansible_collections.xenfleet.migration.plugins.module_utils._core.planner.planning import plan
from ansible_collections.xenfleet.migration.plugins.module_utils._core.planner.values import (
    Cluster,
    Place,
    Resident,
    Rules,
    Schedule,
)


def wanted(**hosts: str) -> Place:
    return Place({f"uuid-of-{name}": f"xen-{host}" for name, host in hosts.items()})


def reasons(schedule: Schedule) -> list[str]:
    return [step.reason for step in schedule.steps]


def test_who_is_in_place_stays() -> None:
    made = cluster({"xen-a": (8, {"web01": 1}), "xen-b": (8, {"db01": 1})})
    schedule = plan(made, wanted(web01="a", db01="a"))
    assert moves(schedule) == ["db01 xen-b xen-a"]
    assert reasons(schedule) == ["is wanted on xen-a"]


def test_a_chain_through_free_memory_begins_at_its_end() -> None:
    made = cluster({f"xen-{host}": (8, {f"d{host}": 8}) for host in "abc"} | {"xen-d": (8, {})})
    assert moves(plan(made, wanted(da="b", db="c", dc="d"))) == ["dc xen-c xen-d", "db xen-b xen-c", "da xen-a xen-b"]


def test_a_long_chain_has_an_order_too() -> None:
    hosts = {f"xen-{number}": (8, {f"d{number}": 8}) for number in range(400)} | {"xen-400": (8, {})}
    schedule = plan(cluster(hosts), wanted(**{f"d{number}": str(number + 1) for number in range(400)}))
    assert [step.resident.name for step in schedule.steps] == [f"d{number}" for number in reversed(range(400))]


def test_an_exchange_goes_through_a_third_host() -> None:
    made = cluster({"xen-a": (8, {"big": 8}), "xen-b": (8, {"small": 6, "other": 2}), "xen-c": (8, {})})
    schedule = plan(made, wanted(big="b", small="a", other="c"))
    assert moves(schedule) == ["other xen-b xen-c", "small xen-b xen-c", "big xen-a xen-b", "small xen-c xen-a"]
    assert reasons(schedule)[1] == "makes room for big on xen-b; xen-c is least full (6144 of 8192 MiB free)"
    assert reasons(schedule)[3] == "made room on its way, and goes on to xen-a"


def test_a_ring_of_many_goes_through_a_third_host() -> None:
    ring = 30
    hosts = {f"xen-{number}": (8, {f"d{number}": 8}) for number in range(ring)} | {"xen-spare": (8, {})}
    schedule = plan(cluster(hosts), wanted(**{f"d{number}": str((number + 1) % ring) for number in range(ring)}))
    assert troubles(schedule) == {}
    assert len(schedule.steps) == ring + 1


def test_an_exchange_without_any_room_is_told_to_be_impossible() -> None:
    made = cluster({"xen-a": (8, {"web01": 8}), "xen-b": (8, {"db01": 8}), "xen-c": (8, {"old": 8})})
    schedule = plan(made, wanted(web01="b", db01="a"))
    assert moves(schedule) == []
    assert troubles(schedule) == {"web01": "no_order", "db01": "no_order"}
    assert schedule.stuck[1].reason == (
        "needs 8192 MiB; xen-b has 0 MiB free of 8192 MiB until db01 can leave; there is no order in which that comes first,"
        " and no third host that helps."
    )


def test_what_is_too_much_in_the_end_is_told_with_who_comes_and_goes() -> None:
    made = cluster({"xen-a": (16, {"web01": 4, "web02": 5}), "xen-b": (8, {"db01": 2, "old": 1}), "xen-c": (8, {})})
    schedule = plan(made, wanted(web01="b", web02="b", db01="c"))
    assert moves(schedule) == ["db01 xen-b xen-c", "web02 xen-a xen-b"]
    assert troubles(schedule) == {"web01": "memory_short"}


def test_pinned_ruled_out_closed_and_not_allowed() -> None:
    made = cluster(
        {
            "xen-a": (8, {"one": 1, "two": 1, "three": 1, "four": 1}),
            "xen-b": (8, {}),
            "xen-c": (8, {}),
            "xen-d": (8, {}),
        },
        closed=["xen-c"],
    )
    rules = Rules(
        pinned=frozenset(["one"]),
        forbidden=frozenset([("uuid-of-two", "xen-b")]),
        allowed=frozenset(["xen-b", "xen-c"]),
    )
    schedule = plan(made, wanted(one="b", two="b", three="c", four="d"), rules)
    assert troubles(schedule) == {"one": "pinned", "two": "ruled_out", "three": "not_accepting", "four": "not_allowed"}
    assert moves(schedule) == []


def test_a_pair_kept_together_moves_if_both_are_told_to() -> None:
    made = cluster({"xen-a": (8, {"app": 1, "db": 1}), "xen-b": (8, {})})
    rules = Rules(together=(frozenset(["app", "db"]),))
    assert moves(plan(made, wanted(app="b", db="b"), rules)) == ["app xen-a xen-b", "db xen-a xen-b"]
    schedule = plan(made, wanted(app="b"), rules)
    assert troubles(schedule) == {"app": "kept_together"}
    assert schedule.stuck[0].reason == "is kept together with db, to be on xen-a and not on xen-b."


def test_who_is_kept_apart_comes_when_the_other_has_left() -> None:
    made = cluster({"xen-a": (8, {"a-web": 1}), "xen-b": (8, {"z-web": 1}), "xen-c": (8, {})})
    schedule = plan(made, wanted(**{"a-web": "b", "z-web": "c"}), Rules(apart=(frozenset(["a-web", "z-web"]),)))
    assert moves(schedule) == ["z-web xen-b xen-c", "a-web xen-a xen-b"]


def test_two_kept_apart_may_change_places() -> None:
    made = cluster({"xen-a": (8, {"web01": 1}), "xen-b": (8, {"web02": 1})})
    schedule = plan(made, wanted(web01="b", web02="a"), Rules(apart=(frozenset(["web01", "web02"]),)))
    assert moves(schedule) == ["web01 xen-a xen-b", "web02 xen-b xen-a"]


def test_who_depends_on_somebody_stuck_is_stuck_too() -> None:
    made = cluster({"xen-a": (8, {"web01": 1}), "xen-b": (8, {"web02": 1}), "xen-c": (8, {"old": 8})})
    rules = Rules(apart=(frozenset(["web01", "web02"]),), pinned=frozenset(["old"]))
    schedule = plan(made, wanted(web01="b", web02="c"), rules)
    assert troubles(schedule) == {"web01": "kept_apart", "web02": "memory_short"}


def test_the_reserve_stays_free_in_between_too() -> None:
    made = cluster({"xen-a": (8, {"web01": 4}), "xen-b": (8, {"db01": 4})})
    assert len(plan(made, wanted(web01="b", db01="a")).steps) == 2
    schedule = plan(made, wanted(web01="b", db01="a"), Rules(reserve_kib=GIB))
    assert troubles(schedule) == {"web01": "no_order", "db01": "no_order"}


def has_an_order(made: Cluster, placement: Mapping[str, str]) -> bool:
    moved = [resident for resident in made.residents if placement.get(resident.uuid, resident.host) != resident.host]
    return any(_all_fit(made, order, placement) for order in itertools.permutations(moved))


def _all_fit(made: Cluster, order: Sequence[Resident], placement: Mapping[str, str]) -> bool:
    free = {machine.name: machine.free_kib for machine in made.machines}
    for resident in order:
        destination = placement[resident.uuid]
        if resident.need_kib > free[destination]:
            return False
        free[destination] -= resident.need_kib
        free[resident.host] += resident.need_kib
    return True


@pytest.mark.parametrize("seed", range(300))
def test_whatever_has_an_order_is_placed_by_one_move_for_each_domain(seed: int) -> None:
    made, _wish, _rules = random_case(seed, most_hosts=4, most_domains=9)
    made = replace(made, machines=tuple(replace(machine, accepts=True) for machine in made.machines))
    random = Random(seed)
    chosen = random.sample(made.residents, min(6, len(made.residents)))
    placement = {resident.uuid: random.choice(made.machines).name for resident in chosen}
    schedule = plan(made, Place(placement))
    moved = [resident for resident in chosen if placement[resident.uuid] != resident.host]
    if has_an_order(made, placement):
        assert schedule.stuck == ()
        assert len(schedule.steps) == len(moved)
    else:
        assert len(schedule.stuck) > 0 or len(schedule.steps) > len(moved), "it went through a third host"
