# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Memory that goes encrypted between real Xen hosts: what their own sockets show of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.lab import GUEST_MIB, Lab
from tests.support.playbooks import Playbooks, blocking

WATCH = (
    "rm -f /tmp/ways.end; nohup sh -c 'until [ -e /tmp/ways.end ]; do"
    " ss -HtnOi state established dst 10.77.0.12; sleep 0.5; done' >/tmp/ways 2>&1 </dev/null &"
)
"""Writes down the TCP connections from xen-a to xen-b, with how much was sent through each, until it is told to end."""
MIGRATION_PORTS = range(49152, 49217)
GUEST_BYTES = GUEST_MIB * 2**20


@contextmanager
def hidden(lab: Lab, host: str, path: str) -> Iterator[None]:
    """Have a host do without a file of its own."""
    lab.xenlab("ssh", host, f"mv {path} {path}.hidden")
    try:
        yield
    finally:
        lab.xenlab("ssh", host, f"mv {path}.hidden {path}")


def sent_by_port(seen: str) -> dict[int, int]:
    """Return the most that was seen sent through a connection to each port of xen-b."""
    most: dict[int, int] = {}
    for line in seen.splitlines():
        port = int(re.findall(r"10\.77\.0\.12:(\d+)", line)[0])
        sent = re.search(r"bytes_sent:(\d+)", line)
        most[port] = max(most.get(port, 0), int(sent.group(1)) if sent else 0)
    return most


def test_an_encrypted_move_is_refused_while_root_can_t_log_in_and_then_goes_through_ssh_alone(
    lab: Lab, guests: Callable[..., None], playbooks: Playbooks
) -> None:
    """Nobody says how the hosts reach each other. It is the same running guest before and after, with its autostart."""
    guests("secret01", options=("--autostart",))
    before, tick = lab.copy("xen-a", "secret01"), lab.ticks("secret01")
    wish: dict[str, Any] = {
        "name": "secret01",
        "host": "xen-b",
        "encrypted": True,
        "hosts": lab.hosts("xen-a", "xen-b"),
    }
    with hidden(lab, "xen-a", "/root/.ssh/known_hosts"):
        refused = playbooks.migrate(**wish).result
    assert blocking(refused) == ["peer_unreachable"], refused
    assert "Host key verification failed" in refused["msg"]
    assert (lab.copy("xen-a", "secret01"), lab.copy("xen-b", "secret01")) == (before, None)

    lab.xenlab("ssh", "xen-a", WATCH)
    moved = playbooks.migrate(**wish).result
    sent = sent_by_port(lab.xenlab("ssh", "xen-a", "touch /tmp/ways.end; cat /tmp/ways"))
    assert [(move["status"], move["live"], move["encrypted"]) for move in moved["moves"]] == [("moved", True, True)]
    assert not sent.keys() & set(MIGRATION_PORTS), sent
    assert sent[22] > GUEST_BYTES * 0.9, sent
    there = lab.copy("xen-b", "secret01")
    assert before is not None
    assert there is not None
    assert (there.autostart, there.next_boot_xml, lab.copy("xen-a", "secret01")) == (True, before.next_boot_xml, None)
    now = lab.wait_for_tick_after("secret01", tick["count"])
    assert (now["boot"], now["host"]) == (tick["boot"], "xen-b")
