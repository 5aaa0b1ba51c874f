# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
"""Talking to a running QEMU (QEMU Machine Protocol)."""

from __future__ import annotations

import json
import shlex
import socket
from pathlib import Path
from types import TracebackType
from typing import Any

from labtool.errors import LabError
from labtool.waiting import until


class Qmp:
    """A connection to one QEMU; use it in a `with` statement."""

    def __init__(self, path: Path, timeout: float = 60) -> None:
        """timeout: seconds for one answer."""
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(timeout)
        self._socket.connect(str(path))
        self._stream = self._socket.makefile("rw", encoding="utf-8")
        self._stream.readline()  # the greeting
        self.ask("qmp_capabilities")

    def __enter__(self) -> Qmp:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._stream.close()
        self._socket.close()

    def ask(self, command: str, **arguments: Any) -> Any:
        """Run a command and return its answer; LabError if QEMU refuses."""
        self._stream.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self._stream.flush()
        for line in self._stream:
            answer = json.loads(line)
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise LabError(f"QEMU refused {command}: {answer['error']['desc']}")
        raise LabError(f"QEMU ended while asked to {command}")


def save_state(qmp: Qmp, target: Path, new_disk: Path) -> None:
    """Save the machine to `target` and let it go on, writing to `new_disk` from here on.

    The disk it used so far stays as it was at the moment of saving.
    """
    qmp.ask("stop")
    overlay = {"snapshot-file": str(new_disk), "format": "qcow2", "mode": "absolute-paths"}
    qmp.ask("blockdev-snapshot-sync", device="os", **overlay)
    qmp.ask("migrate-set-parameters", **{"max-bandwidth": 1 << 40})
    qmp.ask("migrate", uri=f"exec:cat > {shlex.quote(str(target))}")
    seen = ""

    def finished() -> bool:
        nonlocal seen
        seen = qmp.ask("query-migrate").get("status", "none")
        if seen in ("failed", "cancelled"):
            raise LabError("QEMU could not save the machine's state")
        return bool(seen == "completed")

    until(finished, 120, lambda: f"saving the machine's state does not end: {seen}")
    qmp.ask("cont")


def resume(path: Path) -> None:
    """Let a QEMU that was started from a saved state run, as soon as it has read it."""
    seen = "no QEMU"

    def running() -> bool:
        nonlocal seen
        try:
            with Qmp(path) as qmp:
                seen = qmp.ask("query-status")["status"]
                if seen == "paused":  # as it was when it was saved
                    qmp.ask("cont")
        except OSError as error:
            seen = str(error)
        return seen in ("paused", "running")

    until(running, 60, lambda: f"the machine does not resume: {seen}")
