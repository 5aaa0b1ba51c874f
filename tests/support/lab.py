# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab as a test sees it: its commands, and each host's libvirt looked at without the collection's help."""

from __future__ import annotations

import contextlib
import json
import shlex
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import libvirt

T = TypeVar("T")

XENLAB = Path(__file__).resolve().parents[1] / "lab" / "xenlab"
PATIENCE_SECONDS = 180
"""How long a condition may take to come true on emulated hosts that share two cores."""


@dataclass(frozen=True)
class Copy:
    """A domain as one host's libvirt shows it."""

    id: int | None
    state: int
    persistent: bool
    autostart: bool
    next_boot_xml: str


class Lab:
    """The hosts that are up, by name, with their libvirt URIs."""

    def __init__(self, uris: dict[str, str]) -> None:
        self.uris = uris

    def xenlab(self, *words: str) -> str:
        """Run a command of the lab and return what it printed; raises with its errors if it fails."""
        done = subprocess.run(
            [str(XENLAB), *words], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
        )
        if done.returncode != 0:
            raise RuntimeError(f"xenlab {' '.join(words)} ended with {done.returncode}: {done.stderr}\n{done.stdout}")
        return done.stdout

    def put(self, host: str, files: Mapping[str, str]) -> None:
        """Write text files on a host, path to content."""
        write = "mkdir -p {folder} && printf %s {content} > {path}"
        words = (
            {"folder": Path(path).parent, "content": shlex.quote(content), "path": path}
            for path, content in files.items()
        )
        self.xenlab("ssh", host, " && ".join(write.format(**each) for each in words))

    def hosts(self, *names: str) -> dict[str, str]:
        """Return the ``hosts`` option for these hosts."""
        return {name: self.uris[name] for name in names}

    @contextlib.contextmanager
    def domain(self, host: str, name: str) -> Iterator[Any]:
        """Lend libvirt's own object for a domain."""
        connection = open_patiently(self.uris[host])
        try:
            yield connection.lookupByName(name)
        finally:
            connection.close()

    def copy(self, host: str, name: str) -> Copy | None:
        """Look at one host for a domain; None if it isn't there."""
        try:
            with self.domain(host, name) as found:
                return Copy(
                    id=found.ID() if found.isActive() else None,
                    state=found.state()[0],
                    persistent=bool(found.isPersistent()),
                    autostart=bool(found.autostart()) if found.isPersistent() else False,
                    next_boot_xml=without_leftover(found.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)),
                )
        except libvirt.libvirtError as error:
            if error.get_error_code() != libvirt.VIR_ERR_NO_DOMAIN:
                raise
            return None

    def names(self, host: str) -> set[str]:
        """Return the names of all domains on a host but Domain-0."""
        connection = open_patiently(self.uris[host])
        try:
            return {found.name() for found in connection.listAllDomains()} - {"Domain-0"}
        finally:
            connection.close()

    def running(self) -> set[str]:
        """Return the names of the hosts that have power and have booted."""
        hosts = json.loads(self.xenlab("status", "--json"))["hosts"]
        return {host["host"] for host in hosts if host["state"] == "running"}

    def ticks(self, name: str) -> dict[str, Any]:
        """Return the newest tick of a guest, with ``count``, ``boot`` and ``host``; count 0 if none was heard yet."""
        newest = [
            found["tick"] | {"host": found["host"]}
            for found in self.guests()
            if found["name"] == name and found["tick"]
        ]
        return max(newest, key=lambda tick: int(tick["count"]), default={"count": 0, "boot": None, "host": None})

    def guests(self) -> list[dict[str, Any]]:
        """Return every domain on every host but Domain-0, with the newest tick that the host heard of it."""
        found: list[dict[str, Any]] = json.loads(self.xenlab("guest", "list", "--json"))
        return found

    def wait_for_tick_after(self, name: str, count: int) -> dict[str, Any]:
        """Wait until the guest has ticked on."""
        return wait_for(
            lambda: self.ticks(name), lambda newest: newest["count"] > count, f"{name} to tick beyond {count}"
        )


GUEST_MIB = 96
"""A guest of the lab doesn't boot with 64 MiB."""


def without_leftover(xml: str) -> str:
    """Return a definition without the empty element that libvirt leaves of a note in metadata that was taken away."""
    return xml.replace("  <metadata/>\n", "")


def open_patiently(uri: str) -> Any:
    """Open a connection; libssh gives a busy emulated host 10 s, which may be too short."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return libvirt.open(uri)
        except libvirt.libvirtError as error:
            if "Timeout connecting" not in str(error) or time.monotonic() > deadline:
                raise


def wait_for(ask: Callable[[], T], is_it: Callable[[T], bool], what: str, patience: float = PATIENCE_SECONDS) -> T:
    """Ask until the answer is right and return it; raises with the last answer when patience (in seconds) runs out."""
    deadline = time.monotonic() + patience
    while not is_it(answer := ask()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {patience:g} s for {what}; last seen: {answer}")
        time.sleep(0.5)
    return answer


def bring_up(*releases: str) -> Lab:
    """Bring up one host for each release and return the lab; hosts that are up already are kept."""
    up = [str(XENLAB), "up", "--hosts", str(len(releases)), "--release", ",".join(releases)]
    subprocess.run(up, check=True, stdin=subprocess.DEVNULL)
    status = json.loads(Lab({}).xenlab("status", "--json"))
    return Lab({host["host"]: host["uri"] for host in status["hosts"]})
