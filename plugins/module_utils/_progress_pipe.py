# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines from a running module to its action plugin, private to this collection: written to a FIFO, if somebody reads it."""

from __future__ import annotations

import os
import stat
from contextlib import suppress


def write_line(path: str, line: str) -> None:
    """Write a line; it is lost where there is no such FIFO, nobody reads it, or the reader is far behind. Never waits.

    Up to 4096 bytes (``PIPE_BUF``) are written as one, so that lines of several writers don't mix.
    """
    with suppress(OSError):
        pipe = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        try:
            # Nothing but a FIFO: whatever else the path leads to is not written to.
            if stat.S_ISFIFO(os.fstat(pipe).st_mode):
                os.write(pipe, " ".join(line.split()).encode(errors="replace") + b"\n")
        finally:
            os.close(pipe)
