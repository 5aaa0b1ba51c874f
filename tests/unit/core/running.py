# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the core's whole task, in this process, on the fake libvirt."""

from __future__ import annotations

from typing import Any

from fleet import FakeFleet
from shell import run_here

from ansible_collections.xenfleet.migration.plugins.module_utils._core.connections import host_records
from ansible_collections.xenfleet.migration.plugins.module_utils._core.migration import Request, migrate
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Outcome, Report
from ansible_collections.xenfleet.migration.plugins.module_utils._core.wish import make_wishes
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.xen_host import connector

connect = connector(run_here)
connect_read_only = connector(run_here, read_only=True)


def run(fleet: FakeFleet, placement: dict[str, str], new_name: str | None = None, **options: Any) -> Report:
    hosts = host_records(fleet.uris())
    request = Request(hosts, make_wishes(None, None, placement, new_name, hosts), **options)
    return migrate(request, connect_read_only if request.check else connect)


def run_one(fleet: FakeFleet, name: str = "web01", to: str = "xen-b", **options: Any) -> Outcome:
    """Return what became of the one move of the one domain."""
    (outcome,) = run(fleet, {name: to}, **options).outcomes
    return outcome
