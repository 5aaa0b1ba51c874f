# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A call of the fake libvirt's that waits until a test lets it go on."""

from __future__ import annotations

import os
import time
from pathlib import Path


class Held:
    """A call that is held: it reads from a FIFO to the end, which comes when the one writer closes it."""

    def __init__(self, path: Path, patience: float) -> None:
        self._path = path
        self._deadline = time.monotonic() + patience
        self._writer: int | None = None

    def wait(self) -> None:
        """Wait until the call has been made."""
        while self._writer is None:
            try:
                self._writer = os.open(self._path, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:  # no reader yet
                if time.monotonic() > self._deadline:
                    raise
                time.sleep(0.02)

    def let_go(self) -> None:
        """Have it go on, and all that come after it."""
        self._path.unlink(missing_ok=True)
        if self._writer is not None:
            os.close(self._writer)
            self._writer = None
