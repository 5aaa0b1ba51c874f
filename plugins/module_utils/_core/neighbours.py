# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a move has to do with others that go on at the same time, private to this collection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Neighbours:
    """What a move asks about others, and tells them.

    ``share_destination`` tells whether another move to the same destination goes on just now. ``make_way`` is called, by any
    thread, once the domain runs at its destination and its source has given it up: what is left of its move keeps no other
    waiting.
    """

    share_destination: Callable[[], bool] = lambda: False
    make_way: Callable[[], None] = lambda: None


ALONE = Neighbours()
