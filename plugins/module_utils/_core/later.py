# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An answer that is asked for once, at the latest when it is needed, private to this collection."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class Later(Generic[Answer]):
    """Asks once, in a thread of its own; the answer, or the exception that came instead, is kept.

    A daemon thread: a host that never answers must not keep the task from ending.
    """

    def __init__(self, ask: Callable[[], Answer]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._answer: Answer | None = None
        self._error: Exception | None = None

    def begin(self) -> threading.Thread:
        """Ask, unless that is under way or done, and go on."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
            return self._thread

    def is_there_within(self, seconds: float) -> bool:
        """Wait for the answer, ``seconds`` at most."""
        thread = self.begin()
        thread.join(max(0.0, seconds))
        return not thread.is_alive()

    def get(self) -> Answer:
        """Return the answer, however long it takes; raises what the asking raised."""
        self.begin().join()
        if self._error is not None:
            raise self._error
        return self._answer  # type: ignore[return-value]  # None only where it is the answer

    def _run(self) -> None:
        try:
            self._answer = self._ask()
        except Exception as error:  # raised by get, in the thread that needs the answer
            self._error = error
