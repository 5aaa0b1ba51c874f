# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The quick part of the fault matrix: real moves that are broken, and nothing is lost. ``make faults`` has the rest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.catalogue import FAULTS, Fault
from tests.faults.moment import Moment
from tests.faults.run import one_trial
from tests.support.lab import Lab

QUICK = [pytest.param(fault, moment, id=f"{fault.name}, {moment.value}") for fault in FAULTS for moment in fault.quick]


@pytest.fixture(scope="module", autouse=True)
def _none_left(lab: Lab) -> Iterator[None]:
    """The trials go on with one domain, from one to the next; no other test is to find it."""
    yield
    lab.xenlab("guest", "remove", "--all")


@pytest.mark.parametrize(("fault", "moment"), QUICK)
def test_nothing_is_lost(lab: Lab, fault: Fault, moment: Moment) -> None:
    """One copy of the same guest runs in the end, with all that it had, and a rerun finds nothing in its way."""
    assert one_trial(lab, fault, moment, "12").problems == []
