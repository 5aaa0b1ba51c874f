# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
"""What the lab makes of its consoles and pings."""

from __future__ import annotations

from typing import Any

import pytest

from labtool.agent import last_tick
from labtool.ticks import Tick, longest_silence, newest, ticks_of

LINE = "[2026-11-23 20:00:00] tick 7 boot=abc uptime=9.25"


@pytest.mark.parametrize(
    ("log", "count", "disk"),
    [
        (LINE, 7, None),
        ("tick 3 boot=abc uptime=1.0", 3, None),
        (LINE + " disk=7", 7, "7"),
        (LINE + " disk=failed\n[2026-11-23 20:00:01] tick 8 bo", 7, "failed"),
        (LINE + "\r\n", 7, None),
    ],
)
def test_the_last_complete_tick_of_a_console_counts(log: str, count: int, disk: str | None) -> None:
    tick = last_tick(log)
    assert tick is not None
    assert (tick["count"], tick["boot"], tick["disk"]) == (count, "abc", disk)


@pytest.mark.parametrize("log", ["", "login:", "xtick 7 boot=abc uptime=9"])
def test_a_console_without_a_tick_has_none(log: str) -> None:
    assert last_tick(log) is None


def _tick(host: str, count: int, boot: str, time: float) -> Tick:
    return Tick(host, count, boot, 1.0, None, time, 0.0)


@pytest.mark.parametrize(
    ("ticks", "host"),
    [
        # The source's log stays behind after a move; its clock may be ahead.
        ([_tick("xen-a", 40, "x", 101.0), _tick("xen-b", 41, "x", 100.0)], "xen-b"),
        # A new boot begins to count anew.
        ([_tick("xen-a", 400, "x", 100.0), _tick("xen-b", 2, "y", 200.0)], "xen-b"),
    ],
)
def test_the_newest_tick_is_the_highest_of_the_boot_heard_last(ticks: list[Tick], host: str) -> None:
    found = newest(ticks)
    assert found is not None
    assert found.host == host


def test_nothing_heard_is_no_tick() -> None:
    assert newest([]) is None


def test_the_age_of_a_tick_is_told_by_its_hosts_own_clock() -> None:
    said: dict[str, Any] = {"count": 1, "boot": "x", "uptime": 1.0, "disk": None, "time": 90.0}
    answers = {"xen-a": {"now": 100.0, "ticks": {"web": said}}, "xen-b": {"now": 100.0, "ticks": {"other": said}}}
    assert [(tick.host, tick.age) for tick in ticks_of("web", answers)] == [("xen-a", 10.0)]


def _replies(*times: float) -> str:
    return "".join(f"[{time:.6f}] 64 bytes from 10.77.0.100: icmp_seq=1 ttl=64 time=1 ms\n" for time in times)


@pytest.mark.parametrize(
    ("log", "stopped", "silence"),
    [
        (_replies(10.0, 10.2, 17.0, 17.2), 17.3, 6.8),
        (_replies(10.0, 10.2), 30.2, 20.0),
        ("PING 10.77.0.100\n" + _replies(1.0) + "no answer yet\n" + _replies(3.0), 3.5, 2.0),
    ],
)
def test_the_longest_silence_is_between_two_answers_or_at_the_end(log: str, stopped: float, silence: float) -> None:
    assert longest_silence(log, stopped)[0] == pytest.approx(silence)


def test_a_guest_that_never_answered_was_silent_for_ever() -> None:
    assert longest_silence("PING 10.77.0.100\n", 5.0) == (float("inf"), 0)
