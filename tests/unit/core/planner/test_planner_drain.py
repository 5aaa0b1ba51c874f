# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts are emptied: cases, and any few domains against trying every way to spread them."""

from __future__ import annotations

import itertools
from dataclasses import replace
from random import Random

import pytest
from clusters import GIB, cluster, moves, random_case, troubles

from ansible_collections.xenfleet.migration.plugins.module_utils._core.planner.planning import plan
from ansible_collections.xenfleet.migration.plugins.module_utils._core.planner.values import Cluster, Drain, Rules

DRAIN_A = Drain(frozenset(["xen-a"]))


def test_what_leaves_goes_to_where_hosts_stay_even() -> None:
    made = cluster({"xen-a": (32, {"db01": 8, "web01": 2}), "xen-b": (32, {"old": 10}), "xen-c": (32, {"new": 6})})
    schedule = plan(made, DRAIN_A)
    assert moves(schedule) == ["db01 xen-a xen-c", "web01 xen-a xen-b"]
    assert schedule.steps[0].reason == "xen-a is drained; xen-c is least full (26 of 32 GiB free)"


def test_larger_hosts_take_more() -> None:
    made = cluster({"xen-a": (32, {"db01": 8}), "xen-b": (32, {"old": 4}), "xen-c": (64, {"new": 10})})
    assert moves(plan(made, DRAIN_A)) == ["db01 xen-a xen-c"]


def test_what_is_shut_off_leaves_even_where_there_is_no_memory_and_is_spread_by_number() -> None:
    made = cluster({"xen-a": (8, {"off01": 0, "off02": 0}), "xen-b": (8, {"one": 8}), "xen-c": (8, {"two": 8})})
    assert moves(plan(made, DRAIN_A)) == ["off01 xen-a xen-b", "off02 xen-a xen-c"]


def test_a_drained_host_and_one_that_is_closed_take_nothing() -> None:
    made = cluster({"xen-a": (8, {"web01": 2}), "xen-b": (8, {}), "xen-c": (8, {})}, closed=["xen-c"])
    schedule = plan(made, Drain(frozenset(["xen-a", "xen-b"])))
    assert troubles(schedule) == {"web01": "no_host"}
    assert schedule.stuck[0].reason == "needs 2048 MiB: no other host may take domains in this plan."


def test_two_drained_hosts_are_emptied_at_once() -> None:
    made = cluster({"xen-a": (8, {"web01": 2}), "xen-b": (8, {"web02": 2}), "xen-c": (8, {})})
    assert moves(plan(made, Drain(frozenset(["xen-a", "xen-b"])))) == ["web01 xen-a xen-c", "web02 xen-b xen-c"]


def test_the_reserve_stays_free() -> None:
    made = cluster({"xen-a": (8, {"web01": 2}), "xen-b": (8, {"old": 5})})
    assert moves(plan(made, DRAIN_A, Rules(reserve_kib=GIB))) == ["web01 xen-a xen-b"]
    schedule = plan(made, DRAIN_A, Rules(reserve_kib=2 * GIB))
    assert troubles(schedule) == {"web01": "memory_short"}
    assert schedule.stuck[0].reason == "needs 2048 MiB: xen-b has 3072 MiB free of 8192 MiB (2048 MiB stay in reserve)."


def test_each_host_is_told_with_what_it_lacks() -> None:
    made = cluster({"xen-a": (8, {"web01": 4}), "xen-b": (8, {"old": 7}), "xen-c": (8, {"web02": 1}), "xen-d": (8, {})})
    rules = Rules(
        apart=(frozenset(["web01", "web02"]),),
        pinned=frozenset(["old", "web02"]),
        forbidden=frozenset([("uuid-of-web01", "xen-d")]),
        why={("uuid-of-web01", "xen-d"): "bridge br0 is missing."},
    )
    schedule = plan(made, DRAIN_A, rules)
    assert troubles(schedule) == {"web01": "memory_short"}
    assert schedule.stuck[0].reason == (
        "needs 4096 MiB: xen-b has 1024 MiB free of 8192 MiB, xen-c holds web02, from which it is kept apart,"
        " xen-d is ruled out by preflight (bridge br0 is missing)."
    )


