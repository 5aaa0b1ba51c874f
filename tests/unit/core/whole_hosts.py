# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the core's tasks about whole hosts, in this process, on the fake libvirt."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from fleet import FakeFleet, domain_xml
from running import connect, connect_read_only, folder

from ansible_collections.xenfleet.migration.plugins.module_utils._core.arranging.account import account
from ansible_collections.xenfleet.migration.plugins.module_utils._core.arranging.arrange import arrange
from ansible_collections.xenfleet.migration.plugins.module_utils._core.arranging.wanted import Wanted, WholeWish
from ansible_collections.xenfleet.migration.plugins.module_utils._core.at_once import LockedFiles, Places
from ansible_collections.xenfleet.migration.plugins.module_utils._core.caller import Caller
from ansible_collections.xenfleet.migration.plugins.module_utils._core.connections import host_records
from ansible_collections.xenfleet.migration.plugins.module_utils._core.emptying import Emptying
from ansible_collections.xenfleet.migration.plugins.module_utils._core.planner.values import BringHome, Drain, Rules
from ansible_collections.xenfleet.migration.plugins.module_utils._core.request import Request

EMPTY_A = Drain(frozenset({"xen-a"}))
HOME_TO_A = BringHome(frozenset({"xen-a"}))


def run(
    fleet: FakeFleet,
    wish: WholeWish = EMPTY_A,
    check: bool = False,
    rules: Rules | None = None,
    caller: Caller | None = None,
    leftovers_ok: bool | None = None,
    shut_off: bool = True,
    partial: bool | None = None,
    places: Places | None = None,
    closed: Collection[str] = (),
    **options: Any,
) -> dict[str, Any]:
    """Return what the task would; ``closed`` are the hosts that accept no domains."""
    hosts = {name: {"uri": uri, "accepts_domains": name not in closed} for name, uri in fleet.uris().items()}
    request = Request(host_records(hosts), (), check=check, **options)
    restoring = isinstance(wish, BringHome)
    wanted = Wanted(request, wish, rules or Rules(), restoring if partial is None else partial, shut_off)
    shared = LockedFiles(request.at_once, folder(fleet))
    emptying = Emptying(folder(fleet))
    done = arrange(wanted, connect_read_only if check else connect, caller, places or shared, emptying)
    return account(done, restoring if leftovers_ok is None else leftovers_ok, request.hosts)


def hosts_of(fleet: FakeFleet) -> dict[str, str]:
    return {name: places[0].partition(":")[0] for name, places in fleet.placement().items()}


def add(fleet: FakeFleet, name: str, host: str, mib: int, home: str | None = None) -> None:
    """Add a running domain of a size, perhaps with the home that a drain has noted with it."""
    noted = f"<xenfleet:home xmlns:xenfleet='urn:xenfleet:migration' host='{home}'/>" if home else ""
    xml = domain_xml(name, memory_mib=mib).replace("</domain>", f"<metadata>{noted}</metadata></domain>")
    fleet.add_domain(name, host, xml=xml)
