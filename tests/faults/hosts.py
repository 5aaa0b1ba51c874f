# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two hosts of a trial, looked at and handled without the collection's help, by their shells alone."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.support.lab import XENLAB, Lab, without_leftover

_LINE = re.compile(r"(?P<name>\S+) +(?P<id>\d+) +\d+ +\d+ +(?P<flags>\S{6}) +(?P<cpu>[\d.]+) +\S+ +(?P<reason>\S+)")

_SUSPENDED = "2"
"""SHUTDOWN_suspend of Xen's sched.h."""


@dataclass(frozen=True)
class XenCopy:
    """A domain as Xen shows it. ``flags`` and ``reason`` are those of xl list, CPU time is in seconds."""

    id: int
    flags: str
    cpu: float
    reason: str = "-"

    @property
    def can_run(self) -> bool:
        """Whether nothing keeps it from running."""
        return not set("psd") & set(self.flags)

    @property
    def is_paused(self) -> bool:
        """Whether nothing but that it is paused keeps it from running."""
        return set("psd") & set(self.flags) == {"p"}

    def __str__(self) -> str:
        """A word for it."""
        if "d" in self.flags:
            return "ending"
        if "s" in self.flags and self.reason != _SUSPENDED:
            return "ended"
        if "s" in self.flags:
            return "suspended"
        if "p" in self.flags:
            return "paused" if self.cpu else "paused, never ran"
        return "runs"


@dataclass(frozen=True)
class Defined:
    """What a host's libvirt has of a domain beyond its memory."""

    next_boot: str
    autostart: bool


@dataclass(frozen=True)
class Pair:
    """The lab, and which way the domain is to go."""

    lab: Lab
    source: str
    destination: str

    def shell(self, host: str, command: str) -> str:
        """Run a command on a host and return what it printed; raises with its errors if it fails."""
        return self.lab.xenlab("ssh", host, command)

    def shell_while(self, host: str, command: str, going_on: Callable[[], bool]) -> bool:
        """Run a command on a host; return whether it succeeded before what it waits for could no longer come."""
        words = [str(XENLAB), "ssh", host, command]
        with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as running:
            while running.poll() is None:
                if not going_on():
                    running.terminate()
                time.sleep(0.2)
        return running.returncode == 0

    def tell(self, host: str, command: str) -> None:
        """Run a command on a host; whether it succeeds is not asked."""
        self.shell(host, f"({command}) >/dev/null 2>&1 || :")

    def is_up(self, host: str) -> bool:
        """Whether the host has power."""
        return host in self.lab.running()

    def hears(self, host: str) -> bool:
        """Whether somebody can log in there within a few seconds."""
        words = ["timeout", "8", str(XENLAB), "ssh", host, "true"]
        return subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0

    def copy(self, host: str, name: str) -> XenCopy | None:
        """Return what Xen on a host has of a domain; None if nothing, or if the host is off."""
        if not self.is_up(host):
            return None
        for line in self.shell(host, "xl list -v").splitlines():
            match = _LINE.match(line)
            if match and match["name"] == name:
                return XenCopy(int(match["id"]), match["flags"], float(match["cpu"]), match["reason"])
        return None

    def defined(self, host: str, name: str) -> Defined | None:
        """Return a host's persistent definition of a domain, None if it has none."""
        ask = f"virsh dominfo {name} 2>/dev/null | grep -q 'Persistent: *yes' || exit 0; virsh dominfo {name}; echo; "
        answer = self.shell(host, ask + f"virsh dumpxml --inactive {name}")
        if not answer:
            return None
        info, _line, xml = answer.partition("\n\n")
        return Defined(without_leftover(xml).strip(), "Autostart:      enable" in info)
