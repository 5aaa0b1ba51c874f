# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a guest stands still for its move, private to this collection: measured while the move goes on, or not told."""

from __future__ import annotations

from time import monotonic

from .errors import HypervisorError
from .hypervisor import Hypervisor
from .later import Later
from .model import Move, State


class Pause:
    """Measures one pause: from when the source's Xen asks the guest to suspend itself to when its destination has it run.

    Both are asked by threads of their own, one question at a time: a host that doesn't answer holds nothing up.
    """

    def __init__(self, move: Move, source: Hypervisor, destination: Hypervisor) -> None:
        self._move = move
        self._source = source
        self._destination = destination
        self._beginning = Later(self._await_beginning)
        self._look: Later[float | None] | None = None
        self._ended: float | None = None
        self._over = False

    def begin(self) -> None:
        """Wait for it from now on, unless the domain is paused anyway; to be called just before the transfer."""
        if self._move.domain.state is State.RUNNING:
            self._beginning.begin()
        else:
            self._over = True

    @property
    def has_begun(self) -> bool:
        """Whether it has, as far as anybody can tell."""
        return not self._over and self._beginning.is_there_within(0)

    def tick(self) -> None:
        """Look whether it is over, once it has begun; to be called as often as it is to be exact."""
        if self._ended is not None or not self.has_begun:
            return
        if self._look is None:
            self._look = Later(self._look_whether_it_runs)
            self._look.begin()
        if self._look.is_there_within(0):
            self._ended, self._look = self._look.get(), None

    def end(self, runs: bool) -> float | None:
        """Return how many seconds it took, at most, None where that wasn't seen; ``runs`` is whether it is seen to run now."""
        now = monotonic()
        observed = runs and self.has_begun
        self._over = True
        begun = self._beginning.get() if observed else None
        if begun is None:
            return None
        return round((self._ended or now) - begun, 3)

    def _await_beginning(self) -> float | None:
        """Return when it began, None where nobody could tell."""
        try:
            while not self._over:
                asked = self._source.suspension(self._move.domain.uuid)
                if asked is not False:
                    return monotonic() if asked else None
        except HypervisorError:
            return None  # no root's shell, say: then no pause is told
        return None

    def _look_whether_it_runs(self) -> float | None:
        try:
            return monotonic() if self._destination.has_run(self._move.domain.uuid) else None
        except HypervisorError:
            return None  # asked again
