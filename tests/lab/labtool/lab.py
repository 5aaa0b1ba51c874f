# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
"""The lab as a whole: up, down, reset, and the life of its hosts."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

from labtool import cache, hosts, image, keys, network, prerequisites, qemu, remote, shared_disk, snapshots, ui
from labtool.errors import LabError
from labtool.locks import locked
from labtool.paths import Paths
from labtool.processes import Process
from labtool.recipe import HOST_NAMES, RELEASES, image_key, release, snapshot_key
from labtool.state import Host, Store


def _in_parallel(work: Callable[[Host], None], chosen: Sequence[Host]) -> None:
    """Do the work for all; raise what went wrong only when all have ended."""
    pool = ThreadPoolExecutor(max(1, len(chosen)))
    outcomes = [pool.submit(work, host) for host in chosen]
    wait(outcomes)
    errors = [error for error in (outcome.exception() for outcome in outcomes) if error]
    for error in errors[1:]:
        ui.say(str(error))
    if errors:
        raise errors[0]


class Lab:
    """One running lab. Commands that start or end hosts exclude each other; questions are free."""

    def __init__(self, paths: Paths) -> None:
        self.paths = paths
        self.store = Store(paths.state)
        self.keys = keys.obtain(paths.cache)
        self._busy = functools.partial(locked, paths.state / "busy.lock")

    def up(self, wanted: Sequence[str]) -> None:
        """Have a running host for each release number in `wanted`; those already there are kept."""
        prerequisites.check()
        with self._busy():
            self._clear_leftovers()
            self._adopt(wanted)
            state = self.store.read()
            remote.write_configuration(self.paths, list(state.hosts.values()), self.keys)
            shared_disk.create(self.paths.state / "shared.raw")
            network.start_switch(self.paths, self.store)
            fresh = [host for host in state.hosts.values() if not (host.running and host.ready)]
            self._start_clean(fresh)
            self._prune()

    def down(self) -> None:
        """End every process of the lab and forget its hosts and guests."""
        with self._busy():
            state = self.store.read()
            for host in state.hosts.values():
                self._end(host)
                hosts.remove_files(self.paths, host.name)
            if state.switch:
                state.switch.kill()
            with self.store.editing() as editable:
                editable.hosts, editable.guests, editable.switch = {}, {}, None
            for name in ("shared.raw", "ssh_config", "known_hosts", "client_key"):
                (self.paths.state / name).unlink(missing_ok=True)
            for leftover in self.paths.sockets.iterdir():
                leftover.unlink()

    def reset(self) -> None:
        """Bring all hosts back to their clean state; guests are gone, links are whole."""
        with self._busy():
            state = self.store.read()
            if not state.hosts:
                raise LabError("there is no lab to reset: run: xenlab up")
            chosen = list(state.hosts.values())
            for host in chosen:
                self._end(host)
            with self.store.editing() as editable:
                editable.guests = {}
            shared_disk.create(self.paths.state / "shared.raw", anew=True)
            network.restore_all(self.paths)
            network.start_switch(self.paths, self.store)
            self._start_clean(chosen)

    def kill(self, name: str) -> None:
        """Power loss: the host ends at once, its disk stays as it is."""
        with self._busy():
            self._end(self.store.read().host(name))

    def freeze(self, name: str, *, still: bool) -> None:
        """Have a host stand still, processors and devices, or go on: its clock has jumped then."""
        process = self.store.read().host(name).process
        if not process:
            raise LabError(f"{name} is off")
        process.stop() if still else process.go_on()

    def boot(self, name: str) -> None:
        """Boot a host that is off from its disk as it was left."""
        with self._busy():
            host = self.store.read().host(name)
            if host.running:
                return
            disk = self.paths.host(name) / "disk.qcow2"
            if not disk.exists():
                raise LabError(f"{name} has no disk to boot from: run: xenlab up")
            network.start_switch(self.paths, self.store)
            with ui.step(f"Boot {name}"):
                process = hosts.launch(host, self.paths, Path(host.image), disk)
                self._record(name, process, ready=False)
                hosts.wait_ready(host, self.paths, process, hosts.BOOT_DEADLINE)
                self._record(name, process, ready=True)

    def _end(self, host: Host) -> None:
        if host.process:
            host.process.kill()
        with self.store.editing() as state:
            state.change(host.name, process=None, ready=False)

    def _clear_leftovers(self) -> None:
        """A start that was interrupted left a host that never became ready: end it."""
        for host in self.store.read().hosts.values():
            if not host.ready or not host.running:
                self._end(host)

    def _adopt(self, wanted: Sequence[str]) -> None:
        """Write down the hosts there shall be."""
        with self.store.editing() as state:
            for name, number in zip(HOST_NAMES, wanted, strict=False):
                present = state.hosts.get(name)
                if present and present.running and present.release != number:
                    raise LabError(f"{name} runs Debian {present.release}, not {number}: run: xenlab down")
                taken = {host.ssh_port for host in state.hosts.values()}
                port = present.ssh_port if present else hosts.free_port(taken)
                process = present.process if present else None
                if not process:
                    state.hosts[name] = Host(name, number, port)
            for name in HOST_NAMES[len(wanted) :]:
                if name in state.hosts and not state.hosts[name].running:
                    del state.hosts[name]

    def _images(self, numbers: Iterable[str]) -> dict[str, Path]:
        directory = self.paths.cache / "images"
        directory.mkdir(exist_ok=True)
        built = {}
        for number in sorted(numbers):
            entry = directory / image_key(release(number), self.keys)
            if cache.complete(entry):
                cache.mark_used(entry)
                built[number] = entry
                continue
            with ui.step(f"Build the image of Debian {number}"):
                built[number] = cache.obtain(entry, functools.partial(image.build, release(number), self.keys))
        return built

    def _start_clean(self, chosen: Sequence[Host]) -> None:
        if not chosen:
            return
        images = self._images({host.release for host in chosen})

        def start(host: Host) -> None:
            def record(process: Process) -> None:
                self._record(host.name, process, ready=False)

            process = snapshots.start(host, self.paths, images[host.release], record)
            self._record(host.name, process, ready=True)

        with self.store.editing() as state:
            for host in chosen:
                state.change(host.name, image=str(images[host.release]))
        with ui.step(f"Start {', '.join(host.name for host in chosen)}"):
            try:
                _in_parallel(start, chosen)
            except KeyboardInterrupt:
                # The threads notice that their QEMU is gone, and give up.
                for host in chosen:
                    self._end(self.store.read().host(host.name))
                raise

    def _record(self, name: str, process: Process, ready: bool) -> None:
        with self.store.editing() as state:
            state.change(name, process=process, ready=ready)

    def _prune(self) -> None:
        """Remove from the cache what neither today's recipes nor this lab's hosts need."""
        today = {image_key(known, self.keys) for known in RELEASES.values()}
        images = today | {Path(host.image).name for host in self.store.read().hosts.values()}
        cache.prune(self.paths.cache / "images", images)
        cache.prune(self.paths.cache / "snapshots", {snapshot_key(image, qemu.machine()) for image in images})