def test_many_hosts_are_counted() -> None:
    full = {f"xen-{number}": (8, {f"old{number}": 8 - number % 2}) for number in range(10)}
    schedule = plan(cluster({"xen-a": (8, {"web01": 4}), **full}), DRAIN_A)
    assert schedule.stuck[0].reason.endswith("xen-5 has 1024 MiB free of 8192 MiB; and 7 others with no more room.")


def test_those_kept_apart_get_hosts_of_their_own() -> None:
    made = cluster({"xen-a": (8, {"web01": 1, "web02": 1}), "xen-b": (8, {}), "xen-c": (8, {"old": 5})})
    rules = Rules(apart=(frozenset(["web01", "web02"]),))
    assert moves(plan(made, DRAIN_A, rules)) == ["web01 xen-a xen-b", "web02 xen-a xen-c"]


def test_somebody_who_is_kept_apart_makes_way() -> None:
    made = cluster({"xen-a": (8, {"web01": 1}), "xen-b": (8, {"web02": 1}), "xen-c": (8, {"db01": 1})})
    rules = Rules(apart=(frozenset(["web01", "web02"]), frozenset(["web01", "db01"])))
    schedule = plan(made, DRAIN_A, rules)
    assert troubles(schedule) == {}
    assert moves(schedule) == ["web02 xen-b xen-c", "web01 xen-a xen-b"]


def test_those_kept_together_go_to_one_host_or_stay_all() -> None:
    together = Rules(together=(frozenset(["app", "db"]),))
    made = cluster({"xen-a": (8, {"app": 3, "db": 3}), "xen-b": (8, {"old": 3}), "xen-c": (8, {"new": 2})})
    assert moves(plan(made, DRAIN_A, together)) == ["app xen-a xen-c", "db xen-a xen-c"]
    made = cluster({"xen-a": (8, {"app": 4, "db": 4}), "xen-b": (8, {"big": 3}), "xen-c": (8, {"large": 3})})
    schedule = plan(made, DRAIN_A, replace(together, pinned=frozenset(["big", "large"])))
    assert moves(schedule) == []
    assert troubles(schedule) == {"app": "kept_together", "db": "kept_together"}
    assert schedule.stuck[0].reason.startswith(
        "needs 8192 MiB with db, with which it is kept together: xen-b has 5120 MiB"
    )


def test_those_kept_together_go_to_where_others_of_them_are() -> None:
    made = cluster({"xen-a": (8, {"app": 1}), "xen-b": (8, {"db": 5}), "xen-c": (8, {})})
    schedule = plan(made, DRAIN_A, Rules(together=(frozenset(["app", "db"]),)))
    assert moves(schedule) == ["app xen-a xen-b"]
    assert schedule.steps[0].reason == "xen-a is drained; xen-b has db, with which it is kept together"


def test_who_is_pinned_stays_and_so_does_who_is_kept_together_with_it() -> None:
    made = cluster({"xen-a": (8, {"app": 1, "db": 1, "web01": 1}), "xen-b": (8, {})})
    rules = Rules(pinned=frozenset(["db"]), together=(frozenset(["app", "db"]),))
    schedule = plan(made, DRAIN_A, rules)
    assert moves(schedule) == ["web01 xen-a xen-b"]
    assert troubles(schedule) == {"app": "kept_together", "db": "pinned"}
    assert schedule.stuck[0].reason == "is kept together with db, pinned to xen-a."


def test_memory_in_pieces_is_brought_together_by_moving_somebody_else() -> None:
    made = cluster({"xen-a": (32, {"big": 16}), "xen-b": (24, {"b1": 12, "b2": 2}), "xen-c": (24, {"c1": 8, "c2": 6})})
    schedule = plan(made, DRAIN_A)
    assert moves(schedule) == ["c2 xen-c xen-b", "big xen-a xen-c"]
    assert schedule.steps[0].reason == "makes room for big on xen-c; xen-b is least full (10 of 24 GiB free)"


