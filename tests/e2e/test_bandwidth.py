# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moves between real Xen hosts that are limited, measured on the wire by what the kernel of their source counts."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from tests.support.lab import PATIENCE_SECONDS, XENLAB, Lab
from tests.support.playbooks import Playbooks

MIB = 1024**2
TOTAL, ALONE = 5, 8
"""MiB/s for all that xen-a sends, and for one move; the lab's network carries about 30."""

# From the first connection to a migration port to the end of the last, twice a second: the time, and how many bytes of each are
# acknowledged.
WATCH = r"""
import json, re, subprocess, time
seen = False
while True:
    ports = "( dport >= :49152 and dport <= :49216 )"
    told = subprocess.run(["ss", "-HOtin", "state", "established", ports], capture_output=True, text=True).stdout
    found = {" ".join(line.split()[2:4]): re.search(r"bytes_acked:(\d+)", line) for line in told.splitlines()}
    if found:
        seen = True
        print(json.dumps([time.monotonic(), {way: int(n[1]) if n else 0 for way, n in found.items()}]), flush=True)
    elif seen:
        break
    time.sleep(0.5)
"""
RECEIVE = """
import socket
with socket.create_server(("10.77.0.12", 5001)) as listening:
    way, _address = listening.accept()
    with way:
        while way.recv(1 << 20):
            pass
        way.sendall(b"x")
"""
SEND = """
import socket, time
begun = time.monotonic()
with socket.create_connection(("10.77.0.12", 5001)) as way:
    for _mib in range(64):
        way.sendall(bytes(1 << 20))
    way.shutdown(socket.SHUT_WR)
    assert way.recv(1) == b"x"
print(64 / (time.monotonic() - begun))
"""


class Wire:
    """What a host sends to migration ports, watched on that host from now on."""

    def __init__(self, host: str) -> None:
        self._watching = on(host, WATCH)
        self._seen: list[str] = []

    def wait(self) -> None:
        """Wait until memory is being sent."""
        assert self._watching.stdout is not None
        self._seen.append(self._watching.stdout.readline())

    def rate(self) -> float:
        """Return MiB/s of all that was sent, while anything was, when the last of it has arrived."""
        more, _nothing = self._watching.communicate(timeout=PATIENCE_SECONDS)
        looks: list[tuple[float, dict[str, int]]] = [json.loads(line) for line in [*self._seen, *more.splitlines()]]
        sent = seconds = 0.0
        for (before, had), (now, has) in pairwise(looks):
            new = sum(count - had.get(way, 0) for way, count in has.items())
            sent += new
            seconds += now - before if new else 0
        return sent / seconds / MIB


def on(host: str, script: str) -> subprocess.Popen[str]:
    command = [str(XENLAB), "ssh", host, shlex.join(["python3", "-c", script])]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)


def other_traffic() -> float:
    """Send 64 MiB from xen-a to xen-b by a connection that is no move's, and return its MiB/s."""
    receiving, told = on("xen-b", RECEIVE), ""
    while receiving.poll() is None and not told:
        told, _nothing = on("xen-a", SEND).communicate(timeout=PATIENCE_SECONDS)  # until somebody listens
    receiving.wait(PATIENCE_SECONDS)
    return float(told)


def moved(result: dict[str, Any]) -> dict[str, Any]:
    (move,) = result["moves"]
    assert move["status"] == "moved", result
    return dict(move)


def test_moves_keep_to_their_limits_and_leave_other_traffic_alone(
    lab: Lab, guests: Callable[..., None], playbooks: Playbooks
) -> None:
    """Two runs that don't know of each other share what their source may send; then one is limited by itself, one isn't."""
    guests("slow01", "slow02")
    hosts: dict[str, Any] = lab.hosts("xen-a", "xen-b")
    shared = {**hosts, "xen-a": {"uri": hosts["xen-a"], "bandwidth": TOTAL}}
    wire = Wire("xen-a")
    runs = [playbooks.start(name=name, host="xen-b", hosts=shared) for name in ("slow01", "slow02")]
    wire.wait()
    other = other_traffic()
    moves = [moved(run.end().result) for run in runs]
    assert wire.rate() == pytest.approx(TOTAL, rel=0.2)
    assert other > TOTAL
    assert {move["bandwidth"] for move in moves} <= {TOTAL / 2, TOTAL}
    assert TOTAL / 2 in {move["bandwidth"] for move in moves}

    wire = Wire("xen-b")
    limited = moved(playbooks.migrate(name="slow01", host="xen-a", hosts=hosts, bandwidth=ALONE).result)
    assert (limited["bandwidth"], wire.rate()) == (ALONE, pytest.approx(ALONE, rel=0.2))
    wire = Wire("xen-b")
    plain = moved(playbooks.migrate(name="slow02", host="xen-a", hosts=hosts).result)
    assert (plain["bandwidth"], wire.rate() > 1.2 * ALONE) == (None, True)
