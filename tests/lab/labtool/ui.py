# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
"""Everything the lab says to a person. Results go to stdout, progress and errors to stderr."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterator

_PLAIN_INTERVAL = 15.0  # seconds between lines where there is no terminal to redraw
_TTY_INTERVAL = 0.5


def result(text: str) -> None:
    """What the command was asked for."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")
    sys.stdout.flush()


def say(text: str) -> None:
    """What is going on."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _redraw(title: str, started: float, done: threading.Event) -> None:
    tty = sys.stderr.isatty()
    while not done.wait(_TTY_INTERVAL if tty else _PLAIN_INTERVAL):
        elapsed = time.monotonic() - started
        sys.stderr.write(f"\r{title} ... {elapsed:.0f} s" if tty else f"{title} ... {elapsed:.0f} s so far\n")
        sys.stderr.flush()


@contextlib.contextmanager
def step(title: str) -> Iterator[None]:
    """Show that `title` is under way, and at the end how many seconds it took."""
    started = time.monotonic()
    done = threading.Event()
    drawer = threading.Thread(target=_redraw, args=(title, started, done), daemon=True)
    drawer.start()
    word = "failed after"
    try:
        yield
        word = "done in"
    finally:
        done.set()
        drawer.join()
        start_of_line = "\r" if sys.stderr.isatty() else ""
        say(f"{start_of_line}{title}: {word} {time.monotonic() - started:.1f} s")
