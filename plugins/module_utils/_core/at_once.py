# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many moves may go on at once, private to this collection, and the places that they take for it.

A place is a file that is locked while a move goes on. So every process of this user on this machine counts, the tasks of a play
whose hosts pull at the same time, say, and the kernel gives a place back however its process ends.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from .errors import InvalidInput
from .locked_files import free_ones, locked, opened, own_folder
from .memory import needed_kib
from .model import Move

MOST_FOR_A_HOST = 4
"""A move under way is one of the 20 calls that its source's libvirt answers at once to all clients (``max_workers``): more of
them would leave little for others, and make each other slower."""

USUAL_FOR_A_HOST = 2
"""Low: two moves fill a link that one alone leaves idle while it prepares and hands over; more make each one slower, so that
its guest writes more in the meantime, which has to be sent again. oVirt, too, has two from and two to a host; Proxmox has four
in all.
"""


@dataclass(frozen=True)
class AtOnce:
    """How many moves may go on at once: in all, from one source, and to one destination.

    None for a host is ``USUAL_FOR_A_HOST``, but 1 where its control domain has one CPU: that is all busy with one move, so two
    at once take twice as long, and so do their guests' pauses (seen in the lab).
    """

    total: int = 4
    source: int | None = None
    destination: int | None = None

    def __post_init__(self) -> None:
        """Raise ``InvalidInput`` for numbers that can't be meant."""
        for option, number, most in (
            ("moves_at_once", self.total, None),
            ("moves_per_source", self.source, MOST_FOR_A_HOST),
            ("moves_per_destination", self.destination, MOST_FOR_A_HOST),
        ):
            if number is not None and (number < 1 or (most is not None and number > most)):
                allowed = "at least 1" if most is None else f"1 to {most}"
                raise InvalidInput(f"{option} is {number}: it must be {allowed}.")


Release = Callable[[], None]


class Places(Protocol):
    """Who may go on with a move, and who has to wait."""

    def take(self, move: Move) -> Release | None:
        """Take a place for a move and return what gives it back; None where there is none just now."""

    def reserved_kib(self, host: str) -> int:
        """Return the memory that moves of other processes to this host may still take there."""

    def is_shared(self, host: str) -> bool:
        """Whether more than one move to this host goes on just now."""


class LockedFiles:
    """Places as files in a directory that all processes of this user on this machine share.

    ``one_cpu`` are the hosts whose control domain has one CPU.
    """

    def __init__(self, at_once: AtOnce, directory: Path | None = None, one_cpu: frozenset[str] = frozenset()) -> None:
        self._at_once = at_once
        self._directory = directory
        self._one_cpu = one_cpu
        self._mine: dict[str, int] = {}

    def take(self, move: Move) -> Release | None:
        """Do as the protocol says. Raises ``MigrationError`` where no file can be made."""
        wanted = (
            ("all", self._at_once.total),
            (_from(move.source), self._number(self._at_once.source, move.source)),
            (_to(move.destination), self._number(self._at_once.destination, move.destination)),
        )
        taken: list[int] = []
        for kind, number in wanted:
            _path, held = next(free_ones(self._folder(), kind, range(number)), (None, None))
            if held is None:
                _give_back(taken)
                return None
            taken.append(held)
        os.pwrite(taken[-1], b"%d\n" % needed_kib(move.domain), 0)
        kind = _to(move.destination)
        self._mine[kind] = self._mine.get(kind, 0) + needed_kib(move.domain)

        def release() -> None:
            self._mine[kind] -= needed_kib(move.domain)
            os.ftruncate(taken[-1], 0)
            _give_back(taken)

        return release

    def reserved_kib(self, host: str) -> int:
        """Do as the protocol says."""
        return max(0, sum(self._held(_to(host))) - self._mine.get(_to(host), 0))

    def is_shared(self, host: str) -> bool:
        """Do as the protocol says."""
        return len(list(self._held(_to(host)))) > 1

    def _number(self, asked_for: int | None, host: str) -> int:
        if asked_for is not None:
            return asked_for
        return 1 if host in self._one_cpu else USUAL_FOR_A_HOST

    def _held(self, kind: str) -> Iterator[int]:
        """Return what the moves need that hold a place of this kind."""
        for path in self._folder().glob(f"{kind}:*"):
            file = opened(path)
            try:
                if not locked(file):
                    yield int(os.pread(file, 32, 0) or b"0")
            finally:
                os.close(file)

    def _folder(self) -> Path:
        if self._directory is None:
            self._directory = own_folder()
        return self._directory


def _give_back(files: list[int]) -> None:
    for file in files:
        os.close(file)


def _from(host: str) -> str:
    return f"from-{quote(host, safe='')}"


def _to(host: str) -> str:
    return f"to-{quote(host, safe='')}"
