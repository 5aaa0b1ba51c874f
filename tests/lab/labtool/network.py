# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
"""The network between the hosts: its switch process, and links that can be cut."""

from __future__ import annotations

import sys

from labtool.paths import SOURCE, Paths
from labtool.processes import spawn
from labtool.recipe import HOST_NAMES
from labtool.state import Store
from labtool.waiting import until


def start_switch(paths: Paths, store: Store) -> None:
    """Have the switch run."""
    with store.editing() as state:
        if state.switch and state.switch.alive():
            return
        ports = [paths.sockets / f"{name}.port" for name in HOST_NAMES]
        for port in ports:
            port.unlink(missing_ok=True)
        command = [sys.executable, "-m", "labtool.switch", str(paths.sockets), *HOST_NAMES]
        process = state.switch = spawn(command, paths.state / "switch.log", SOURCE)
    until(
        lambda: all(port.exists() for port in ports) or not process.alive(),
        20,
        lambda: f"the network switch does not start; see {paths.state / 'switch.log'}",
        interval=0.05,
    )


def cut(paths: Paths, host: str) -> None:
    """Lose every frame from and to the host on the network between the hosts. Control by ssh goes on."""
    (paths.sockets / f"{host}.cut").touch()


def restore(paths: Paths, host: str) -> None:
    """Make the host's link whole."""
    (paths.sockets / f"{host}.cut").unlink(missing_ok=True)


def is_cut(paths: Paths, host: str) -> bool:
    """Whether the host's link is cut."""
    return (paths.sockets / f"{host}.cut").exists()


def restore_all(paths: Paths) -> None:
    """Make all links whole."""
    for name in HOST_NAMES:
        restore(paths, name)
