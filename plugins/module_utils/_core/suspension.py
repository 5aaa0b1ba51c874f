# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far the suspension of a guest for its move has come, private to this collection: as its source tells it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Suspension:
    """What was seen of it when it was ``told``. Seconds of the source's own clock, which counts from its boot.

    ``asked`` is when its Xen asked the guest to suspend itself, None if it hasn't, or if that was ``missed``: it had before
    anybody could notice. ``given_up``: its source can't have it run on any more. ``gone``: its source has nothing of it any
    more. ``runs``: it doesn't stand still any more, as far as is known.
    """

    told: float = 0.0
    asked: float | None = None
    missed: bool = False
    given_up: bool = False
    gone: bool = False
    runs: bool = False

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be seen."""
        return self.given_up or self.gone

    @property
    def seconds(self) -> float | None:
        """How long the guest had stood still when it was told, None where that can't be known."""
        return None if self.asked is None else self.told - self.asked
