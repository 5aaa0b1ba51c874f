# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of the core for the tests, with everything in them that a test doesn't care about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import (
    Domain,
    Fleet,
    Host,
    HostState,
    Kind,
    Listed,
    Move,
    State,
)

MIB = 1024


def domain(name: str = "web01", host: str = "xen-a", mib: int = 256, **values: Any) -> Domain:
    """Return a running, persistent PVH domain; its UUID is its name in words."""
    given: dict[str, Any] = {
        "uuid": f"uuid-of-{name}",
        "id": 1,
        "state": State.RUNNING,
        "persistent": True,
        "autostart": False,
        "kind": Kind.PVH,
        "vcpus": 1,
        "cpu_time_ns": 10**9,
        **values,
    }
    return Domain(name=name, host=host, memory_kib=mib * MIB, **given)


def shut_off(name: str = "web01", host: str = "xen-a", **values: Any) -> Domain:
    return domain(name, host, **{"id": None, "state": State.SHUT_OFF, "cpu_time_ns": 0, **values})


def move(what: Domain | None = None, to: str = "xen-b", live: bool = True, new_name: str | None = None) -> Move:
    what = what or domain()
    return Move(what, what.host, to, live, new_name)


def listed(name: str, number: int | None = 1, uuid: str | None = None) -> Listed:
    return Listed(name, uuid or f"uuid-of-{name}", number)


def host(name: str, **values: Any) -> Host:
    return Host(name, **{"uri": f"xen+ssh://root@{name}/system", **values})


def host_state(name: str, *domains: Listed, **values: Any) -> HostState:
    return HostState(host(name), domains, **values)


def fleet(*states: HostState) -> Fleet:
    return Fleet({state.host.name: state for state in states})


class Walked(tuple[Listed, ...]):
    """A listing that counts, together with all others of its kind, how often one is gone through."""

    times = 0

    def __iter__(self) -> Iterator[Listed]:
        Walked.times += 1
        return super().__iter__()
