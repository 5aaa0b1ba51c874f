# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What no plan can be made for is refused, with what is wrong about it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from clusters import cluster

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.xenfleet.migration.plugins.module_utils._core.planner.planning import plan
from ansible_collections.xenfleet.migration.plugins.module_utils._core.planner.values import (
    Balance,
    BringHome,
    Cluster,
    Drain,
    Place,
    Rules,
    Wish,
)

GOOD = cluster({"xen-a": (8, {"web01": 1, "web02": 1}), "xen-b": (8, {})})
WEB01 = GOOD.residents[0]


def group(*names: str) -> frozenset[str]:
    return frozenset(names)


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (Drain(group("xen-z")), "Host xen-z is unknown. Known hosts: xen-a, xen-b."),
        (BringHome(group("xen-z")), "Host xen-z is unknown."),
        (Place({WEB01.uuid: "xen-z"}), "Host xen-z is unknown."),
        (Place({"no-such": "xen-a"}), "There is no domain with UUID no-such to be placed."),
        (Balance(1.5), "A tolerance of 1.5 is not between 0 and 1."),
    ],
)
def test_a_wish_for_what_isnt_there(wish: Wish, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        plan(GOOD, wish)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (replace(GOOD, machines=GOOD.machines * 2), "Host xen-a is given twice."),
        (replace(GOOD, residents=GOOD.residents * 2), "The domain with UUID uuid-of-web01 is given twice."),
        (replace(GOOD, residents=(replace(WEB01, host="xen-z"),)), "Domain web01 is on host xen-z, which is not among"),
        (replace(GOOD, residents=(replace(WEB01, need_kib=-1),)), "Domain web01 can't need -1 KiB."),
    ],
)
def test_a_cluster_that_cant_be(made: Cluster, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        plan(made, Drain(frozenset()))


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        (Rules(reserve_kib=-1), "A reserve of -1 KiB can't be kept."),
        (
            Rules(apart=(group("a", "b"),), together=(group("a", "b"),)),
            "Domains a and b are to be kept together and to be kept",
        ),
        (
            Rules(apart=(group("a", "c"),), together=(group("a", "b"), group("b", "c"))),
            "Domains a and c are to be kept together",
        ),
    ],
)
def test_rules_that_contradict_each_other(rules: Rules, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        plan(GOOD, Drain(frozenset()), rules)


def test_groups_may_name_domains_that_are_not_there() -> None:
    rules = Rules(apart=(group("web01", "no-such"),), together=(group("web02", "gone"),), pinned=group("nobody"))
    assert len(plan(GOOD, Drain(group("xen-a")), rules).steps) == 2


def test_two_domains_of_one_name_are_two() -> None:
    made = replace(GOOD, residents=(WEB01, replace(WEB01, uuid="other")))
    assert len(plan(made, Drain(group("xen-a"))).steps) == 2
