# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An answer asked for early, or late, but once."""

from __future__ import annotations

import threading

import pytest

from ansible_collections.xenfleet.migration.plugins.module_utils._core.later import Later


@pytest.mark.parametrize("beginnings", [0, 1, 3])
def test_it_is_asked_once(beginnings: int) -> None:
    asked: list[str] = []
    later = Later(lambda: asked.append("once"))
    for _number in range(beginnings):
        later.begin()
    later.get()
    later.get()
    assert asked == ["once"]


def test_nothing_is_asked_before_somebody_begins() -> None:
    asked: list[str] = []
    Later(lambda: asked.append("too early"))
    assert asked == []


def test_whoever_begins_does_not_wait() -> None:
    may_answer = threading.Event()
    later = Later(lambda: may_answer.wait(30))
    later.begin()
    assert not later.is_there_within(0)
    may_answer.set()
    assert later.is_there_within(30)
    assert later.get() is True


def test_an_error_is_raised_as_often_as_the_answer_is_wanted() -> None:
    later = Later({}.popitem)
    for _number in range(2):
        with pytest.raises(KeyError):
            later.get()
