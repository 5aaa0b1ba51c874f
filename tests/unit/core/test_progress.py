# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of the progress becomes a line, and what is in it."""

from __future__ import annotations

import pytest
from make import domain, move

from ansible_collections.xenfleet.migration.plugins.module_utils._core.progress import Pace, Phase, Progress

FIRST, LAST, CHECKING = Phase.FIRST_PASS, Phase.LAST_PASSES, Phase.CHECKING


def test_a_line_names_the_domain_the_way_the_phase_the_part_and_the_time() -> None:
    assert str(Progress(move(), FIRST, 18.4, 42)) == "web01: xen-a -> xen-b, first pass 42 %, 18 s"
    assert str(Progress(move(), CHECKING, 60.0)) == "web01: xen-a -> xen-b, checking both hosts, 60 s"


PACES: dict[str, tuple[float, list[tuple[float, Phase]], list[float]]] = {
    "one for each interval": (10, [(second, FIRST) for second in range(31)], [10, 20, 30]),
    "one more for each phase": (10, [(0, FIRST), (4, FIRST), (5, LAST), (6, LAST), (15, LAST)], [5, 15]),
    "not two within a second": (10, [(0, FIRST), (0.5, LAST), (0.9, CHECKING), (1.2, CHECKING)], [1.2]),
    "a phase that came within a second, later": (10, [(0, FIRST), (10, FIRST), (10.5, LAST), (11, LAST)], [10, 11]),
    "none where 0 is asked for": (0, [(0, FIRST), (100, LAST)], []),
    "none about what is over at once": (10, [(0.0, FIRST), (0.3, LAST), (0.6, CHECKING)], []),
    "several a second, if that is asked for": (0.5, [(0, FIRST), (0.5, FIRST), (0.9, FIRST), (1.0, FIRST)], [0.5, 1.0]),
}


@pytest.mark.parametrize(("interval", "told", "shown"), PACES.values(), ids=PACES.keys())
def test_lines_come(interval: float, told: list[tuple[float, Phase]], shown: list[float]) -> None:
    pace, made = Pace(interval), move()
    assert [seconds for seconds, phase in told if pace.is_due(Progress(made, phase, seconds))] == shown


def test_each_move_has_its_own_time() -> None:
    pace, first, second = Pace(10), move(), move(domain("db01"))
    told = [Progress(first, FIRST, 12.0), Progress(second, FIRST, 3.0), Progress(second, FIRST, 10.0)]
    assert [pace.is_due(progress) for progress in told] == [True, False, True]
