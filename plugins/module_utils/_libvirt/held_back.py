# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A domain that its destination keeps paused until its source can't have it run any more, private to this collection."""

from __future__ import annotations

import threading
from collections.abc import Callable


class HeldBack:
    """Is made to run once: early, when its source is seen to destroy its copy, or at the end of its move.

    ``resume`` has it run at its destination. ``resume_at_once`` does so if that can be done without any delay, and returns
    whether it did. Both raise ``HypervisorError`` where the destination refuses.
    """

    def __init__(self, resume: Callable[[], None], resume_at_once: Callable[[], bool]) -> None:
        self._resume = resume
        self._resume_at_once = resume_at_once
        self._lock = threading.Lock()
        self._waits_for_end = threading.Event()
        self._runs = False

    @property
    def runs(self) -> bool:
        """Whether it was made to run."""
        with self._lock:
            return self._runs

    def wait_for_end(self) -> None:
        """Have it wait for the end of its move: from now on its source's copy may be paused for another reason.

        Doesn't wait: whoever is letting it run just now has seen before what it takes.
        """
        self._waits_for_end.set()

    def come_to_end(self) -> None:
        """Do the same, and wait for whoever is letting it run just now: afterwards nobody does so early."""
        self._waits_for_end.set()
        with self._lock:
            return

    def let_run_early(self) -> None:
        """Have it run, unless it is to wait, or whoever comes to the end would have to wait for that."""
        with self._lock:
            if not self._runs and not self._waits_for_end.is_set():
                self._runs = self._resume_at_once()

    def let_run(self) -> None:
        """Have it run, if it doesn't."""
        with self._lock:
            if not self._runs:
                self._resume()
                self._runs = True
