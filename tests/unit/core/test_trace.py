# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What looks at a transfer come to: how far it is, and whether it is stalled. Memory in MiB here, time in seconds."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

import pytest
from make import MIB, domain

from ansible_collections.xenfleet.migration.plugins.module_utils._core.progress import Phase
from ansible_collections.xenfleet.migration.plugins.module_utils._core.trace import Look, Trace

MEMORY = 1000
PAGING = 1 + 8  # of one vCPU, and of nearly 1 GiB
FREE = 4000


def look(at: float, taken: float | None, *acked: int | None) -> Look:
    """Return a look that found so many MiB taken; ``acked`` is what the shell said, if it was asked."""
    free = None if taken is None else int((FREE - taken) * MIB)
    return Look(at, free, bool(acked), acked[0] if acked else None)


def trace(*looks: Look, live: bool = True) -> Trace:
    return reduce(Trace.followed, looks, Trace(domain(mib=MEMORY), live))


START = look(0, 0)
GONE = Look(30, int((FREE - 1009) * MIB), asked=True, unsent=True)
SILENT = Look(30, int((FREE - 1009) * MIB), asked=True)
PHASES: dict[str, tuple[Trace, Phase, int | None]] = {
    "nothing has arrived": (trace(START), Phase.PREPARING, None),
    "only what Xen takes beside memory is taken": (trace(START, look(1, PAGING)), Phase.PREPARING, None),
    "some has arrived": (trace(START, look(1, PAGING + 420)), Phase.FIRST_PASS, 42),
    "some has arrived of a domain that stands still": (trace(START, look(1, 430), live=False), Phase.ONLY_PASS, 42),
    "all has arrived": (trace(START, look(9, PAGING + MEMORY)), Phase.LAST_PASSES, None),
    "all has arrived, and none is sent any more": (trace(START, look(9, 1009, 7), GONE), Phase.HANDING_OVER, None),
    "the same of a domain that stands still": (
        trace(START, look(9, 1009, 7), GONE, live=False),
        Phase.HANDING_OVER,
        None,
    ),
    "all has arrived, and the shell fell silent": (trace(START, look(9, 1009, 7), SILENT), Phase.LAST_PASSES, None),
    "all, and then another domain left the host": (trace(START, look(9, 1009), look(12, 500)), Phase.LAST_PASSES, None),
    "it arrives, and the control domain gives memory away": (
        trace(START, look(3, -1000), look(6, -1000 + PAGING + 500)),
        Phase.FIRST_PASS,
        50,
    ),
    "more is taken than the domain has": (trace(START, look(3, 2000), live=False), Phase.ONLY_PASS, 100),
    "no free memory is told": (trace(look(0, None), look(3, None)), Phase.SENDING, None),
    "bytes are sent, and nothing has arrived": (trace(START, look(3, 0, 4096)), Phase.FIRST_PASS, 0),
}


@pytest.mark.parametrize(("seen", "phase", "percent"), PHASES.values(), ids=PHASES.keys())
def test_the_phase_is_told_by_free_memory(seen: Trace, phase: Phase, percent: int | None) -> None:
    assert seen.phase == (phase, percent)


HALF, FULL = PAGING + 500, PAGING + MEMORY


def left(at: float, receives: bool = True) -> Look:
    """Return a look that found that none is sent, and whether the destination received it all the same."""
    return replace(GONE, at=at, left=receives)


STALLS: dict[str, tuple[Trace, float | None]] = {
    "nothing moves at either end": (trace(START, look(10, HALF), look(25, HALF, 7), look(180, HALF, 7)), 155),
    "nothing moves, for less than 150 s": (trace(START, look(10, HALF), look(25, HALF, 7), look(174, HALF, 7)), None),
    "it has not begun": (trace(START, look(20, 0, None), look(160, 0, None)), 160),
    "memory arrives": (trace(START, look(20, 10, 7), look(160, 20), look(180, 30, 7)), None),
    "memory arrives slowly": (trace(START, look(90, 0.05, 7), look(180, 0.1, 7), look(290, 0.15, 7)), None),
    "memory arrives that is too little to be any": (trace(START, look(90, 0.01), look(180, 0.02)), 180),
    "bytes are acknowledged": (trace(START, look(20, 0, 7), look(180, 0, 8)), None),
    "bytes were acknowledged, and are no more": (trace(START, look(20, 0, 7), look(80, 0, 8), look(230, 0, 8)), 150),
    "the last passes go on": (trace(START, look(10, FULL), look(100, FULL, 8), look(260, FULL, 9)), None),
    "the last passes stand still": (trace(START, look(10, FULL), look(100, FULL, 9), look(260, FULL, 9)), 160),
    "the last passes go on, without a shell": (trace(START, look(10, FULL), look(300, FULL, None)), None),
    "the first pass stands still, without a shell": (trace(START, look(10, HALF), look(170, HALF, None)), 160),
    "only the shell tells": (trace(look(0, None), look(10, None, 7), look(160, None, 7)), 150),
    "the shell told of bytes, and then nothing": (trace(START, look(20, 0, 7), look(180, 0, None)), None),
    "nothing tells": (trace(look(0, None), look(10, None, None), look(900, None, None)), None),
    "none is sent, and the destination receives it": (trace(START, look(10, FULL, 7), left(30), left(180)), 150),
    "the same, not for long": (trace(START, look(10, FULL, 7), left(30), left(179)), None),
    "the same, and the destination got it all": (trace(START, look(10, FULL, 7), left(30), left(180, False)), None),
    "the same, but for a moment": (trace(START, look(10, FULL, 7), left(30), look(90, FULL, 8), left(180)), None),
    "the destination fell silent": (trace(START, look(10, HALF), look(200, None, None)), None),
}


@pytest.mark.parametrize(("seen", "seconds"), STALLS.values(), ids=STALLS.keys())
def test_a_transfer_is_stalled_only_where_everything_that_can_be_seen_stands_still(
    seen: Trace, seconds: float | None
) -> None:
    assert (None if seen.stall is None else seen.stall.seconds) == seconds


def test_a_stall_says_what_was_seen_last() -> None:
    seen = trace(START, look(10, HALF), look(25, HALF, 7), look(180, HALF, 7)).stall
    assert seen is not None
    assert seen.seen == "50 % of its memory had arrived and 7 bytes had been acknowledged"
    seen = trace(START, look(10, FULL), left(30), left(180)).stall
    assert seen is not None
    assert seen.seen == "100 % of its memory had arrived and its source had nothing more to send"


ASKED: dict[str, tuple[Trace, float, bool]] = {
    "not while memory arrives": (trace(START, look(3, HALF)), 6, False),
    "when it has stood still for a while": (trace(START, look(3, HALF), look(18, HALF)), 18, True),
    "not again at once": (trace(START, look(3, HALF), look(18, HALF, 7)), 21, False),
    "again after a while": (trace(START, look(3, HALF), look(18, HALF, 7)), 33, True),
    "not as soon as all memory is there": (trace(START, look(20, FULL), look(21, None)), 34, False),
    "a while after all memory was there": (trace(START, look(20, FULL), look(21, None)), 35, True),
    "where free memory is not told": (trace(look(0, None)), 15, True),
    "where it is told now and then, and is what it was": (
        trace(START, look(9, None), look(12, 0), look(14, 0)),
        15,
        True,
    ),
}


@pytest.mark.parametrize(("seen", "at", "asked"), ASKED.values(), ids=ASKED.keys())
def test_the_source_s_shell_is_asked(seen: Trace, at: float, asked: bool) -> None:
    assert seen.wants_shell(at) is asked
