# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The copies of domains that Xen itself has, private to this collection: what ``xl`` lists, whatever libvirt believes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .._core.evidence import Ending, XenCopy, XenState

LIST = "xl list -v"
STATE = """$(set -f; set -- $(xl list "$id" 2>/dev/null); [ $# -lt 2 ] || { shift $(($# - 2)); echo "$1"; })"""
"""In a shell, the letters by which ``xl`` shows the domain with the Xen id ``$id``; empty where there is none."""

_DOMAIN = re.compile(
    r"(?P<name>.*?) +(?P<id>\d+) +\d+ +\d+ +(?P<state>[-r][-b][-p][-s][-rscw?][-d]) +(?P<seconds>\d+)\.(?P<tenth>\d) "
    r"(?P<uuid>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}) +(?P<reason>\S+) +\S+ *"
)
"""A line of ``xl list -v``: the columns after the name have one shape only, so a name may hold anything."""

_SUSPENDED = "2"
"""SHUTDOWN_suspend of Xen's sched.h."""
_ENDINGS = {"0": Ending.SHUT_DOWN, "1": Ending.ASKED_TO_BOOT, "3": Ending.CRASHED}
"""SHUTDOWN_poweroff, SHUTDOWN_reboot and SHUTDOWN_crash of the same."""


def read_copies(text: str) -> dict[str, XenCopy]:
    """Read the answer to ``LIST``, by UUID. Raises ``ValueError`` for an answer of any other shape."""
    head, *lines = text.splitlines() or [""]
    if not head.startswith("Name "):
        raise ValueError(text)
    # While a domain is taken down Xen may have it twice: what has ended counts only where there is nothing else.
    found = sorted(_found(lines), key=lambda one: one[1].state is not XenState.ENDED)
    return dict(found)


def _found(lines: list[str]) -> Iterator[tuple[str, XenCopy]]:
    for line in lines:
        match = _DOMAIN.fullmatch(line)
        if match is None:
            raise ValueError(line)
        flags, tenths = match["state"], int(match["seconds"]) * 10 + int(match["tenth"])
        has_run = tenths > 0 or flags[1] == "b"  # only a guest itself can wait for something
        state = _state(flags, match["reason"])
        given_up = state is XenState.SUSPENDED and flags[2] == "p"
        leaving = flags[5] == "d"
        ending = _ENDINGS.get(match["reason"]) if flags[3] == "s" and not leaving else None
        yield match["uuid"], XenCopy(int(match["id"]), match["name"], state, tenths, has_run, given_up, ending, leaving)


def _state(flags: str, reason: str) -> XenState:
    """Read the letters: running, blocked, paused, shut down, what for (suspended, crashed, ...), dying; some, or none."""
    if flags[5] == "d" or (flags[3] == "s" and reason != _SUSPENDED):
        return XenState.ENDED
    if flags[3] == "s":
        return XenState.SUSPENDED
    return XenState.PAUSED if flags[2] == "p" else XenState.GOES_ON
