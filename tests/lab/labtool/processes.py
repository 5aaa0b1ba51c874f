# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
"""Processes that outlive the command that started them, known by pid and start time.

A pid alone may have been given to somebody else's process since: none is ever ended unless its start time fits too.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from labtool.waiting import until


def _stat_fields(pid: int) -> list[str]:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _started(pid: int) -> int | None:
    fields = _stat_fields(pid)
    return int(fields[19]) if fields and fields[0] not in "ZX" else None


@dataclass(frozen=True)
class Process:
    """pid, and `started` in clock ticks since the machine's boot (field 22 of /proc/PID/stat)."""

    pid: int
    started: int

    def alive(self) -> bool:
        """Whether this very process still runs."""
        return _started(self.pid) == self.started

    def kill(self) -> None:
        """End it at once and wait until it is gone; nothing happens if it already is."""
        if not self.alive():
            return
        self._tell(signal.SIGKILL)
        until(self._gone, 20, lambda: f"process {self.pid} does not end", interval=0.02)

    def stop(self) -> None:
        """Have it stand still; nothing happens if it is gone."""
        self._tell(signal.SIGSTOP)

    def go_on(self) -> None:
        """Have it go on after `stop`."""
        self._tell(signal.SIGCONT)

    def _tell(self, what: signal.Signals) -> None:
        if self.alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, what)

    def _gone(self) -> bool:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, os.WNOHANG)
        return not self.alive()


def spawn(command: Sequence[str], log: Path, directory: Path) -> Process:
    """Start a process of its own session, writing to `log` and holding none of our files."""
    with log.open("ab") as output:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=directory,
            start_new_session=True,
        )
    # It is meant to outlive us: python must not complain about it.
    child.returncode = 0
    return Process(child.pid, _started(child.pid) or 0)
