# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several moves at once: what waits for what, and what a failure means for the others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from make import domain, move

from ansible_collections.xenfleet.migration.plugins.module_utils._core import execute as executing
from ansible_collections.xenfleet.migration.plugins.module_utils._core.at_once import AtOnce, LockedFiles
from ansible_collections.xenfleet.migration.plugins.module_utils._core.bonds import hindrance
from ansible_collections.xenfleet.migration.plugins.module_utils._core.caller import Caller
from ansible_collections.xenfleet.migration.plugins.module_utils._core.execute import Terms, execute
from ansible_collections.xenfleet.migration.plugins.module_utils._core.memory import needed_kib
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Limit, Move, Outcome, Status
from ansible_collections.xenfleet.migration.plugins.module_utils._core.planner.values import Rules

PATIENCE = 60
"""How many seconds a move that has to meet another one waits for it, on however busy a machine."""
ONE = needed_kib(domain())


@dataclass
class Moves:
    """Takes the place of the making of moves: each ends as it is told to, once ``together`` of them go on."""

    status: dict[str, Status] = field(default_factory=dict)
    together: int = 1
    begun: list[str] = field(default_factory=list)
    going_on: int = 0
    most: int = 0
    _turn: threading.Condition = field(default_factory=threading.Condition)

    def perform(self, made: Move, *_rest: object) -> Outcome:
        with self._turn:
            self.begun.append(made.domain.name)
            self.going_on += 1
            self.most = max(self.most, self.going_on)
            self._turn.notify_all()
            assert self._turn.wait_for(lambda: self.most >= self.together, PATIENCE)
            self.going_on -= 1
        return Outcome(made, self.status.get(made.domain.name, Status.MOVED), duration=1.0)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., dict[str, Outcome]]:
    """Return what executes moves with ``Moves`` in the place of the real ones."""

    def execute_with(
        moves: Sequence[Move], made: Moves, room: dict[str, int], at_once: AtOnce | None = None, **terms: Any
    ) -> dict[str, Outcome]:
        monkeypatch.setattr(executing, "perform", made.perform)
        places = LockedFiles(at_once or AtOnce(), tmp_path)
        outcomes = execute(moves, {}, room, Terms(lambda _move: Limit(), places, **terms))
        return {outcome.move.domain.name: outcome for outcome in outcomes}

    return execute_with


def moves(*names: str, source: str = "xen-a", to: str = "xen-b") -> list[Move]:
    return [move(domain(name, source), to) for name in names]


Run = Callable[..., "dict[str, Outcome]"]
ROOM = {"xen-b": 99 * ONE}


def test_as_many_go_on_at_once_as_may(run: Run) -> None:
    made = Moves(together=2)
    outcomes = run(moves("a", "b", "c", "d"), made, ROOM)
    assert {outcome.status for outcome in outcomes.values()} == {Status.MOVED}
    assert made.most == 2


def test_one_that_has_no_room_yet_waits_for_the_one_that_makes_it(run: Run) -> None:
    made = Moves()
    exchange = [*moves("leaves", source="xen-b", to="xen-c"), *moves("comes")]
    outcomes = run(exchange, made, {"xen-b": 0, "xen-c": ONE})
    assert [outcome.status for outcome in outcomes.values()] == [Status.MOVED, Status.MOVED]
    assert (made.begun, made.most) == (["leaves", "comes"], 1)


def test_one_whose_room_was_never_made_is_left_and_told_why(run: Run) -> None:
    exchange = [*moves("leaves", source="xen-b", to="xen-c"), *moves("comes"), *moves("other", to="xen-c")]
    outcomes = run(exchange, Moves({"leaves": Status.FAILED}), {"xen-b": 0, "xen-c": 2 * ONE})
    assert {name: outcome.status for name, outcome in outcomes.items()} == {
        "leaves": Status.FAILED,
        "comes": Status.NOT_BEGUN,
        "other": Status.MOVED,
    }
    assert "Domain comes was left on xen-a and not moved to xen-b, because xen-b has no room" in str(
        outcomes["comes"].error
    )


def test_a_failure_frees_the_room_that_was_kept_for_it(run: Run) -> None:
    outcomes = run(moves("a", "b"), Moves({"a": Status.ABORTED}), {"xen-b": ONE})
    assert [outcome.status for outcome in outcomes.values()] == [Status.ABORTED, Status.MOVED]