def test_two_may_make_room_for_one() -> None:
    made = cluster(
        {"xen-a": (16, {"big": 8}), "xen-b": (8, {"b1": 2, "b2": 2}), "xen-c": (8, {"c1": 6}), "xen-d": (8, {"d1": 6})}
    )
    schedule = plan(made, DRAIN_A)
    assert sorted(moves(schedule)[:2]) == ["b1 xen-b xen-c", "b2 xen-b xen-d"]
    assert moves(schedule)[2:] == ["big xen-a xen-b"]


def test_packing_closely_makes_room_for_all_without_moving_anybody_else() -> None:
    made = cluster(
        {"xen-a": (16, {"big": 6, "m1": 3, "m2": 3}), "xen-b": (12, {"old": 6}), "xen-c": (24, {"larger": 18})}
    )
    schedule = plan(made, DRAIN_A)
    assert troubles(schedule) == {}
    assert len(schedule.steps) == 3


def can_be_spread(made: Cluster, wish: Drain, rules: Rules) -> bool:
    """Try every way to give each domain of the drained hosts one host, without moving anybody else."""
    leaving = [resident for resident in made.residents if resident.host in wish.hosts]
    free = {
        machine.name: machine.free_kib - rules.reserve_kib
        for machine in made.machines
        if machine.accepts
        and machine.name not in wish.hosts
        and (rules.allowed is None or machine.name in rules.allowed)
    }
    if any(resident.name in rules.pinned for resident in leaving):
        return False
    staying = {resident.name: resident.host for resident in made.residents if resident.host not in wish.hosts}
    before = {resident.name: resident.host for resident in made.residents}
    for hosts in itertools.product(free, repeat=len(leaving)):
        ends = {**staying, **{resident.name: host for resident, host in zip(leaving, hosts, strict=True)}}
        taken = {host: sum(r.need_kib for r, to in zip(leaving, hosts, strict=True) if to == host) for host in free}
        if (
            all(need == 0 or need <= free[host] for host, need in taken.items())
            and not any((r.uuid, ends[r.name]) in rules.forbidden for r in leaving)
            and all(_apart_as_before(group, before, ends, wish) for group in rules.apart)
            and all(len({ends[n] for n in group}) <= len({before[n] for n in group}) for group in rules.together)
        ):
            return True
    return False


def _apart_as_before(group: frozenset[str], before: dict[str, str], ends: dict[str, str], wish: Drain) -> bool:
    pairs = itertools.combinations(sorted(group), 2)
    return all(ends[a] != ends[b] or not {before[a], before[b]} & wish.hosts for a, b in pairs)


@pytest.mark.parametrize("first", range(0, 6000, 100))
def test_whatever_can_be_drained_by_one_move_for_each_domain_is_drained(first: int) -> None:
    for seed in range(first, first + 100):
        made, wish, rules = random_case(seed, most_hosts=4, most_domains=9)
        if not isinstance(wish, Drain) or not can_be_spread(made, wish, rules):
            continue
        schedule = plan(made, wish, rules)
        leaving = [resident for resident in made.residents if resident.host in wish.hosts]
        assert schedule.stuck == (), seed
        assert len(schedule.steps) == len(leaving), seed


def test_drained_domains_leave_the_hosts_as_even_as_any_way_would_nearly() -> None:
    random = Random(1)
    worse = []
    for _case in range(60):
        domains = {f"d{n}": random.choice((1, 2, 3, 4, 6)) for n in range(5)}
        made = cluster(
            {"xen-a": (32, domains), **{f"xen-{n}": (32, {f"old{n}": random.randint(2, 12)}) for n in range(3)}}
        )
        ends = {step.resident.name: step.destination for step in plan(made, DRAIN_A).steps}
        used = {
            machine.name: machine.total_kib - machine.free_kib for machine in made.machines if machine.name != "xen-a"
        }

        def spread(hosts: tuple[str, ...], used: dict[str, int] = used, domains: dict[str, int] = domains) -> int:
            after = {
                h: u // GIB + sum(n for n, to in zip(domains.values(), hosts, strict=True) if to == h)
                for h, u in used.items()
            }
            return sum(value * value for value in after.values())

        best = min(spread(hosts) for hosts in itertools.product(used, repeat=5))
        worse.append(spread(tuple(ends[name] for name in domains)) / best)
    assert sum(worse) / len(worse) < 1.01
