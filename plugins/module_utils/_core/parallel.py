# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same question to many hosts at once, private to this collection."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Generic, TypeVar

from .errors import MigrationError

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class _Asking(threading.Thread, Generic[Question, Answer]):
    """One question under way. A daemon thread: a host that never answers must not keep the task from ending."""

    def __init__(self, ask: Callable[[Question], Answer], question: Question) -> None:
        super().__init__(daemon=True)
        self._ask = ask
        self._question = question
        self.answer: Answer | None = None
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            self.answer = self._ask(self._question)
        except Exception as error:  # handed on by ask_all, in the thread that asked
            self.error = error

    def outcome(self, too_late: Callable[[Question], MigrationError]) -> Answer | MigrationError:
        """Return the answer or the core's error; raise any other error."""
        if self.is_alive():
            return too_late(self._question)
        if isinstance(self.error, MigrationError):
            return self.error
        if self.error is not None:
            raise self.error
        return self.answer  # type: ignore[return-value]


def ask_all(
    ask: Callable[[Question], Answer],
    questions: Iterable[Question],
    seconds: float,
    too_late: Callable[[Question], MigrationError],
) -> dict[Question, Answer | MigrationError]:
    """Ask all at once and wait for the answers, ``seconds`` in all; an error of the core is an answer, too.

    A question without an answer by then gets the error that ``too_late`` makes. Any other exception is raised.
    """
    asking: dict[Question, _Asking[Question, Answer]] = {question: _Asking(ask, question) for question in questions}
    for thread in asking.values():
        thread.start()
    end = monotonic() + seconds
    for thread in asking.values():
        thread.join(max(0.0, end - monotonic()))
    return {question: thread.outcome(too_late) for question, thread in asking.items()}
