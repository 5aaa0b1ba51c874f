# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a guest stands still for its move, private to this collection: followed while the move goes on, or not told."""

from __future__ import annotations

from functools import partial
from time import monotonic

from .errors import HypervisorError
from .hypervisor import Hypervisor
from .later import Later
from .model import Move
from .suspension import Suspension

LAST_WORD_SECONDS = 2.0
"""How long the source may take to tell what has happened when its domain has moved: it is asked already."""


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
        self._seen = Suspension()
        self._seen_at = 0.0
        self._over = False

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
        if self._following is None or not runs or not self._following.is_there_within(LAST_WORD_SECONDS):
            return None
        seconds = self._seen.seconds
        if seconds is None:
            return None
        since = 0.0 if self._seen.runs else max(0.0, now - self._seen_at)
        return round(seconds + since, 3)

    def _follow(self, xen_id: int) -> None:
        try:
            while not self._seen.is_over and not self._over:
                self._seen = self._source.follow_suspension(self._move.domain.uuid, xen_id, self._seen)
                self._seen_at = monotonic()
        except HypervisorError:
            return  # no root's shell, say: then what was not seen is not told
