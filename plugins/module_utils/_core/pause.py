# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a guest stands still for its move, private to this collection: followed while the move goes on, or not told."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import monotonic

from .errors import HypervisorError
from .hypervisor import Hypervisor
from .later import Later
from .model import Move


class Pause:
    """Follows one pause: from when the source's Xen asks the guest to suspend itself to when the source gives the domain up.

    By then the destination has it run, or is told to. Only the source is asked, by a thread of its own: the destination has its
    part of the move to do.
    """

    def __init__(self, move: Move, source: Hypervisor) -> None:
        self._move = move
        self._source = source
        xen_id = move.domain.id if move.domain.runs else None
        self._following = None if xen_id is None else Later(partial(self._follow, xen_id))
        self._begun: float | None = None
        self._ended: float | None = None
        self._over = False
        self.has_begun = False
        """Whether it has, as far as anybody can tell."""

    def begin(self) -> None:
        """Follow it from now on, unless the domain is paused anyway; to be called just before the transfer.

        By the Xen id that it was planned with: one that it has got since, by a reboot, is not followed.
        """
        if self._following is not None:
            self._following.begin()

    def end(self, runs: bool) -> float | None:
        """Return how many seconds it took, at most, None where that wasn't seen; ``runs`` is whether it is seen to run now."""
        now = monotonic()
        self._over = True
        if self._begun is None or not runs:
            return None
        return round((self._ended or now) - self._begun, 3)

    def _follow(self, xen_id: int) -> None:
        try:
            asked = self._answer(partial(self._source.suspension, xen_id))
            self._begun = monotonic() if asked else None
            self.has_begun = not self._over
            if self._answer(partial(self._source.hand_over, self._move.domain.uuid, xen_id)):
                self._ended = monotonic()
        except HypervisorError:
            return  # no root's shell, say: then what was not seen is not told

    def _answer(self, ask: Callable[[], bool | None]) -> bool | None:
        """Ask, again as long as nothing has happened, until nobody wants to know any more."""
        answer: bool | None = False
        while answer is False and not self._over:
            answer = ask()
        return answer
