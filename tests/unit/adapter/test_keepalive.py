# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections that may change anything are kept alive; the fake refuses that, as libvirt does, without an event loop."""

from __future__ import annotations

from typing import Any

import libvirt
import pytest

from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Host
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.keepalive import CALLS, INTERVAL_SECONDS
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.shell import no_shell
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.xen_host import connector


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """What was asked of connections."""
    asked: list[tuple[int, int]] = []
    real = libvirt.virConnect.setKeepAlive

    def noted(self: Any, interval: int, count: int) -> int:
        asked.append((interval, count))
        return int(real(self, interval, count))

    monkeypatch.setattr(libvirt.virConnect, "setKeepAlive", noted)
    return asked


@pytest.mark.parametrize(("read_only", "expected"), [(False, [(INTERVAL_SECONDS, CALLS)]), (True, [])])
def test_what_may_change_a_host_is_kept_alive(
    fleet: Any, kept: list[tuple[int, int]], read_only: bool, expected: list[tuple[int, int]]
) -> None:
    connector(no_shell, read_only)(Host("xen-a", fleet.uris()["xen-a"])).close()
    assert kept == expected
