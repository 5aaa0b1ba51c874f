# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moves between real Xen hosts that are limited, measured on the wire by what the kernel of their source counts."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.lab import PATIENCE_SECONDS, XENLAB, Lab
from tests.support.playbooks import Playbooks

MIB = 1024**2
LIMIT = 1
"""MiB/s. The lab's network carries about 30; but what is paced needs the processor just in time, which an emulated host that
shares two cores doesn't get for much more than this.
"""
WITHIN = 0.2
"""So far from its limit what is sent may be."""

# From the beginning of a connection to a migration port to its end: seconds, and what the network between the hosts was sent.
WATCH = f"""
import signal, time
signal.alarm({2 * PATIENCE_SECONDS})
def sending():
    with open("/proc/net/tcp") as told:
        ways = [line.split()[2:4] for line in list(told)[1:]]
    return any(state == "01" and 49152 <= int(there.rpartition(":")[2], 16) <= 49216 for there, state in ways)
def sent():
    with open("/sys/class/net/eth1/statistics/tx_bytes") as told:
        return int(told.read())
def wait(wanted):
    while sending() != wanted:
        time.sleep(0.1)
    return time.monotonic(), sent()
print("ready", flush=True)
begun, before = wait(True)
print("begun", flush=True)
ended, after = wait(False)
print(ended - begun, after - before)
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
begun = time.monotonic()
with socket.create_connection(("10.77.0.12", 5001)) as way:
    for _mib in range({OTHER}):
        way.sendall(bytes(1 << 20))
    way.shutdown(socket.SHUT_WR)
    assert way.recv(1) == b"x"
print({OTHER} / (time.monotonic() - begun))
"""


class Wire:
    """What a host sends while it sends memory, watched on that host from now on."""

    def __init__(self, host: str) -> None:
        self._watching = on(host, WATCH)
        self.wait_for("ready")

    def wait_for(self, word: str) -> None:
        assert self._watching.stdout is not None
        assert self._watching.stdout.readline() == f"{word}\n"

    def rate(self, without: float = 0) -> float:
        """Return MiB/s of a transfer that has ended; ``without`` are other MiB that were sent meanwhile."""
        assert self._watching.stdout is not None
        with self._watching:
            seconds, sent = map(float, self._watching.stdout.read().split())
        return (sent / MIB - without) / seconds


def on(host: str, script: str) -> subprocess.Popen[str]:
    command = [str(XENLAB), "ssh", host, shlex.join(["python3", "-c", script])]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)


def other_traffic() -> float:
    """Send from xen-a to xen-b by a connection that is no move's, and return its MiB/s."""
    with on("xen-b", RECEIVE) as receiving:
        assert receiving.stdout is not None
        assert receiving.stdout.readline() == "ready\n"
        told, _nothing = on("xen-a", SEND).communicate(timeout=PATIENCE_SECONDS)
    return float(told)


def test_a_move_keeps_to_its_limit_and_leaves_other_traffic_alone(
    lab: Lab, guests: Callable[..., None], playbooks: Playbooks
) -> None:
    """As long as it lasts: at such a limit the whole memory would take minutes. Then it goes without one."""
    guests("slow01")
    hosts: dict[str, Any] = lab.hosts("xen-a", "xen-b")
    limited = {**hosts, "xen-a": {"uri": hosts["xen-a"], "bandwidth": LIMIT}}
    wire = Wire("xen-a")
    run = playbooks.start(name="slow01", host="xen-b", hosts=limited, bandwidth=4 * LIMIT, timeout=40)
    wire.wait_for("begun")
    other = other_traffic()
    (move,) = run.end().result["moves"]
    rate = wire.rate(without=OTHER)
    assert (move["status"], move["bandwidth"]) == ("aborted", LIMIT)
    assert rate == pytest.approx(LIMIT, rel=WITHIN)
    assert other > 1.5 * LIMIT

    wire = Wire("xen-a")
    (move,) = playbooks.migrate(name="slow01", host="xen-b", hosts=hosts).result["moves"]
    wire.wait_for("begun")
    plain = wire.rate()
    assert (move["status"], move["bandwidth"]) == ("moved", None)
    assert plain > 1.5 * LIMIT
    print(f"limited to {LIMIT}: {rate:.2f}; other traffic: {other:.2f}; not limited: {plain:.2f} MiB/s")
