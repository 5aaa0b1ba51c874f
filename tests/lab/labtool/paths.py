# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
"""Where the lab keeps its files. Two labs at once need only different XDG_STATE_HOME."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from labtool.errors import LabError

SOURCE = Path(__file__).resolve().parent.parent
_NAME = "xenfleet-lab"


def _xdg(variable: str, default: str) -> Path:
    return Path(os.environ.get(variable) or Path.home() / default) / _NAME


def _private(directory: Path) -> Path:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if directory.stat().st_uid != os.getuid():
        raise LabError(f"{directory} belongs to somebody else: remove it, or set XDG_RUNTIME_DIR")
    return directory


@dataclass(frozen=True)
class Paths:
    """cache: images and snapshots; state: one running lab; sockets: short paths, since unix sockets allow 107 bytes."""

    cache: Path
    state: Path
    sockets: Path

    @classmethod
    def from_environment(cls) -> Paths:
        """Make the directories, private to this user."""
        state = _xdg("XDG_STATE_HOME", ".local/state")
        digest = hashlib.sha256(str(state).encode()).hexdigest()[:8]
        runtime = Path(os.environ.get("XDG_RUNTIME_DIR") or "/tmp")
        sockets = runtime / f"xenlab-{os.getuid()}-{digest}"
        return cls(_private(_xdg("XDG_CACHE_HOME", ".cache")), _private(state), _private(sockets))

    def host(self, name: str) -> Path:
        """The directory of one host's disk and logs."""
        directory = self.state / "hosts" / name
        directory.mkdir(parents=True, exist_ok=True)
        return directory

    def serial(self, name: str) -> Path:
        """The log of one host's serial console: Xen's and its domain 0's."""
        return self.host(name) / "serial.log"
