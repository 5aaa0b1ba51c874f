# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Domains go home: cases."""

from __future__ import annotations

from clusters import cluster, moves, troubles

from ansible_collections.xenfleet.migration.plugins.module_utils._core.planner.planning import plan
from ansible_collections.xenfleet.migration.plugins.module_utils._core.planner.values import BringHome, Rules

EVERYBODY = BringHome()


def test_who_is_elsewhere_goes_home_and_nobody_else_moves() -> None:
    made = cluster(
        {"xen-a": (8, {"web01": 1, "homeless": 1}), "xen-b": (8, {"db01": 1})}, {"web01": "xen-b", "db01": "xen-b"}
    )
    schedule = plan(made, EVERYBODY)
    assert moves(schedule) == ["web01 xen-a xen-b"]
    assert schedule.steps[0].reason == "goes home"


def test_only_those_go_whose_home_is_one_of_the_hosts() -> None:
    made = cluster({"xen-a": (8, {"web01": 1}), "xen-b": (8, {"db01": 1})}, {"web01": "xen-b", "db01": "xen-a"})
    assert moves(plan(made, BringHome(frozenset(["xen-a"])))) == ["db01 xen-b xen-a"]


def test_two_change_places_where_one_side_has_room() -> None:
    made = cluster({"xen-a": (8, {"web01": 6}), "xen-b": (16, {"db01": 8})}, {"web01": "xen-b", "db01": "xen-a"})
    assert moves(plan(made, EVERYBODY)) == ["web01 xen-a xen-b", "db01 xen-b xen-a"]


def test_nobody_who_is_at_home_makes_room() -> None:
    made = cluster(
        {"xen-a": (8, {"web01": 4}), "xen-b": (8, {"db01": 6}), "xen-c": (8, {})}, {"web01": "xen-b", "db01": "xen-b"}
    )
    schedule = plan(made, EVERYBODY)
    assert moves(schedule) == []
    assert troubles(schedule) == {"web01": "memory_short"}
    assert schedule.stuck[0].reason == "needs 4096 MiB; xen-b has 2048 MiB free of 8192 MiB."


def test_of_those_who_want_home_as_many_go_as_there_is_room_for() -> None:
    made = cluster(
        {"xen-a": (16, {"big": 8, "one": 2, "two": 2}), "xen-b": (8, {})}, dict.fromkeys(("big", "one", "two"), "xen-b")
    )
    schedule = plan(made, EVERYBODY)
    assert moves(schedule) == ["one xen-a xen-b", "two xen-a xen-b"]
    assert schedule.stuck[0].reason == "needs 8192 MiB; xen-b has 4096 MiB free of 8192 MiB."


def test_a_home_that_is_gone_or_closed_is_told() -> None:
    made = cluster(
        {"xen-a": (8, {"one": 1, "two": 1}), "xen-b": (8, {})}, {"one": "xen-z", "two": "xen-b"}, closed=["xen-b"]
    )
    schedule = plan(made, EVERYBODY)
    assert troubles(schedule) == {"one": "no_host", "two": "not_accepting"}
    assert schedule.stuck[0].reason == "belongs on xen-z, which is not among the hosts of this plan."


def test_those_kept_together_with_different_homes_stay() -> None:
    made = cluster(
        {"xen-a": (8, {"app": 1, "db": 1}), "xen-b": (8, {}), "xen-c": (8, {})}, {"app": "xen-b", "db": "xen-c"}
    )
    schedule = plan(made, EVERYBODY, Rules(together=(frozenset(["app", "db"]),)))
    assert troubles(schedule) == {"app": "kept_together", "db": "kept_together"}
    assert schedule.stuck[0].reason == "is kept together with db, to be on xen-c and not on xen-b."


def test_those_kept_apart_with_one_home_dont_both_go() -> None:
    made = cluster(
        {"xen-a": (8, {"web01": 1}), "xen-b": (8, {"web02": 1}), "xen-c": (8, {})}, {"web01": "xen-c", "web02": "xen-c"}
    )
    schedule = plan(made, EVERYBODY, Rules(apart=(frozenset(["web01", "web02"]),)))
    assert moves(schedule) == ["web01 xen-a xen-c"]
    assert schedule.stuck[0].reason == "is kept apart from web01, on xen-c in the end."


def test_who_is_kept_apart_waits_for_the_other_where_memory_is_short_too() -> None:
    """dns1 fits at once; dns2, which has to leave before it comes, only when tiny has made room."""
    made = cluster(
        {"xen-a": (7, {"dns2": 2}), "xen-b": (6, {"dns1": 5}), "xen-c": (6, {"tiny": 1, "mid": 4})},
        {"dns1": "xen-a", "dns2": "xen-c", "tiny": "xen-b", "mid": "xen-b"},
    )
    schedule = plan(made, EVERYBODY, Rules(apart=(frozenset(["dns1", "dns2"]),)))
    assert moves(schedule) == ["tiny xen-c xen-b", "dns2 xen-a xen-c", "dns1 xen-b xen-a", "mid xen-c xen-b"]
