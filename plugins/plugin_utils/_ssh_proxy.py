# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host behind another, private to this collection: what its SSH configuration has to say instead of an argument. Pure.

No libvirt URI has a place for a proxy. ``xen+ssh`` runs the ssh program, though, and that reads ``~/.ssh/config``.
"""

from __future__ import annotations

import getopt
import re
import shlex
from dataclasses import dataclass

_HOP = r"(ssh://)?([\w.][\w.-]*@)?([\w.][\w.-]*|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?"
_JUMP = re.compile(f"{_HOP}(,{_HOP})*", re.ASCII)


@dataclass(frozen=True)
class Proxy:
    """ProxyJump or ProxyCommand, and its value as it was given."""

    keyword: str
    value: str
    origin: str = ""
    """The variable or other setting that it stands in."""

    @property
    def is_none(self) -> bool:
        """Whether it says that there is no proxy."""
        return self.value.lower() == "none"

    def sentence(self, address: str) -> str:
        """Say why there is no way to the host at this address, and the two ways out.

        A command is not repeated, it may hold a password; nor is anything that is no list of jump hosts.
        """
        jump = self.value if self.keyword == "ProxyJump" else _jump_of_command(self.value)
        shown = jump is not None and _JUMP.fullmatch(jump)
        line = f"'ProxyJump {jump}'" if shown else f"{self.keyword} with the value that it has now"
        return (
            f"{self.origin} holds {self.keyword}, which a libvirt URI has no place for. Either move it to ~/.ssh/config of the"
            f" user that runs the task, where libvirt's and Ansible's ssh both find it: a line 'Host {address}' and below it"
            f" {line}. Or give the host a libvirt URI that needs no proxy in the variable xen_uri"
        )


def first_proxy(one: Proxy | None, other: Proxy | None) -> Proxy | None:
    """Return which of two counts, in the order in which ssh is told: the first, but "no jump" leaves a command alone."""
    if one and other and one.is_none and (one.keyword, other.keyword) == ("ProxyJump", "ProxyCommand"):
        return other
    return one or other


def _jump_of_command(command: str) -> str | None:
    """Return the jump host of ``ssh -W %h:%p jump`` and its like, None for a command that does anything more."""
    try:
        program, *words = shlex.split(command)
        options, rest = getopt.gnu_getopt(words, "46aCkqTxW:l:p:")
    except (ValueError, getopt.GetoptError):
        return None
    said = dict(options)
    if program != "ssh" or said.get("-W") not in {"%h:%p", "[%h]:%p"} or len(rest) != 1:
        return None
    user = f"{said['-l']}@" if "-l" in said and "@" not in rest[0] else ""
    port = f":{said['-p']}" if "-p" in said else ""
    return user + rest[0] + port
