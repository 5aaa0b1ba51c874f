# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
"""What runs right now, as written down in the state directory."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from labtool.errors import LabError
from labtool.locks import locked, write_atomically
from labtool.processes import Process


@dataclass(frozen=True)
class Host:
    """A host of the lab. release: Debian's number; ssh_port: on 127.0.0.1; ready: it once answered after
    its start; image: the directory its kernel comes from.
    """

    name: str
    release: str
    ssh_port: int
    process: Process | None = None
    ready: bool = False
    image: str = ""

    @property
    def running(self) -> bool:
        """Whether its QEMU runs."""
        return self.process is not None and self.process.alive()


@dataclass(frozen=True)
class Guest:
    """A guest the lab knows. slot decides its address, its MAC address and its part of the shared disk."""

    name: str
    slot: int
    kind: str = "pvh"
    memory: int = 128
    disk: bool = False


@dataclass
class State:
    """Everything known of a lab: its hosts by name, its guests by name, its network switch."""

    hosts: dict[str, Host] = field(default_factory=dict)
    guests: dict[str, Guest] = field(default_factory=dict)
    switch: Process | None = None

    def host(self, name: str) -> Host:
        """The host of that name, or LabError."""
        if name not in self.hosts:
            raise LabError(
                f"no host {name!r} here; hosts of this lab: {', '.join(self.hosts) or 'none (run: xenlab up)'}"
            )
        return self.hosts[name]

    def change(self, name: str, **changes: Any) -> Host:
        """Replace fields of a host."""
        self.hosts[name] = replace(self.hosts[name], **changes)
        return self.hosts[name]


def _process(data: dict[str, int] | None) -> Process | None:
    return Process(**data) if data else None


class Store:
    """Reads and writes the state. `editing` is for short changes: it keeps other commands out meanwhile."""

    def __init__(self, directory: Path) -> None:
        self._file = directory / "lab.json"
        self._lock = directory / "lab.lock"

    def read(self) -> State:
        """The state now; an empty one where there is none."""
        if not self._file.exists():
            return State()
        data = json.loads(self._file.read_text(encoding="utf-8"))
        hosts = {name: Host(**{**host, "process": _process(host["process"])}) for name, host in data["hosts"].items()}
        guests = {name: Guest(**guest) for name, guest in data["guests"].items()}
        return State(hosts, guests, _process(data["switch"]))

    @contextlib.contextmanager
    def editing(self) -> Iterator[State]:
        """Change the state; what was changed is written even if the work then fails."""
        with locked(self._lock):
            state = self.read()
            try:
                yield state
            finally:
                write_atomically(self._file, json.dumps(asdict(state), indent=1, ensure_ascii=False), 0o600)
