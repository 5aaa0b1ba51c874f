# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pipes that nobody reads, for the tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def fill(pipe: int) -> None:
    """Write into a pipe until it takes no more."""
    os.set_blocking(pipe, False)
    while True:
        try:
            os.write(pipe, b"x" * 512)
        except BlockingIOError:
            return


@contextmanager
def full(path: Path) -> Iterator[int]:
    """Give the reading end of a FIFO that takes no more."""
    pipe = os.open(path, os.O_RDWR)
    try:
        fill(pipe)
        yield pipe
    finally:
        os.close(pipe)
