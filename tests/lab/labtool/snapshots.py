# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
"""Snapshots: a host just booted and warmed up, saved once, resumed in seconds ever after.

A snapshot is a directory in the cache with `disk.qcow2` (what the boot changed on the image, never written again) and
`state` (the machine's memory and devices).
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from labtool import cache, hosts, qemu, qmp, ui
from labtool.errors import LabError
from labtool.locks import locked
from labtool.paths import Paths
from labtool.processes import Process
from labtool.recipe import snapshot_key
from labtool.state import Host


def directory(paths: Paths, host: Host, image: Path) -> Path:
    """Where this host's snapshot is, or would be."""
    key = snapshot_key(image.name, qemu.machine())
    return paths.cache / "snapshots" / key / host.name


def start(host: Host, paths: Paths, image: Path, record: Callable[[Process], None]) -> Process:
    """Start a host in its clean state: resumed where a good snapshot exists, else booted, and then a snapshot is made.

    record: told of every process at once, so that one left over by a crash can be found.
    """
    entry = directory(paths, host, image)
    with locked(entry.with_name(f".{host.name}.lock")):
        if cache.complete(entry):
            process = _resume(host, paths, image, entry, record)
            if process:
                return process
        return _boot(host, paths, image, entry, record)


def _resume(host: Host, paths: Paths, image: Path, entry: Path, record: Callable[[Process], None]) -> Process | None:
    cache.mark_used(entry)
    disk = paths.host(host.name) / "disk.qcow2"
    hosts.create_disk(disk, entry / "disk.qcow2", "qcow2")
    process = hosts.launch(host, paths, image, disk, entry / "state")
    record(process)
    try:
        qmp.resume(qemu.Sockets.of(paths, host.name).qmp)
        hosts.wait_ready(host, paths, process, hosts.RESUME_DEADLINE)
    except LabError as error:
        ui.say(f"{host.name}: its snapshot is of no use and is made anew: {error}")
        process.kill()
        shutil.rmtree(entry, ignore_errors=True)
        return None
    except BaseException:
        process.kill()
        raise
    hosts.set_clock(host, paths, time.time())
    return process


def _boot(host: Host, paths: Paths, image: Path, entry: Path, record: Callable[[Process], None]) -> Process:
    shutil.rmtree(entry, ignore_errors=True)
    entry.mkdir(parents=True)
    hosts.create_disk(entry / "disk.qcow2", image / "root.img", "raw")
    process = hosts.launch(host, paths, image, entry / "disk.qcow2")
    record(process)
    try:
        hosts.wait_ready(host, paths, process, hosts.BOOT_DEADLINE)
        hosts.warm_up(host, paths)
        disk = paths.host(host.name) / "disk.qcow2"
        disk.unlink(missing_ok=True)
        with qmp.Qmp(qemu.Sockets.of(paths, host.name).qmp) as monitor:
            qmp.save_state(monitor, entry / "state", disk)
    except BaseException:
        process.kill()
        raise
    cache.seal(entry)
    return process
