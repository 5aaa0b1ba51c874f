# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the moves of a group mean for each other."""

from __future__ import annotations

import pytest
from make import domain, move

from ansible_collections.xenfleet.migration.plugins.module_utils._core.bonds import bonds_of, held_back, hindrance
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Move, Outcome, Status
from ansible_collections.xenfleet.migration.plugins.module_utils._core.planner.values import Rules

APART = Rules(apart=(frozenset({"a", "b"}),))
TOGETHER = Rules(together=(frozenset({"a", "b"}), frozenset({"b", "c"})))
LEAVES, COMES = move(domain("a", "xen-b"), "xen-c"), move(domain("b", "xen-a"), "xen-b")

HELD: dict[str, tuple[list[Move], Rules, set[str], set[str]]] = {
    "nobody, without rules": ([LEAVES, COMES], Rules(), set(), set()),
    "who comes to where its rival still is": ([LEAVES, COMES], APART, set(), {"b"}),
    "not any more when that has left": ([LEAVES, COMES], APART, {"a"}, set()),
    "not where the plan has the rival leave later": ([COMES, LEAVES], APART, set(), set()),
    "only the second of two that change places": ([move(domain("a", "xen-b"), "xen-a"), COMES], APART, set(), {"b"}),
    "nobody whose rival comes from elsewhere": ([move(domain("a", "xen-d"), "xen-c"), COMES], APART, set(), set()),
    "nobody for the sake of a group that stays together": ([LEAVES, COMES], TOGETHER, set(), set()),
}


@pytest.mark.parametrize(("moves", "rules", "made", "held"), HELD.values(), ids=HELD.keys())
def test_who_waits_for_others(moves: list[Move], rules: Rules, made: set[str], held: set[str]) -> None:
    found = held_back(bonds_of(moves, rules), {f"uuid-of-{name}" for name in made})
    assert found == {f"uuid-of-{name}" for name in held}


A, B, C = (move(domain(name)) for name in "abc")
B_NOT = "b, with which it is kept together, was not moved there"
RIVAL = "a, from which it is kept apart, was to leave xen-b for xen-c first, and that move did not succeed"

HINDERED: dict[str, tuple[list[Move], Rules, dict[str, Status], set[str], str | None]] = {
    "not by rivals that still move": ([LEAVES, COMES], APART, {}, {"a"}, None),
    "not by rivals that have left": ([LEAVES, COMES], APART, {"a": Status.MOVED}, set(), None),
    "by a rival that failed": ([LEAVES, COMES], APART, {"a": Status.FAILED}, set(), RIVAL),
    "by a rival that was not begun": ([LEAVES, COMES], APART, {"a": Status.NOT_BEGUN}, set(), RIVAL),
    "by a rival whose move is not complete": ([LEAVES, COMES], APART, {"a": Status.INCOMPLETE}, set(), RIVAL),
    "by a mate that failed": ([A, B], TOGETHER, {"b": Status.FAILED}, set(), B_NOT),
    "not by one that is bound only to a third, which stays": ([A, C], TOGETHER, {"c": Status.ABORTED}, set(), None),
    "by the mate that failed, not by one that waits": ([A, B, C], TOGETHER, {"b": Status.FAILED}, set(), B_NOT),
    "not where another mate is on its way": ([A, B, C], TOGETHER, {"b": Status.FAILED}, {"c"}, None),
    "not where another mate has arrived": (
        [A, B, C],
        TOGETHER,
        {"b": Status.FAILED, "c": Status.INCOMPLETE},
        set(),
        None,
    ),
    "not by a mate that goes elsewhere": ([A, move(domain("b"), "xen-d")], TOGETHER, {"b": Status.FAILED}, set(), None),
}


@pytest.mark.parametrize(("moves", "rules", "became", "under_way", "why"), HINDERED.values(), ids=HINDERED.keys())
def test_what_keeps_a_move_from_being_begun(
    moves: list[Move], rules: Rules, became: dict[str, Status], under_way: set[str], why: str | None
) -> None:
    about = next(found for found in moves if found.domain.name == ("b" if rules is APART else "a"))
    outcomes = {found: Outcome(found, became[found.domain.name]) for found in moves if found.domain.name in became}
    going_on = [found for found in moves if found.domain.name in under_way]
    assert hindrance(about, bonds_of(moves, rules), outcomes, going_on) == why
