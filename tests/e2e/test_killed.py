# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs that are killed in the middle of a move, on the lab."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from typing import Any

import libvirt

from tests.support.killing import kill_groups, worker
from tests.support.lab import PATIENCE_SECONDS, Lab, wait_for
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
    running.process.communicate(timeout=PATIENCE_SECONDS)
    assert running.process.returncode == -signal.SIGKILL
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


def test_a_rerun_finishes_a_move_that_lacks_its_end(lab: Lab, guests: Guests, playbooks: Playbooks) -> None:
    """The memory was moved by libvirt alone: what only the source's definition had arrives, and nothing is left there."""
    guests("halfway", options=("--autostart",))
    before, tick = lab.copy("xen-a", "halfway"), lab.ticks("halfway")
    assert before is not None
    status = {host["host"]: host for host in json.loads(lab.xenlab("status", "--json"))["hosts"]}
    parameters = {libvirt.VIR_MIGRATE_PARAM_URI: f"tcp://{status['xen-b']['address']}"}
    there = libvirt.open(lab.uris["xen-b"])
    with lab.domain("xen-a", "halfway") as found:
        found.migrate3(there, parameters, libvirt.VIR_MIGRATE_LIVE | libvirt.VIR_MIGRATE_PERSIST_DEST)
    there.close()

    wish: dict[str, Any] = {"placement": {"halfway": "xen-b"}, "hosts": lab.hosts("xen-a", "xen-b")}
    planned = playbooks.migrate("--check", **wish)
    assert "Would finish the interrupted move of halfway" in planned.result["msg"]
    assert lab.copy("xen-a", "halfway") is not None
    finished = playbooks.migrate(**wish)
    assert (finished.changed, finished.result["moves"]) == (1, [])
    assert finished.result["domains"]["halfway"]["autostart"] is True
    assert lab.copy("xen-a", "halfway") is None
    now = lab.copy("xen-b", "halfway")
    assert now is not None
    assert (now.autostart, now.next_boot_xml) == (True, before.next_boot_xml)
    assert lab.wait_for_tick_after("halfway", tick["count"])["boot"] == tick["boot"]
    assert playbooks.migrate(**wish).changed == 0
