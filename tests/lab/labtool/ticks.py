# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
"""Judging what the guests' consoles say: pure functions on what the hosts answered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_REPLY = re.compile(r"^\[(\d+\.\d+)\] \d+ bytes from ", re.MULTILINE)


@dataclass(frozen=True)
class Tick:
    """The newest tick of a guest. time: when it was logged, age: how long ago, both in seconds by its host's clock."""

    host: str
    count: int
    boot: str
    uptime: float
    disk: str | None
    time: float
    age: float


def ticks_of(name: str, answers: Mapping[str, Any]) -> list[Tick]:
    """The last tick of a guest on each host that has a log of it. answers: what each host's agent said."""
    found = []
    for host, answer in answers.items():
        # libxl may have called the console by the domain's name while it came in.
        for logged in (name, f"{name}--incoming"):
            tick = answer["ticks"].get(logged)
            if tick:
                time = tick["time"] or 0.0
                values = {key: tick[key] for key in ("count", "boot", "uptime", "disk")}
                found.append(Tick(host=host, time=time, age=round(answer["now"] - time, 1), **values))
    return found


def newest(ticks: list[Tick]) -> Tick | None:
    """The newest tick: of the boot that was heard last, the one with the highest count.

    The log on a host that a guest has left stays behind, and the hosts' clocks differ a little: within one boot the
    count decides.
    """
    if not ticks:
        return None
    boot = max(ticks, key=lambda tick: tick.time).boot
    return max((tick for tick in ticks if tick.boot == boot), key=lambda tick: tick.count)


def longest_silence(ping_log: str, stopped: float) -> tuple[float, int]:
    """The longest time without an answer in the output of `ping -D`, in seconds, and how many answers there were.

    stopped: when pinging ended, in seconds since 1970; silence at the end counts too.
    """
    times = [float(stamp) for stamp in _REPLY.findall(ping_log)]
    if not times:
        return float("inf"), 0
    gaps = [later - earlier for earlier, later in zip(times, [*times[1:], stopped], strict=True)]
    return max(gaps), len(times)
