# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a host reaches another's migration ports, private to this collection: tried from the host itself."""

from __future__ import annotations

from .._core.errors import HypervisorError
from .shell import Shell

MIGRATION_PORTS = (49152, 49216)
"""libvirt's libxl driver takes its ports from this range, the lowest first (LIBXL_MIGRATION_PORT_MIN and _MAX, libxl_conf.h).

Of them only one is ever tried, almost the highest. A connection to a port at which a domain is just being received breaks
that move: seen on Debian 12, where libvirtd took the second connection for another copy of the domain, and crashed.
"""
_TRIED = 49215
"""The highest that is also in the range which libvirt's other drivers use, and firewalls are opened for."""
_SECONDS = 5
"""How long a connection may take; a dropping firewall never answers."""

# The address comes by standard input. Nobody listens there yet, so being refused is the good answer.
COMMAND = f"""IFS= read -r address
timeout {_SECONDS} bash -c 'exec 3<>"/dev/tcp/$0/{_TRIED}"' "$address" 2>&1
echo "ended $?" """
_TIMED_OUT = 124  # timeout's own exit code
_BLOCKED = ("No route to host", "Network is unreachable", "Permission denied", "Invalid argument")


def ask_reach(shell: Shell, address: str) -> str | None:
    """Return None if the address can be reached from the host, else why not.

    Raises ``HypervisorError`` where that can't be tried. A firewall that answers like a closed port can't be told from one.
    """
    output, complaint = shell.ask(COMMAND, f"try to reach {address}", f"{address}\n")
    return read_reach(output, complaint, shell.host.name, address)


def read_reach(output: str, complaint: str, host: str, address: str) -> str | None:
    """Read the answer to ``COMMAND``."""
    text, _word, code = output.rpartition("ended ")
    if code.strip() == str(_TIMED_OUT):
        return f"no answer within {_SECONDS} s"
    reason = next((words for words in _BLOCKED if words in text), None)
    if reason is not None:
        return reason
    if code.strip() == "0" or "Connection refused" in text:
        return None
    raise HypervisorError(host, f"try to reach {address}", text.strip() or complaint)
