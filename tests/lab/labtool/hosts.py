# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
"""One host: started, resumed, ended, and waited for."""

from __future__ import annotations

import shutil
import socket
import subprocess
from contextlib import closing
from pathlib import Path

from labtool import qemu, remote
from labtool.errors import LabError
from labtool.paths import Paths
from labtool.processes import Process, spawn
from labtool.state import Host
from labtool.waiting import until

BOOT_DEADLINE = 420.0  # seconds; four hosts on two emulated cores take their time
RESUME_DEADLINE = 90.0
_TAIL = 15

# Opening libvirt's Xen driver proves that Xen, its store and the daemon are all there.
_READY = ["virsh", "--connect", "xen:///system", "list", "--all"]
# What a first user would wait for, done once before the snapshot: it then stays in the host's memory.
_WARM_UP = "import libvirt, lxml.etree, json; libvirt.open('xen:///system').listAllDomains()"


def free_port(taken: set[int]) -> int:
    """A TCP port of 127.0.0.1 that nobody listens on and that is not in `taken`."""
    while True:
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port not in taken:
            return port


def create_disk(disk: Path, backing: Path, backing_format: str) -> None:
    """A new disk that starts out with the content of `backing`, which must never change."""
    disk.unlink(missing_ok=True)
    command = ["qemu-img", "create", "-q", "-f", "qcow2", "-F", backing_format, "-b", str(backing), str(disk)]
    subprocess.run(command, check=True)


def launch(host: Host, paths: Paths, image: Path, disk: Path, resume_from: Path | None = None) -> Process:
    """Start the host's QEMU, booting from `disk` or resuming."""
    sockets = qemu.Sockets.of(paths, host.name)
    for leftover in (sockets.qmp, sockets.link):
        leftover.unlink(missing_ok=True)
    (paths.sockets / f"{host.name}.ssh").unlink(missing_ok=True)
    command = qemu.command(host, paths, disk, resume_from)
    return spawn(command, paths.host(host.name) / "qemu.log", image)


def last_words(paths: Paths, name: str) -> str:
    """The end of the host's serial console and of what QEMU said."""
    parts = []
    for log in (paths.host(name) / "qemu.log", paths.serial(name)):
        if log.exists():
            lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-_TAIL:]
            parts.append(f"--- {log}\n" + "\n".join(lines))
    return "\n".join(parts)


def _must_run(process: Process, paths: Paths, name: str) -> None:
    if not process.alive():
        raise LabError(f"{name}: QEMU ended\n{last_words(paths, name)}")


def wait_ready(host: Host, paths: Paths, process: Process, deadline: float) -> None:
    """Wait until the host answers over ssh and its libvirt lists domains. deadline: seconds for each of the two."""

    def greets() -> bool:
        _must_run(process, paths, host.name)
        return remote.answers(host.ssh_port)

    said = ""

    def lists() -> bool:
        nonlocal said
        _must_run(process, paths, host.name)
        ended = remote.run(paths, host.name, _READY)
        said = ended.stderr.strip()
        return ended.returncode == 0

    def problem() -> str:
        return f"{host.name} is not ready: {said or 'no ssh server answers'}\n{last_words(paths, host.name)}"

    until(greets, deadline, problem, interval=0.5)
    until(lists, deadline, problem, interval=0.5)


def warm_up(host: Host, paths: Paths) -> None:
    """Do once what every user will do, so that a snapshot has it in memory."""
    remote.check(paths, host.name, ["python3", "-c", _WARM_UP])
    remote.run(
        paths, host.name, ["sh", "-c", "xl list; xl info; virt-ssh-helper --version; ping -c1 10.77.0.1; ss -tn; sync"]
    )


def set_clock(host: Host, paths: Paths, now: float) -> None:
    """A resumed host thinks it is still the time of its snapshot."""
    remote.check(paths, host.name, ["date", "-s", f"@{now:.0f}"])


def remove_files(paths: Paths, name: str) -> None:
    """Forget a host's disk, logs and sockets."""
    shutil.rmtree(paths.host(name), ignore_errors=True)
    for leftover in paths.sockets.glob(f"{name}.*"):
        leftover.unlink(missing_ok=True)
