# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet's state: one JSON file that every process reads and replaces under one lock."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

VARIABLE = "FAKE_LIBVIRT_STATE"
"""Environment variable that names the directory of the state."""


class DomainRecord(TypedDict):
    """``live`` is the XML of the active domain, ``next_boot`` the persistent definition; either may be missing."""

    name: str
    uuid: str
    id: int | None
    state: int
    reason: int
    live: str | None
    next_boot: str | None
    autostart: bool
    managed_save: bool
    cpu_ns: int
    cpu_since: float | None


class NetworkRecord(TypedDict):
    """``bridge`` is None for a network that has none, such as one of macvtap."""

    name: str
    active: bool
    bridge: str | None


class PoolRecord(TypedDict):
    name: str
    active: bool
    capacity: int
    allocation: int


class HostRecord(TypedDict):
    """``address`` is the one in URIs, ``resolves_to`` what the host's own name means on itself.

    ``guests`` are the kinds of guests in libvirt's words, ``bridges`` the names of network bridges.

    ``outages`` counts how often it went down: a connection from before is dead for good.
    """

    address: str
    addresses: list[str]
    resolves_to: str
    up: bool
    outages: int
    memory_kib: int
    virt_caps: list[str]
    xen_version: int
    libvirt_version: int
    cpu: tuple[str, str] | None
    guests: list[str]
    bridges: list[str]
    networks: list[NetworkRecord]
    pools: list[PoolRecord]
    next_id: int
    domains: dict[str, DomainRecord]


class Fault(TypedDict):
    """A planned failure: after ``skip`` that go well, of ``times`` calls of ``call`` on ``host``, before or after their work.

    ``leave`` (migrate3 only) is what is found on the two hosts then, see ``migration.leave``; ``then_down`` are hosts that
    can't be reached from then on.
    """

    host: str
    call: str
    when: str
    skip: int
    times: int
    message: str
    leave: str | None
    then_down: list[str]


class Fleet(TypedDict):
    hosts: dict[str, HostRecord]
    faults: list[Fault]
    calls: list[list[str]]


def state_directory() -> Path:
    return Path(os.environ[VARIABLE])


def create(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    _replace(directory, json.dumps(Fleet(hosts={}, faults=[], calls=[])))


@contextmanager
def transaction(directory: Path) -> Iterator[Fleet]:
    """Give the fleet to change. It is written even when the body raises: check before you change."""
    with (directory / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = (directory / "fleet.json").read_text()
        fleet: Fleet = json.loads(before)
        try:
            yield fleet
        finally:
            after = json.dumps(fleet, indent=1)
            if after != before:
                _replace(directory, after)


def _replace(directory: Path, text: str) -> None:
    new = directory / "fleet.json.new"
    new.write_text(text)
    new.replace(directory / "fleet.json")
