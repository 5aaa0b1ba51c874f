# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
"""Waiting for a condition, never for a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from labtool.errors import LabError

_T = TypeVar("_T")


def until(
    condition: Callable[[], _T | None],
    deadline: float,
    problem: Callable[[], str],
    interval: float = 0.25,
) -> _T:
    """Return the first true answer of `condition`.

    deadline: seconds from now; interval: seconds between two looks. After the deadline LabError carries what `problem`
    saw.
    """
    end = time.monotonic() + deadline
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() >= end:
            raise LabError(f"{problem()} (waited {deadline:.0f} s)")
        time.sleep(interval)
