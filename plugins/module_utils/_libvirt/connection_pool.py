# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections to one host's libvirt, each used by one thread at a time, private to this collection.

libvirt has threads share one, but its client can't be trusted with that. Where CVE-2024-4418 isn't mended, as in Debian 12, one
thread's event loop may write into what was another's stack, and the process crashes (seen when moves went on at once). And a
call under way in one thread kept another from noticing that the host had died (9.0, too).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from .dependencies import libvirt

TURN_SECONDS = 15
"""How long one waits while another is opened, which a login on an overloaded host was seen to need. After that it may never be:
what a firewall has silenced in the middle of it, nothing ends for long."""


class ConnectionPool:
    """Lends connections, opens another where all are lent, and in the place of one that has died.

    ``open_one`` opens one, and raises ``HostUnreachable`` where that can't be done, from the first on. One is opened at a time:
    whoever waits takes one that has come back meanwhile, and opens one after ``TURN_SECONDS`` all the same.
    """

    def __init__(self, open_one: Callable[[], Any]) -> None:
        self._open_one = open_one
        self._lock = threading.Lock()
        self._opening = threading.Lock()
        self._idle = [open_one()]

    @contextmanager
    def lent(self) -> Iterator[Any]:
        """Lend one, for this thread alone."""
        connection = self._taken()
        try:
            yield connection
        finally:
            self._take_back(connection)

    @contextmanager
    def lent_if_idle(self) -> Iterator[Any | None]:
        """Lend one, for this thread alone, or None where one would have to be opened."""
        connection = self._idle_one()
        try:
            yield connection
        finally:
            if connection is not None:
                self._take_back(connection)

    def make_ready(self) -> None:
        """Have one that is idle."""
        with self.lent():
            return

    def renew(self) -> None:
        """Open one anew, and close all that nobody uses: after what they can't have outlived, though they don't know it yet."""
        self.close()
        self._take_back(self._open_one())

    def close(self) -> None:
        """Close all that nobody uses; never raises."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            with suppress(libvirt.libvirtError):  # one that has died needs no closing
                connection.close()

    def _taken(self) -> Any:
        connection = self._idle_one()
        if connection is not None:
            return connection
        with self._turn():
            connection = self._idle_one()
            return self._open_one() if connection is None else connection

    @contextmanager
    def _turn(self) -> Iterator[None]:
        mine = self._opening.acquire(timeout=TURN_SECONDS)
        try:
            yield
        finally:
            if mine:
                self._opening.release()

    def _idle_one(self) -> Any | None:
        with self._lock:
            while self._idle:
                connection = self._idle.pop()
                if connection.isAlive():
                    return connection
        return None

    def _take_back(self, connection: Any) -> None:
        if not connection.isAlive():
            self.close()  # what has killed it has killed the others, which notice it at their next call only
            return
        with self._lock:
            self._idle.append(connection)
