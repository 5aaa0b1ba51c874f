# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moves between real Xen hosts that are limited, measured by what the kernel of their source counts of their connection."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Callable
from typing import Any

from tests.support.lab import PATIENCE_SECONDS, XENLAB, Lab
from tests.support.playbooks import Playbooks

LIMIT = 1
"""MiB/s. The lab's network carries about 30; but what is paced needs the processor just in time, which an emulated host that
shares two cores doesn't get for much more than this.
"""
WITHIN = 1.2
"""So many times its limit what is sent may be. How far below it stays is the machine's affair: one that is short of processors
paces less than it might, 0.15 MiB/s of 1 at worst so far.
"""

# From the beginning of a connection to a migration port to its end: seconds, and the MiB that were acknowledged of it.
WATCH = """
import re, subprocess, time
def acked():
    told = subprocess.run(
        ["ss", "-Htin", "state", "established", "( dport >= :49152 and dport <= :49216 )"],
        stdout=subprocess.PIPE, text=True, check=True,
    ).stdout
    count = re.search(r"bytes_acked:([0-9]+)", told)
    return (int(count[1]) if count else 0) if told else None
print("ready", flush=True)
while True:
    before = time.monotonic()
    count = acked()
    if count is not None:
        break
    time.sleep(0.1)
print("begun", flush=True)
while count is not None:
    last, ended = count, time.monotonic()
    time.sleep(0.1)
    count = acked()
print(ended - before, last / 1024**2)
"""
OTHER = 32
"""MiB of other traffic."""
RECEIVE = """
import socket
with socket.create_server(("10.77.0.12", 5001)) as listening:
    print("ready", flush=True)
    way, _address = listening.accept()
    with way:
        while way.recv(1 << 20):
            pass
        way.sendall(b"x")
"""
SEND = f"""
import socket, time
with socket.create_connection(("10.77.0.12", 5001)) as way:
    print("ready", flush=True)
    input()
    begun = time.monotonic()
    for _mib in range({OTHER}):
        way.sendall(bytes(1 << 20))
    way.shutdown(socket.SHUT_WR)
    assert way.recv(1) == b"x"
print({OTHER} / (time.monotonic() - begun))
"""


class Script:
    """A script that runs on a host, for so long at most."""

    def __init__(self, host: str, text: str) -> None:
        limited = f"import signal; signal.alarm({2 * PATIENCE_SECONDS})\n{text}"
        command = [str(XENLAB), "ssh", host, shlex.join(["python3", "-c", limited])]
        self._running = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def wait_for(self, word: str) -> None:
        assert self._running.stdout is not None
        assert self._running.stdout.readline() == f"{word}\n"

    def end(self, line: str = "") -> list[float]:
        """Give it a line, if there is one, and return the numbers with which it ends."""
        assert self._running.stdin is not None
        assert self._running.stdout is not None
        with self._running:
            if line:
                self._running.stdin.write(f"{line}\n")
                self._running.stdin.close()
            return [float(word) for word in self._running.stdout.read().split()]


class Wire:
    """What a host sends while it sends memory, watched on that host from now on."""

    def __init__(self, host: str) -> None:
        self._watching = Script(host, WATCH)
        self._watching.wait_for("ready")

    def wait_for_a_transfer(self) -> None:
        self._watching.wait_for("begun")

    def rate(self) -> float:
        """Return MiB/s of a transfer that has ended."""
        seconds, mib = self._watching.end()
        return mib / seconds


class OtherTraffic:
    """A connection from xen-a to xen-b that is no move's."""

    def __init__(self) -> None:
        self._receiving = Script("xen-b", RECEIVE)
        self._receiving.wait_for("ready")
        self._sending = Script("xen-a", SEND)
        self._sending.wait_for("ready")

    def rate(self) -> float:
        """Send, and return its MiB/s."""
        (rate,) = self._sending.end("now")
        self._receiving.end()
        return rate


def test_a_move_keeps_to_its_limit_and_leaves_other_traffic_alone(
    lab: Lab, guests: Callable[..., None], playbooks: Playbooks
) -> None:
    """As long as it lasts: at such a limit the whole memory would take minutes. Then it goes without one."""
    guests("slow01")
    hosts: dict[str, Any] = lab.hosts("xen-a", "xen-b")
    limited = {**hosts, "xen-a": {"uri": hosts["xen-a"], "bandwidth": LIMIT}}
    wire, traffic = Wire("xen-a"), OtherTraffic()
    run = playbooks.start(name="slow01", host="xen-b", hosts=limited, bandwidth=4 * LIMIT, timeout=40)
    wire.wait_for_a_transfer()
    other = traffic.rate()
    (move,) = run.end().result["moves"]
    rate = wire.rate()
    assert (move["status"], move["bandwidth"]) == ("aborted", LIMIT)
    assert 0 < rate < WITHIN * LIMIT
    assert other > 1.5 * rate

    wire = Wire("xen-a")
    (move,) = playbooks.migrate(name="slow01", host="xen-b", hosts=hosts).result["moves"]
    wire.wait_for_a_transfer()
    plain = wire.rate()
    assert (move["status"], move["bandwidth"]) == ("moved", None)
    assert plain > 1.5 * rate
    print(f"limited to {LIMIT}: {rate:.2f}; other traffic: {other:.2f}; not limited: {plain:.2f} MiB/s")
