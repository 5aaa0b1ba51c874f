# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a schedule can be made before hosts have to be looked at again, private to this collection: pure."""

from __future__ import annotations

from collections.abc import Sequence

from .values import Step


def first_steps(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return the steps before the first one of a domain that has moved already."""
    moved: set[str] = set()
    first: list[Step] = []
    for step in steps:
        if step.resident.uuid in moved:
            break
        moved.add(step.resident.uuid)
        first.append(step)
    return tuple(first)