def test_a_failure_stops_the_others_only_where_that_is_asked(run: Run) -> None:
    failing, one_by_one = Moves({"a": Status.FAILED}), AtOnce(1, 1, 1)
    outcomes = run(moves("a", "b"), failing, ROOM, one_by_one)
    assert [outcome.status for outcome in outcomes.values()] == [Status.FAILED, Status.MOVED]
    outcomes = run(moves("a", "b"), failing, ROOM, one_by_one, stop_on_failure=True)
    assert [outcome.status for outcome in outcomes.values()] == [Status.FAILED, Status.NOT_BEGUN]
    assert "because the move of a did not succeed" in str(outcomes["b"].error)


def test_the_hosts_of_a_move_in_doubt_are_left_alone(run: Run) -> None:
    doubtful = [*moves("a"), *moves("b", source="xen-c", to="xen-b"), *moves("c", source="xen-c", to="xen-d")]
    outcomes = run(doubtful, Moves({"a": Status.IN_DOUBT}), {**ROOM, "xen-d": ONE}, AtOnce(1, 1, 1))
    assert [outcome.status for outcome in outcomes.values()] == [Status.IN_DOUBT, Status.NOT_BEGUN, Status.MOVED]
    assert "what became of a, which was moved from xen-a to xen-b, is in doubt" in str(outcomes["b"].error)


def test_none_is_begun_once_nobody_waits_any_more(run: Run) -> None:
    made = Moves()
    caller = Caller(hindrance=lambda: "the task was killed" if made.begun else None)
    outcomes = run(moves("a", "b"), made, ROOM, AtOnce(1, 1, 1), caller=caller)
    assert [outcome.status for outcome in outcomes.values()] == [Status.MOVED, Status.NOT_BEGUN]


def test_whoever_waits_is_told_what_goes_on(run: Run) -> None:
    told: list[list[str]] = []
    caller = Caller(under_way=lambda going_on: told.append([one.domain.name for one in going_on]))
    run(moves("a", "b"), Moves(), ROOM, AtOnce(1, 1, 1), caller=caller)
    assert told == [["a"], [], ["b"], []]


def test_an_error_of_our_own_is_not_taken_for_an_outcome(run: Run) -> None:
    made = Moves()
    made.perform = lambda *_rest: 1 // 0  # type: ignore[method-assign,assignment,return-value]
    with pytest.raises(ZeroDivisionError):
        run(moves("a"), made, ROOM)


def test_memory_that_another_task_is_about_to_take_is_not_counted_on(run: Run, tmp_path: Path) -> None:
    other = LockedFiles(AtOnce(), tmp_path)
    release = other.take(move(domain("theirs", "xen-c"), "xen-b"))
    assert release is not None
    asked: list[None] = []

    def hindrance() -> None:
        asked.append(None)
        if len(asked) == 2:  # it had to wait once
            release()

    outcomes = run(moves("ours"), Moves(), {"xen-b": ONE}, caller=Caller(hindrance=hindrance))
    assert (outcomes["ours"].status, len(asked)) == (Status.MOVED, 2)


@pytest.mark.parametrize(
    ("rules", "asked"), [(Rules(), ""), (Rules(together=(frozenset("abc"),)), "abcbc")], ids=["none", "some"]
)
def test_moves_are_asked_about_others_of_their_group_only_where_there_are_rules_and_once_for_all_that_are_left(
    run: Run, monkeypatch: pytest.MonkeyPatch, rules: Rules, asked: str
) -> None:
    """With rules: all three before the first begins; then, when it has failed, the other two."""
    names: list[str] = []

    def ask(made: Move, *rest: Any) -> str | None:
        names.append(made.domain.name)
        return hindrance(made, *rest)

    monkeypatch.setattr(executing, "hindrance", ask)
    outcomes = run(moves("a", "b", "c"), Moves({"a": Status.FAILED}), ROOM, AtOnce(1, 1, 1), rules=rules)
    assert len([outcome for outcome in outcomes.values() if outcome.status is Status.NOT_BEGUN]) == (2 if asked else 0)
    assert "".join(names) == asked
