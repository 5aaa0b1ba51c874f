# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs that are killed in the middle of a move, on the lab."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

from tests.support.killing import kill_groups, worker
from tests.support.lab import Lab, wait_for
from tests.support.playbooks import Playbooks

Guests = Callable[..., None]


def test_a_move_outlives_its_killed_run(lab: Lab, guests: Guests, playbooks: Playbooks) -> None:
    """The same running guest arrives with its autostart, and a rerun has nothing to do."""
    guests("orphan", options=("--autostart",))
    before, tick = lab.copy("xen-a", "orphan"), lab.ticks("orphan")
    assert before is not None
    wish: dict[str, Any] = {"placement": {"orphan": "xen-b"}, "hosts": lab.hosts("xen-a", "xen-b")}
    running = playbooks.start(**wish)
    wait_for(lambda: lab.xenlab("ssh", "xen-b", "xl list"), lambda listed: "orphan" in listed, "the memory to arrive")
    kill_groups(running.process.pid, worker(running.process.pid), signal.SIGKILL)
    assert running.process.wait() == -signal.SIGKILL
    assert lab.copy("xen-a", "orphan") is not None

    wait_for(lambda: lab.copy("xen-a", "orphan"), lambda left: left is None, "the source to forget it")
    there = lab.copy("xen-b", "orphan")
    assert there is not None
    assert (there.persistent, there.autostart) == (True, True)
    assert there.next_boot_xml == before.next_boot_xml
    now = lab.wait_for_tick_after("orphan", tick["count"])
    assert (now["boot"], now["host"]) == (tick["boot"], "xen-b")

    again = playbooks.migrate(**wish)
    assert (again.changed, again.result["moves"]) == (0, [])
