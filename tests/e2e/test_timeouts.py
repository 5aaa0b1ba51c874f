# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moves between real Xen hosts that take longer than they may."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.lab import Lab
from tests.support.playbooks import Playbooks

SLOW = "tc qdisc replace dev eth1 root tbf rate 8mbit burst 32kb limit 300kb"
FASTER = "tc qdisc replace dev eth1 root tbf rate 64mbit burst 64kb limit 1mb"
FAST = "tc qdisc delete dev eth1 root"


@pytest.fixture
def slow_link(lab: Lab) -> Iterator[Callable[[], str]]:
    """The link of xen-a at 1 MB/s, at which a guest's memory takes minutes; at 8 MB/s once what is returned is called.

    So its first pass takes a quarter of a minute, and is seen, however fast the machine is.
    """
    lab.xenlab("ssh", "xen-a", SLOW)
    yield lambda: lab.xenlab("ssh", "xen-a", FASTER)
    lab.xenlab("ssh", "xen-a", FAST)


def test_a_move_is_stopped_at_its_timeout_goes_on_at_its_source_and_can_be_made_later(
    lab: Lab, guests: Callable[..., None], playbooks: Playbooks, slow_link: Callable[[], str]
) -> None:
    """Neither libvirt nor Xen of the destination has anything of it then, and the source's definition is untouched."""
    guests("big01", options=("--memory", "128", "--autostart"))
    before, tick = lab.copy("xen-a", "big01"), lab.ticks("big01")
    wish: dict[str, Any] = {"name": "big01", "host": "xen-b", "hosts": lab.hosts("xen-a", "xen-b")}

    stopped = playbooks.migrate(timeout=5, on_timeout="abort", **wish).result
    assert "moves" in stopped, stopped["msg"]
    assert stopped["failed"] is True
    assert [move["status"] for move in stopped["moves"]] == ["aborted"], stopped
    assert "because of the timeout of 5 s" in stopped["msg"]
    assert [move["stopped_because"] for move in stopped["moves"]] == ["timeout"]
    assert (stopped["changed"], stopped["domains"]["big01"]["host"]) == (False, "xen-a")
    assert lab.copy("xen-a", "big01") == before
    now = lab.wait_for_tick_after("big01", lab.ticks("big01")["count"])
    assert (now["boot"], now["host"], now["count"] > tick["count"]) == (tick["boot"], "xen-a", True)
    assert lab.names("xen-b") == set()
    assert "big01" not in lab.xenlab("ssh", "xen-b", "xl list")

    slow_link()
    run = playbooks.migrate(progress=2, **wish)
    moved = run.result
    assert [move["status"] for move in moved["moves"]] == ["moved"], moved
    assert moved["moves"][0]["timeout"] > 300
    lines = re.findall(r"^big01: xen-a -> xen-b, (first pass \d+ %|[a-z ]+), \d+ s$", run.output, re.MULTILINE)
    assert any(line.startswith("first pass") for line in lines), run.output
    assert "last passes" in lines
    assert lab.copy("xen-a", "big01") is None
    later = lab.wait_for_tick_after("big01", now["count"])
    assert (later["boot"], later["host"]) == (tick["boot"], "xen-b")
