# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holding a move of a real domain at one moment, for as long as it takes to break something.

What is in the way of the next step is stopped with SIGSTOP: the process that sends the memory, the destination's libvirt daemon
before it is to take the domain over, the source's before it is to give it up.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from tests.faults.hosts import Pair
from tests.support.lab import wait_for


class Moment(str, Enum):  # noqa: UP042 (mypy looks with Python 3.10, which has no StrEnum)
    """How far a move has come."""

    BEFORE = "before"
    FIRST_PASS = "first pass"
    SUSPENDED = "suspended"
    FINISH = "finish"
    CONFIRM = "confirm"


_HOLD_FIRST_PASS = """until pid=$(pgrep -x libxl-save-help); do sleep 0.1; done; kill -STOP "$pid"; echo "$pid" """

# libxl asks the guest to suspend itself by writing to this node, and the process that sends the memory waits for the answer.
# The first of two events is that the watch has begun.
_HOLD_SUSPENDED = """xenstore-watch -n 2 "/local/domain/$(xl domid NAME)/control/shutdown" >/dev/null & asked=$!
until pid=$(pgrep -x libxl-save-help); do sleep 0.1; done
wait "$asked"; kill -STOP "$pid"
until xl list NAME | tail -n 1 | awk '{ print $(NF - 1) }' | grep -q '^...s'; do
  sleep 0.1; [ -d "/proc/$pid" ] || { echo 'the memory was sent before it could be held'; exit 1; }
done; echo "$pid" """

_GONE = "while pgrep -x libxl-save-help >/dev/null; do sleep 0.2; done"
_IDLE = """busy() { awk '{ print $14 + $15 }' "/proc/$(pgrep -x libvirtd)/stat"; }
now=$(busy); while sleep 2; do then=$now; now=$(busy); [ "$then" != "$now" ] || break; done"""


class Missed(Exception):
    """The run ended before its move had come so far."""


def hold(pair: Pair, name: str, arrives_as: str, moment: Moment, going_on: Callable[[], bool]) -> None:
    """Wait until the move that is under way has come so far, and stop it there; raises ``Missed`` if it doesn't."""
    script = _HOLD_FIRST_PASS if moment is Moment.FIRST_PASS else _HOLD_SUSPENDED.replace("NAME", name)
    if not pair.shell_while(pair.source, script, going_on):
        raise Missed(moment.value)
    if moment in {Moment.FIRST_PASS, Moment.SUSPENDED}:
        return
    pair.shell(pair.destination, "pkill -STOP -x libvirtd")
    pair.shell(pair.source, f"pkill -CONT -x libxl-save-help; {_GONE}; {_IDLE}")
    if moment is Moment.FINISH:
        return
    pair.shell(pair.source, "pkill -STOP -x libvirtd")
    pair.shell(pair.destination, "pkill -CONT -x libvirtd")
    wait_for(
        lambda: pair.defined(pair.destination, arrives_as),
        lambda defined: defined is not None,
        f"{pair.destination} to take {name} over",
    )


def release(pair: Pair, *hosts: str) -> None:
    """Let go on whatever was stopped and still is there, on these hosts, or on both."""
    for host in hosts or (pair.source, pair.destination):
        if pair.is_up(host):
            pair.tell(host, "pkill -CONT -x libxl-save-help; pkill -CONT -x libvirtd")
