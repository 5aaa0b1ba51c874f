# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the core's whole task, in this process, on the fake libvirt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from fleet import FakeFleet
from shell import run_here

from ansible_collections.xenfleet.migration.plugins.module_utils._core.at_once import AtOnce, LockedFiles, Release
from ansible_collections.xenfleet.migration.plugins.module_utils._core.connections import host_records
from ansible_collections.xenfleet.migration.plugins.module_utils._core.migration import Request, migrate
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Move, Outcome, Report
from ansible_collections.xenfleet.migration.plugins.module_utils._core.recover import Mended, Recovery, recover
from ansible_collections.xenfleet.migration.plugins.module_utils._core.wish import make_wishes
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.xen_host import connector

connect = connector(run_here)
connect_read_only = connector(run_here, read_only=True)


ONE_BY_ONE = AtOnce(1, 1, 1)


def run(fleet: FakeFleet, placement: dict[str, str], new_name: str | None = None, **options: Any) -> Report:
    """Run it; by default one move at a time, and none after one that failed."""
    options = {"at_once": ONE_BY_ONE, "stop_on_failure": True, **options}
    hosts = host_records(fleet.uris())
    request = Request(hosts, make_wishes(None, None, placement, new_name, hosts), **options)
    places = LockedFiles(request.at_once, folder(fleet))
    return migrate(request, connect_read_only if request.check else connect, places=places)


def recovery(fleet: FakeFleet, *terms: str, check: bool = False) -> Recovery:
    """Look at these domains, or at all there are, and mend what is certain."""
    return recover(host_records(fleet.uris()), terms or None, check, connect_read_only if check else connect)


def told(found: Recovery) -> list[tuple[str, Mended]]:
    """Return what was found, and what became of it."""
    return [(one.diagnosis.code, one.mended) for one in found.treatments]


class Queue(LockedFiles):
    """Places for which each move, one at a time, waits while something else happens. Other runs count theirs elsewhere."""

    def __init__(self, fleet: FakeFleet, meanwhile: Callable[[Move], None]) -> None:
        super().__init__(ONE_BY_ONE, fleet.directory)
        self._meanwhile = meanwhile

    def take(self, move: Move) -> Release | None:
        """Do as the protocol says, after what happens meanwhile."""
        self._meanwhile(move)
        return super().take(move)


def folder(fleet: FakeFleet) -> Path:
    """Return where the moves of a fleet are counted."""
    path = fleet.directory / "places"
    path.mkdir(parents=True, exist_ok=True)
    return path


def run_one(fleet: FakeFleet, name: str = "web01", to: str = "xen-b", **options: Any) -> Outcome:
    """Return what became of the one move of the one domain."""
    (outcome,) = run(fleet, {name: to}, **options).outcomes
    return outcome
