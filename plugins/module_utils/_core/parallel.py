# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking many at once with one deadline, private to this collection."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from time import monotonic
from typing import TypeVar

from .errors import MigrationError
from .later import Later

Question = TypeVar("Question")
Answer = TypeVar("Answer")


def ask_all(
    ask: Callable[[Question], Answer],
    questions: Iterable[Question],
    seconds: float,
    too_late: Callable[[Question], MigrationError],
) -> dict[Question, Answer | MigrationError]:
    """Ask all at once and wait for the answers, ``seconds`` in all; an error of the core is an answer, too.

    A question without an answer by then gets the error that ``too_late`` makes. Any other exception is raised.
    """
    asked: dict[Question, Later[Answer]] = {question: Later(partial(ask, question)) for question in questions}
    for later in asked.values():
        later.begin()
    end = monotonic() + seconds
    answers: dict[Question, Answer | MigrationError] = {}
    for question, later in asked.items():
        in_time = later.is_there_within(end - monotonic())
        try:
            answers[question] = later.get() if in_time else too_late(question)
        except MigrationError as error:
            answers[question] = error
    return answers
