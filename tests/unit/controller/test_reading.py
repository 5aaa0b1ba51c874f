# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections for looking: opened once in a process, again when they have died, and read-only."""

from __future__ import annotations

import os

import pytest
from fleet import FakeFleet

from ansible_collections.xenfleet.migration.plugins.module_utils._core.connections import host_records
from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import HypervisorError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Fleet
from ansible_collections.xenfleet.migration.plugins.plugin_utils import _reading


@pytest.fixture(autouse=True)
def nothing_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_reading, "_opened", {})


def read(fleet: FakeFleet) -> Fleet:
    return _reading.read_fleet(host_records(fleet.uris()))[1]


def silent(fleet: Fleet) -> list[str]:
    return [name for name, state in fleet.hosts.items() if state.unreachable is not None]


def test_a_second_look_uses_the_same_connections_and_sees_what_is_new(fleet: FakeFleet) -> None:
    names = []
    for name in ("web01", "web02"):
        fleet.add_domain(name, "xen-a")
        names.append([listed.name for listed in read(fleet).hosts["xen-a"].listed])
    assert names == [["Domain-0", "web01"], ["Domain-0", "web01", "web02"]]
    assert fleet.calls("open") == 2


def test_a_host_that_comes_back_is_connected_to_again(fleet: FakeFleet) -> None:
    looks = [silent(read(fleet))]
    for up in (False, True):
        fleet.set_up("xen-b", up)
        looks.append(silent(read(fleet)))
    assert looks == [[], ["xen-b"], []]


def test_another_process_has_connections_of_its_own(fleet: FakeFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    read(fleet)
    parent = os.getpid()
    monkeypatch.setattr(_reading.os, "getpid", lambda: parent + 1)
    read(fleet)
    assert fleet.calls("open") == 4


def test_nothing_can_be_changed(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    hypervisors, _fleet = _reading.read_fleet(host_records(fleet.uris()))
    with pytest.raises(HypervisorError, match="read only"):
        hypervisors["xen-a"].pause(fleet.domain("web01", "xen-a")["uuid"])
