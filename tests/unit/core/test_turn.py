# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which moves may begin, in view of memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from make import MIB, domain, move, shut_off

from ansible_collections.xenfleet.migration.plugins.module_utils._core import turn
from ansible_collections.xenfleet.migration.plugins.module_utils._core.bonds import bonds_of
from ansible_collections.xenfleet.migration.plugins.module_utils._core.memory import needed_kib
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Move
from ansible_collections.xenfleet.migration.plugins.module_utils._core.planner.values import Rules
from ansible_collections.xenfleet.migration.plugins.module_utils._core.turn import in_turn, startable

SMALL = needed_kib(domain(mib=256))
LARGE = needed_kib(domain(mib=1024))


def small(name: str, host: str = "xen-a", to: str = "xen-b") -> Move:
    return move(domain(name, host, 256), to)


def large(name: str, host: str = "xen-a", to: str = "xen-b") -> Move:
    return move(domain(name, host, 1024), to)


STARTABLE: dict[str, tuple[list[Move], dict[str, int], list[str]]] = {
    "nothing, of nothing": ([], {}, []),
    "all, where there is room for all, the longest first": (
        [small("a"), large("b"), small("c")],
        {"xen-b": 2 * SMALL + LARGE},
        ["b", "a", "c"],
    ),
    "none, where the first doesn't fit and the others would take its place": (
        [large("a"), small("b")],
        {"xen-b": LARGE - 1},
        [],
    ),
    "the first alone, where the second has to wait for room": ([small("a"), small("b")], {"xen-b": SMALL}, ["a"]),
    "one to another host, where the first has to wait": (
        [large("a"), small("b", to="xen-c")],
        {"xen-b": 0, "xen-c": SMALL},
        ["b"],
    ),
    "none to a host that isn't known": ([small("a")], {}, []),
    "one that is shut off, wherever": ([large("a"), move(shut_off("b"))], {"xen-b": 0}, ["b"]),
}


@pytest.mark.parametrize(("waiting", "room", "able"), STARTABLE.values(), ids=STARTABLE.keys())
def test_what_may_begin(waiting: list[Move], room: dict[str, int], able: list[str]) -> None:
    assert [found.domain.name for found in startable(waiting, room)] == able


def test_who_waits_for_something_else_keeps_its_place() -> None:
    waiting = [small("a"), small("b"), small("c", to="xen-c")]
    room = {"xen-b": SMALL, "xen-c": SMALL}
    assert [found.domain.name for found in startable(waiting, room, {"uuid-of-a"})] == ["c"]


def test_moves_come_one_after_the_other_as_they_would_begin() -> None:
    moves = [small("a"), large("b"), large("c", "xen-b", "xen-a"), small("d")]
    room = {"xen-a": 0, "xen-b": SMALL + LARGE}
    assert [found.domain.name for found in in_turn(moves, room)] == ["b", "c", "a", "d"]


def test_the_longest_comes_later_where_it_waits_for_another() -> None:
    moves = [small("a", "xen-b", "xen-c"), small("b"), large("c")]
    room = {"xen-b": LARGE + SMALL, "xen-c": SMALL}
    bonds = bonds_of(moves, Rules(apart=(frozenset({"a", "c"}),)))
    assert [found.domain.name for found in in_turn(moves, room, bonds)] == ["a", "c", "b"]


def test_moves_that_all_fit_are_put_in_their_turns_with_one_look(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []

    def look(waiting: Sequence[Move], *rest: Any) -> tuple[Move, ...]:
        looks.append(len(waiting))
        return startable(waiting, *rest)

    monkeypatch.setattr(turn, "startable", look)
    moves = [small("a"), large("b"), small("c")]
    assert [found.domain.name for found in in_turn(moves, {"xen-b": 2 * SMALL + LARGE})] == ["b", "a", "c"]
    assert looks == [len(moves)]


def test_what_fits_in_the_order_given_fits_in_turn() -> None:
    moves = [small("a"), large("b", "xen-b", "xen-a"), large("c"), small("d", "xen-a", "xen-b")]
    room = {"xen-a": LARGE - SMALL, "xen-b": 2 * SMALL + 10 * MIB}
    free = dict(room)
    for made in in_turn(moves, room):
        free[made.destination] -= needed_kib(made.domain)
        free[made.source] += needed_kib(made.domain)
        assert min(free.values()) >= 0
