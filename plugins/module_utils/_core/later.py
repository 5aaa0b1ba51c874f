# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An answer that is asked for once, at the latest when it is needed, private to this collection."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class Later(Generic[Answer]):
    """Asks once; ``begin`` early lets the asking go on beside other work."""

    def __init__(self, ask: Callable[[], Answer]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._answers: list[Answer] = []

    def begin(self) -> None:
        """Ask in a thread of its own, which keeps nobody from ending; an error shows when the answer is needed."""
        threading.Thread(target=self._quietly, daemon=True).start()

    def get(self) -> Answer:
        """Return the answer, asked for now unless it is there or under way."""
        with self._lock:
            if not self._answers:
                self._answers.append(self._ask())
            return self._answers[0]

    def _quietly(self) -> None:
        try:
            self.get()
        except Exception:
            return  # get asks again, where somebody hears of it
