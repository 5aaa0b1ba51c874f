# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet's state: one JSON file that every process reads and replaces under one lock."""

from __future__ import annotations

import fcntl
import json
import os
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Literal, TypedDict, TypeVar

Record = TypeVar("Record")
VARIABLE = "FAKE_LIBVIRT_STATE"
"""Environment variable that names the directory of the state."""


class DomainRecord(TypedDict):
    """``live`` is the XML of the active domain, ``next_boot`` the persistent definition; either may be missing.

    ``state`` and ``reason`` are libvirt's belief, ``xen`` is what Xen itself has: ``running``, ``paused``, ``suspended``,
    ``crashed`` or ``off``. ``helper`` is what is being done with its memory just now, ``save`` or ``restore``, if anything.
    """

    name: str
    uuid: str
    id: int | None
    state: int
    reason: int
    xen: str
    helper: str | None
    live: str | None
    next_boot: str | None
    autostart: bool
    managed_save: bool
    suspendable: bool
    job_held: bool
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


class StreamRecord(TypedDict):
    """A transfer that takes time: ``kib_per_s`` of ``kib`` in all, of which the first pass is ``memory_kib``.

    Or it goes on by ``kib_per_look`` each time that it is looked at, ``looks`` times until now: then what is seen of it doesn't
    depend on how fast a test runs. It stands still at ``stops_kib``, if that is given. ``begun`` is when it began, None before.
    """

    begun: float | None
    kib: int
    memory_kib: int
    kib_per_s: int
    kib_per_look: int
    looks: int
    stops_kib: int | None


class ThrottleRecord(TypedDict):
    """Xen's id of the domain, the two limits in bytes/s (0 for none), and what they came to when the sending began."""

    number: int
    rate: int
    total: int
    paced: list[int]


class HostRecord(TypedDict):
    """``address`` is the one in URIs, ``resolves_to`` what the host's own name means on itself.

    ``guests`` are the kinds of guests in libvirt's words, ``bridges`` the names of network bridges. ``outsiders`` are
    domains that xl started, UUID to name. ``cpu_words`` are xen-cpuid's feature words, ``paths`` what is behind a path
    in the words of the adapter's command, ``unreachable`` addresses with bash's word for why.

    ``strangers`` are addresses at which root of this host doesn't get at another's libvirt, with libvirt's word for why.
    ``incoming`` are transfers to this host that take time, by the domain's UUID.

    ``throttling`` is what it tells of what limiting a transfer needs: its kernel, its python3 and yama's ptrace_scope.
    ``writing`` is what it tells of the places where its libvirt writes, in the words of the adapter's command.
    ``throttles`` are the limits that wait for a sending or have taken hold, by the name that the adapter gave.

    ``slow`` are transfers that go on until somebody ends them, UUID to what is found when that is tried: see
    ``migration.end_transfer``.

    ``outages`` counts how often it, or its libvirt daemon, went down: a connection from before is dead for good. ``ports``
    are migration ports at which the daemon waits for memory. ``strays`` are copies that Xen has and the daemon doesn't know of.
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
    outsiders: dict[str, str]
    cpu_words: str
    paths: dict[str, str]
    unreachable: dict[str, str]
    strangers: dict[str, str]
    slow: dict[str, str]
    throttling: list[str]
    writing: list[str]
    throttles: dict[str, ThrottleRecord]
    incoming: dict[str, StreamRecord]
    ports: list[int]
    strays: dict[str, DomainRecord]
    next_id: int
    domains: dict[str, DomainRecord]


class Fault(TypedDict):
    """A planned failure: after ``skip`` that go well, of ``times`` calls of ``call`` on ``host``, before or after their work.

    ``leave`` (of calls that move) is what is found on the two hosts then, see ``migration.leave``; ``then_down`` are hosts that
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


@dataclass
class _Kept:
    """A fleet in the memory of this process alone."""

    fleet: Fleet
    calls: list[tuple[str, str]]
    lock: threading.Lock


_kept: dict[str, _Kept] = {}
"""Directory, of which there is only the name -> what would be in it."""

_MARK = len(str(uuid.uuid4()))
_last_read: dict[Path, tuple[str, Fleet]] = {}
"""Directory -> the mark of what was read there last, and the fleet: what has not been replaced isn't parsed again."""


def state_directory() -> Path:
    return Path(os.environ[VARIABLE])


def create(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "calls").write_text("")
    _replace(directory, Fleet(hosts={}, faults=[]))


def keep_in_memory(directory: Path) -> None:
    """Begin an empty fleet that no other process can see: for runs by the thousand."""
    _kept[str(directory)] = _Kept(Fleet(hosts={}, faults=[]), [], threading.Lock())


def is_kept(directory: Path) -> bool:
    """Whether looking at the fleet and changing it take the same."""
    return str(directory) in _kept


def own(record: Record) -> Record:
    """Return a copy: all that there is in a fleet can be written down."""
    copy: Record = json.loads(json.dumps(record))
    return copy


def load(directory: Path) -> Fleet:
    """Return a fleet of the caller's own."""
    if (kept := _kept.get(str(directory))) is not None:
        with kept.lock:
            return own(kept.fleet)
    _mark, text = (directory / "fleet.json").read_text().split("\n", 1)
    fleet: Fleet = json.loads(text)
    return fleet


@contextmanager
def transaction(directory: Path) -> Iterator[Fleet]:
    """Give the fleet to change. It is written even when the body raises: check before you change."""
    if (kept := _kept.get(str(directory))) is not None:
        with kept.lock:
            yield kept.fleet
        return
    with _locked(directory):
        fleet = load(directory)
        try:
            yield fleet
        finally:
            _replace(directory, fleet)


@contextmanager
def reading(directory: Path) -> Iterator[Fleet]:
    """Give the fleet to look at: a change would be lost, or not."""
    if (kept := _kept.get(str(directory))) is not None:
        with kept.lock:
            yield kept.fleet
        return
    with _locked(directory):
        with _raw(directory, "fleet.json", "rb") as file:
            mark = file.read(_MARK).decode()
        if directory not in _last_read or _last_read[directory][0] != mark:
            _last_read[directory] = mark, load(directory)
        yield _last_read[directory][1]


def record_call(directory: Path, host: str, call: str) -> None:
    """Write down that a call was made; within a transaction or a reading."""
    if (kept := _kept.get(str(directory))) is not None:
        kept.calls.append((host, call))
        return
    with _raw(directory, "calls", "ab") as file:
        file.write(f"{host} {call}\n".encode())


def recorded_calls(directory: Path) -> list[tuple[str, str]]:
    """Return the host and the name of each call so far."""
    if (kept := _kept.get(str(directory))) is not None:
        return list(kept.calls)
    lines = (directory / "calls").read_text().splitlines()
    return [(host, call) for host, _space, call in (line.partition(" ") for line in lines)]


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    with _raw(directory, "lock", "ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _raw(directory: Path, name: str, mode: Literal["ab", "rb"]) -> FileIO:
    """Open a file unbuffered: every call opens three, and what that costs is to be small beside what is measured with it."""
    return FileIO(f"{directory}/{name}", mode)


def _replace(directory: Path, fleet: Fleet) -> None:
    # A mark that no other writing has, be it by another process and in the same moment.
    new = directory / "fleet.json.new"
    new.write_text(f"{uuid.uuid4()}\n{json.dumps(fleet)}")
    new.replace(directory / "fleet.json")
