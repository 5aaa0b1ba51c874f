# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
"""The network between the hosts: a learning Ethernet switch on unix datagram sockets.

Run as `python3 -m labtool.switch DIRECTORY NAME...`. For each name it owns DIRECTORY/NAME.port and sends to
DIRECTORY/NAME.link, where a QEMU may come and go. While a file DIRECTORY/NAME.cut exists, that host's frames are lost both
ways, silently, as when a cable breaks somewhere behind the host's own switch.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import sys
from pathlib import Path

_LARGEST_FRAME = 70_000
_BUFFER = 4 << 20
_GROUP_BIT = 1  # of an address's first byte: broadcast and multicast


class Port:
    """One host's side of the switch."""

    def __init__(self, directory: Path, name: str) -> None:
        self._peer = str(directory / f"{name}.link")
        self._cut = str(directory / f"{name}.cut")
        own = directory / f"{name}.port"
        own.unlink(missing_ok=True)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
        self.socket.setblocking(False)
        self.socket.bind(str(own))

    @property
    def cut(self) -> bool:
        """Whether frames from and to this host are lost."""
        return os.path.exists(self._cut)  # noqa: PTH110 (asked for every frame: pathlib costs three times as much)

    def send(self, frame: bytes) -> None:
        """Deliver a frame, or lose it if the host is down, too slow, or cut off: Ethernet promises no more."""
        if not self.cut:
            with contextlib.suppress(OSError):
                self.socket.sendto(frame, self._peer)


class Switch:
    """Learns which address is behind which port; sends frames for unknown and group addresses everywhere."""

    def __init__(self, ports: list[Port]) -> None:
        self._ports = ports
        self._learned: dict[bytes, Port] = {}

    def forward(self, frame: bytes, source: Port) -> None:
        """Pass on one frame that came in at `source`."""
        target, sender = frame[:6], frame[6:12]
        if len(sender) < 6 or source.cut:
            return
        self._learned[sender] = source
        known = None if target[0] & _GROUP_BIT else self._learned.get(target)
        for port in self._ports if known is None else [known]:
            if port is not source:
                port.send(frame)


def _drain(switch: Switch, port: Port) -> None:
    with contextlib.suppress(BlockingIOError):
        while True:
            switch.forward(port.socket.recv(_LARGEST_FRAME), port)


def main(directory: Path, names: list[str]) -> None:
    """Switch frames for ever."""
    ports = [Port(directory, name) for name in names]
    switch = Switch(ports)
    selector = selectors.DefaultSelector()
    for port in ports:
        selector.register(port.socket, selectors.EVENT_READ, port)
    while True:
        for key, _events in selector.select():
            _drain(switch, key.data)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
