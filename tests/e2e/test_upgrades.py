# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts with two releases. The last file of all: four emulated hosts make everything slower that comes after them."""

from __future__ import annotations

from collections.abc import Callable

from tests.e2e.test_preflight import WELL, found
from tests.e2e.test_running_domains import assert_moved
from tests.support.lab import Lab
from tests.support.playbooks import Playbooks

Guests = Callable[..., None]


def test_the_main_move_from_debian_12_to_13_and_between_two_with_13(
    bigger_lab: Lab, guests: Guests, playbooks: Playbooks
) -> None:
    """A rolling upgrade: xen-b has Debian 12, xen-c and xen-d have 13."""
    lab = bigger_lab
    guests("upgraded", host="xen-b", options=("--autostart",))
    tick = lab.ticks("upgraded")
    for source, destination in (("xen-b", "xen-c"), ("xen-c", "xen-d")):
        run = playbooks.migrate(name="upgraded", host=destination, hosts=lab.hosts(source, destination))
        assert_moved(run.result, "upgraded", destination, lab)
        assert run.result["domains"]["upgraded"]["autostart"] is True
        assert lab.copy(source, "upgraded") is None
    assert lab.wait_for_tick_after("upgraded", tick["count"])["boot"] == tick["boot"]


def test_releases_count_one_way_only(bigger_lab: Lab, guests: Guests, playbooks: Playbooks) -> None:
    """A newer Xen is as good as the same; an older one blocks, and an older libvirt warns."""
    guests("old", host="xen-b", options=("--no-wait",))
    guests("new", host="xen-c", options=())
    assert found(bigger_lab, playbooks, "new", "xen-d", source="xen-c") == WELL
    back = found(bigger_lab, playbooks, "new", "xen-b", source="xen-c")
    assert (back["xen_version"], back["libvirt_version"]) == ("blocks", "warns")
    onward = found(bigger_lab, playbooks, "old", "xen-c", source="xen-b")
    onward.pop("unsuspendable", None)  # it may not have booted far enough yet
    assert onward == WELL
