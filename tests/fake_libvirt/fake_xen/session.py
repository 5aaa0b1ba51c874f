# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One call of the API on one host: recorded, refused when the host is down, and failed as planned."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from .errors import connection_lost, libvirtError, no_connection
from .store import Fault, Fleet, HostRecord, is_kept, reading, record_call, state_directory, transaction

HERE = "FAKE_LIBVIRT_HERE"


@dataclass
class Session:
    """What a call works on."""

    fleet: Fleet
    host: HostRecord
    fault: Fault | None


@contextmanager
def session(directory: Path, host: str, outages: int, call: str, changes: bool) -> Iterator[Session]:
    """Let a call read the host's record, and change it if it ``changes``; its planned fault strikes before or after."""
    with _fleet(directory, host, call, changes) as fleet:
        record = fleet["hosts"][host]
        if not record["up"] or record["outages"] != outages:
            raise connection_lost()
        record_call(directory, host, call)
        fault = _take_fault(fleet, host, call)
        if fault is None or fault["when"] == "after":
            yield Session(fleet, record, fault)
        if fault is not None:
            for name in fault["then_down"]:
                take_down(fleet["hosts"][name])
            raise libvirtError(fault["message"])


def _fleet(directory: Path, host: str, call: str, changes: bool) -> AbstractContextManager[Fleet]:
    """Give the fleet: only to look at, where nothing will change, not even the count of a planned fault."""
    if is_kept(directory):
        return transaction(directory)
    with reading(directory) as fleet:
        planned = any((fault["host"], fault["call"]) == (host, call) for fault in fleet["faults"])
    return transaction(directory) if changes or planned else reading(directory)


def take_down(host: HostRecord) -> None:
    host["up"] = False
    host["outages"] += 1


def connect_to(uri: str) -> tuple[Path, str, int, str]:
    """Find the host that a URI means; return the state's directory, the host's name, its outages so far and the URI.

    A URI without an address means the host that ``FAKE_LIBVIRT_HERE`` names: this machine, if it is one of the fleet.
    """
    directory = state_directory()
    address = urlsplit(uri).hostname or ""
    here = None if address else os.environ.get(HERE)
    with reading(directory) as fleet:
        found = [
            (name, record["outages"])
            for name, record in fleet["hosts"].items()
            if (record["address"] == address or name == here) and record["up"]
        ]
    if not found:
        raise no_connection(address)
    with session(directory, *found[0], "open", changes=False):
        return directory, *found[0], uri


def _take_fault(fleet: Fleet, host: str, call: str) -> Fault | None:
    for fault in fleet["faults"]:
        if (fault["host"], fault["call"]) == (host, call):
            if fault["skip"] > 0:
                fault["skip"] -= 1
                continue
            fault["times"] -= 1
            if fault["times"] <= 0:
                fleet["faults"].remove(fault)
            return fault
    return None


def hold(directory: Path, call: str) -> None:
    """Wait, if this call is held by ``FakeFleet.hold``, until it is let go."""
    if (directory / f"held-{call}").exists():
        (directory / f"held-{call}").read_bytes()
