# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read-only connections for plugins on the controller, private to this collection: opened once in a process."""

from __future__ import annotations

import os
from collections.abc import Sequence

from ansible_collections.xenfleet.migration.plugins.module_utils._core.hypervisor import Hypervisor
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Fleet, Host
from ansible_collections.xenfleet.migration.plugins.module_utils._core.snapshot import Hypervisors, take_snapshot
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.shell import no_shell
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.xen_host import connector

_opened: dict[tuple[int, Host], Hypervisor] = {}
"""By process and host: Ansible forks, and a libvirt connection can't be shared with the child."""


def read_fleet(hosts: Sequence[Host]) -> tuple[Hypervisors, Fleet]:
    """Ask all hosts what they have now, over connections that go on being used until the process ends."""
    return take_snapshot(hosts, _connect)


def _connect(host: Host) -> Hypervisor:
    key = (os.getpid(), host)
    if key not in _opened:
        _opened[key] = connector(no_shell, read_only=True)(host)
    return _opened[key]
