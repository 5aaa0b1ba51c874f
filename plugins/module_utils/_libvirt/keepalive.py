# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Noticing that a connection has fallen silent, private to this collection.

A firewall on the way forgets a connection that has been idle for as long as a long move takes, and drops what it carries
from then on without a word. Without keepalive libvirt waits for an answer for ever, and the guest stands still between two
steps of its move (seen in the lab). With it both sides call on each other while nothing else is said: that is noticed, and an
idle connection isn't forgotten in the first place.
"""

from __future__ import annotations

import threading
from typing import Any, NoReturn

from .dependencies import libvirt

INTERVAL_SECONDS = 5
"""Between two calls on a silent host: virsh's own (its ``-k``)."""
CALLS = 12
"""How many go unanswered before a connection is given up, after a minute: twice as many as virsh's (its ``-K``), because the
daemon of an overloaded host was seen to be silent for half a minute."""

_lock = threading.Lock()
_begun: list[threading.Thread] = []


def open_kept_alive(uri: str) -> Any:
    """Open a connection that is given up when its host doesn't answer. Raises ``libvirtError``.

    Not in a process that is going to fork: hosts call on its child's connections, too, which would have nobody to answer.
    """
    _answer_calls()
    connection = libvirt.open(uri)
    connection.setKeepAlive(INTERVAL_SECONDS, CALLS)
    return connection


def _answer_calls() -> None:
    """Begin libvirt's event loop, once in a process; only connections that are opened later take part in it."""
    with _lock:
        if not _begun:
            libvirt.virEventRegisterDefaultImpl()
            _begun.append(threading.Thread(target=_run_event_loop, name="libvirt's events", daemon=True))
            _begun[0].start()


def _run_event_loop() -> NoReturn:
    while True:
        libvirt.virEventRunDefaultImpl()
