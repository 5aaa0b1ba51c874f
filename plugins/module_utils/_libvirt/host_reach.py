# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a host reaches others' migration ports, private to this collection: tried from the host itself, in one command."""

from __future__ import annotations

from collections.abc import Collection

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

_AT_ONCE = 50
"""How many addresses are tried at the same time: each takes two small programs of the host's memory."""

# The addresses come by standard input. Nobody listens there yet, so being refused is the good answer. All that was said of an
# address becomes one line, with nothing in it taken for the name of a file.
COMMAND = f"""set -f
try() {{
  said=$(timeout {_SECONDS} bash -c 'exec 3<>"/dev/tcp/$0/{_TRIED}"' "$1" 2>&1)
  echo "$1 ended $?" $said
}}
tried=0
while IFS= read -r address; do
  try "$address" &
  tried=$((tried + 1))
  [ $((tried % {_AT_ONCE})) != 0 ] || wait
done
wait"""
_TIMED_OUT = 124  # timeout's own exit code
_BLOCKED = ("No route to host", "Network is unreachable", "Permission denied", "Invalid argument")


def ask_reach(shell: Shell, addresses: Collection[str]) -> dict[str, str | None]:
    """Return for each address None if it can be reached from the host, else why not.

    Raises ``HypervisorError`` where that can't be tried. A firewall that answers like a closed port can't be told from one.
    """
    action = f"try to reach {', '.join(sorted(addresses))}"
    output, complaint = shell.ask(COMMAND, action, "".join(f"{address}\n" for address in addresses))
    return read_reach(output, complaint, shell.host.name, addresses)


def read_reach(output: str, complaint: str, host: str, addresses: Collection[str]) -> dict[str, str | None]:
    """Read the answer to ``COMMAND``."""
    answers = dict(line.split(" ended ", 1) for line in output.splitlines() if " ended " in line)
    return {address: _reason(answers.get(address, ""), complaint, host, address) for address in addresses}


def _reason(answer: str, complaint: str, host: str, address: str) -> str | None:
    code, _space, said = answer.partition(" ")
    if code == str(_TIMED_OUT):
        return f"no answer within {_SECONDS} s"
    reason = next((words for words in _BLOCKED if words in said), None)
    if reason is not None:
        return reason
    if code == "0" or "Connection refused" in said:
        return None
    raise HypervisorError(host, f"try to reach {address}", said or complaint)
