# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A domain that its destination keeps paused until its source can't have it run any more, private to this collection."""

from __future__ import annotations

import threading

from .._core.hypervisor import Hypervisor


class HeldBack:
    """Is made to run once: early, when its source is seen to destroy its copy, or at the end of its move."""

    def __init__(self, uuid: str, destination: Hypervisor) -> None:
        self._uuid = uuid
        self._destination = destination
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
        """Have it run, unless it is to wait. Raises ``HypervisorError`` where its destination refuses."""
        with self._lock:
            if not self._waits_for_end.is_set():
                self._resume()

    def let_run(self) -> None:
        """Have it run. Raises ``HypervisorError`` where its destination refuses."""
        with self._lock:
            self._resume()

    def _resume(self) -> None:
        if not self._runs:
            self._destination.resume(self._uuid)
            self._runs = True
