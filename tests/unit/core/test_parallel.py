# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking many at once, with one deadline for all."""

from __future__ import annotations

import threading
from time import monotonic

import pytest

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import InvalidInput, MigrationError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.parallel import ask_all


def late(question: str) -> MigrationError:
    return InvalidInput(f"{question} is late")


def test_every_question_has_its_answer_in_the_order_asked() -> None:
    answers = ask_all(str.upper, ["b", "a"], 5, late)
    assert list(answers.items()) == [("b", "B"), ("a", "A")]


def test_no_question_has_no_answer() -> None:
    assert ask_all(str.upper, [], 5, late) == {}


def test_all_are_asked_at_the_same_time() -> None:
    together = threading.Barrier(3)
    assert len(ask_all(lambda _question: together.wait(5), ["a", "b", "c"], 10, late)) == 3


def test_none_is_an_answer() -> None:
    assert ask_all(lambda _question: None, ["a"], 5, late) == {"a": None}


def test_an_error_of_the_core_is_the_answer_of_its_question_only() -> None:
    refusal = InvalidInput("no")

    def ask(question: str) -> str:
        if question == "a":
            raise refusal
        return question

    assert ask_all(ask, ["a", "b"], 5, late) == {"a": refusal, "b": "b"}


def test_any_other_error_is_raised() -> None:
    with pytest.raises(KeyError, match="a"):
        ask_all({}.__getitem__, ["a"], 5, late)


def test_the_deadline_is_one_for_all_and_whoever_misses_it_is_told() -> None:
    never = threading.Event()

    def ask(question: str) -> str:
        if question != "quick":
            never.wait(30)
        return question

    begun = monotonic()
    answers = ask_all(ask, ["a", "quick", "b"], 0.2, late)
    took = monotonic() - begun
    never.set()
    assert answers["quick"] == "quick"
    assert [str(answers[name]) for name in ("a", "b")] == ["a is late", "b is late"]
    assert took < 5
