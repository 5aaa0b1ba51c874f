# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that are being emptied just now, private to this collection: no plan of another run is to choose them meanwhile.

Each run has a file of its own for each host that it empties, and locks it until it ends. All processes of this user on this
machine see that; those elsewhere don't.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from itertools import count
from pathlib import Path

from .locked_files import free_ones, locked, opened, own_folder
from .model import Host

_PREFIX = "emptied-"


class Emptying:
    """The hosts that this run empties, and those that others do; ``directory`` is where all of them look."""

    def __init__(self, directory: Path | None = None) -> None:
        self._directory = directory
        self._mine: set[Path] = set()

    @contextmanager
    def claim(self, hosts: Iterable[Host]) -> Iterator[None]:
        """Have others see that these are emptied, until the end. Raises ``MigrationError`` where no file can be made."""
        with ExitStack() as claimed:
            for host in hosts:
                claimed.callback(os.close, self._claim(host))
            yield

    def by_others(self, hosts: Iterable[Host]) -> frozenset[str]:
        """Return the names of those that other runs empty just now. Raises ``MigrationError`` where a file can't be opened.

        The directory is read once, however many hosts there are: it is asked for all of them, time and again while moves wait.
        """
        others = {*self._folder().glob(f"{_PREFIX}*")} - self._mine
        emptied = {path.name.partition(":")[0] for path in others if _is_locked(path)}
        return frozenset(host.name for host in hosts if _kind(host) in emptied)

    def _claim(self, host: Host) -> int:
        path, file = next(free_ones(self._folder(), _kind(host), count()))
        self._mine.add(path)
        return file

    def _folder(self) -> Path:
        if self._directory is None:
            self._directory = own_folder()
        return self._directory


def _is_locked(path: Path) -> bool:
    file = opened(path)
    try:
        return not locked(file, shared=True)
    finally:
        os.close(file)


def _kind(host: Host) -> str:
    """Return what the files of a host begin with; hosts of other fleets may have its name, and a URI has no fixed length."""
    return f"{_PREFIX}{sha256(host.uri.encode()).hexdigest()}"
