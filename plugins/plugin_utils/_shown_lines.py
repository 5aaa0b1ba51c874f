# Copyright (c) 2026 The xenfleet.migration contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows lines that a module writes while it runs, private to this collection: read from a FIFO, by a thread."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

MOST_CHARACTERS = 400
"""More of a line is not shown: the longest that is meant has three names."""
_AT_ONCE = 65536
"""As much as a pipe holds."""

Show = Callable[[str], None]


@contextmanager
def shown_lines(show: Show, directory: str) -> Iterator[str | None]:
    """Give the path of a FIFO, and show the lines that are written to it, until this context ends; None where none can be made.

    It lies in a new directory below ``directory`` that only this user can enter.
    """
    with ExitStack() as stack:
        try:
            private = stack.enter_context(TemporaryDirectory(prefix="xenfleet-", dir=directory))
            path = str(Path(private) / "progress")
            os.mkfifo(path, 0o600)
            reader = _opened(stack, path, os.O_RDONLY)
            # Held open here, too, so that the end of one writer is not the end of the lines.
            _opened(stack, path, os.O_WRONLY)
        except OSError:
            yield None
            return
        stack.enter_context(_read_aside(reader, show))
        yield path


def printable(line: str) -> str:
    """Return the line as it may go to a terminal: no control characters, whatever a domain is called."""
    safe = "".join(character if character.isprintable() else "?" for character in line)
    return safe if len(safe) <= MOST_CHARACTERS else f"{safe[:MOST_CHARACTERS]}..."


def _opened(stack: ExitStack, path: str, mode: int) -> int:
    number = os.open(path, mode | os.O_NONBLOCK | os.O_CLOEXEC)
    stack.callback(os.close, number)
    return number


@contextmanager
def _read_aside(reader: int, show: Show) -> Iterator[None]:
    """Have a thread read until this context ends, and then what is there still."""
    ended, end = os.pipe()
    thread = threading.Thread(target=_read, args=(reader, ended, show), daemon=True)
    try:
        thread.start()
        yield
    finally:
        os.close(end)
        if thread.ident is not None:
            thread.join()
        os.close(ended)


def _read(reader: int, ended: int, show: Show) -> None:
    either = select.poll()
    either.register(reader, select.POLLIN)
    either.register(ended, select.POLLIN)  # its other end's closing is always told
    rest = b""
    over = False
    while not over:
        over = ended in dict(either.poll())
        while data := _there(reader):
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                show(printable(line.decode(errors="replace")))
            rest = rest[-_AT_ONCE:]


def _there(reader: int) -> bytes:
    """Return what can be read at once, if anything."""
    try:
        return os.read(reader, _AT_ONCE)
    except BlockingIOError:
        return b""
