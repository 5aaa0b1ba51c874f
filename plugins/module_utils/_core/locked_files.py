# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files by which the processes of one user on one machine know of each other, private to this collection.

A lock is the kernel's, so it is gone however the process that took it ends.
"""

from __future__ import annotations

import fcntl
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from .errors import MigrationError


def own_folder() -> Path:
    """Return this user's own folder, which nobody else can write to.

    Raises ``MigrationError`` where something else is there.
    """
    path = Path(tempfile.gettempdir()) / f"xenfleet-migration-{os.getuid()}"
    with suppress(FileExistsError):
        path.mkdir(mode=0o700)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise MigrationError(
            f"{path} has to be a directory of this user's own that nobody else may use: by files in it, runs that go on at"
            " once know of each other. Remove what is there, then run the task again."
        )
    return path


def opened(path: Path) -> int:
    """Return a file, made where there is none. Raises ``MigrationError`` where that can't be."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise MigrationError(
            f"{path}, by which runs that go on at once know of each other, could not be opened: {error.strerror}."
        ) from error


def locked(file: int, shared: bool = False) -> bool:
    """Lock a file, and return whether that could be: not while another process has, or with ``shared``, has it alone."""
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def free_ones(folder: Path, kind: str, numbers: Iterable[int]) -> Iterator[tuple[Path, int]]:
    """Lock the files of a kind that nobody else has locked, one each time that this is asked for the next, and return it."""
    for number in numbers:
        path = folder / f"{kind}:{number}"
        file = opened(path)
        if locked(file):
            yield path, file
        else:
            os.close(file)
