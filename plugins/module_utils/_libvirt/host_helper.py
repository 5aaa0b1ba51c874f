# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watching and killing the processes of Xen's that send and receive a domain's memory, private to this collection.

That ends a transfer of which one of them stands still, and hears of nothing, and it is the only way to end an encrypted one:
memory that is sent encrypted goes through a pipe to libvirt's daemon, and from there through a connection that nothing tells
from the daemon's others. When the process that writes to the pipe is killed, Xen gives the move up, and the source's copy runs
on, as it does where a connection is ended. But libvirt's daemon then waits for the destination's, which waits for more memory,
for ever (seen on Debian 13), until the process that receives is killed as well. Where their connection is lost, libvirt reads
the pipe no more, and waits for the process that writes to it, which waits for libvirt (likewise).
"""

from __future__ import annotations

from .._core.errors import HypervisorError
from .host_transfer import ACTION, END_WHILE_PAUSED, WATCH, WHILE_SUSPENDED, WHY_NOT
from .shell import Shell

# Xen's id of the domain comes by standard input.
_HELPER = r"""IFS=' ' read -r id
helper=
for each in $(pgrep -x libxl-save-help); do
  ! tr '\0' ' ' <"/proc/$each/cmdline" | grep -Eq -- "--save-domain -?[0-9]+ -?[0-9]+ $id " || helper=$each
done
[ -n "$helper" ] || { echo none; exit; }
"""

# What it has written altogether; few bytes of that are not memory.
WRITTEN = rf"""{_HELPER}awk '$1 == "wchar:" {{ n = $2 }} END {{ print n == "" ? "none" : "written " n }}' "/proc/$helper/io" """

# libxl may hear of what the process asked for when that has gone.
COMMAND = rf"""{_HELPER}end() {{ answer=ended least=10; kill -KILL "$helper"; }}
{END_WHILE_PAUSED}"""

COMMAND_SUSPENDED = rf"""{_HELPER}{WHILE_SUSPENDED}
if kill -KILL "$helper"; then echo ended; else echo kept; fi"""

# At the destination, by the domain's UUID. What is received can't be whole any more.
COMMAND_THERE = r"""IFS=' ' read -r uuid
id=$(xl vm-list | awk -v uuid="$uuid" '$1 == uuid { print $2 }')
for receiver in $(pgrep -x libxl-save-help); do
  ! tr '\0' ' ' <"/proc/$receiver/cmdline" | grep -Eq -- "--restore-domain -?[0-9]+ -?[0-9]+ $id " || kill -KILL "$receiver"
done
echo looked"""


def ask_kill_sender(shell: Shell, number: int, suspended: bool) -> str | None:
    """Kill the process that sends the domain with this Xen id; return None if that was done, else why not.

    Either before its guest is suspended, or only while it is ``suspended``; it is left standing still then. Raises
    ``HypervisorError`` where it can't be tried.
    """
    output, complaint = shell.ask(COMMAND_SUSPENDED if suspended else COMMAND, ACTION, f"{number}\n")
    word = output.strip()
    if word == "ended":
        return None
    if word not in WHY_NOT:
        raise HypervisorError(shell.host.name, ACTION, complaint)
    return WHY_NOT[word]


def ask_kill_receiver(shell: Shell, uuid: str) -> None:
    """Have the destination give up what it receives of a domain whose source sends no more.

    Raises ``HypervisorError`` where it can't be asked.
    """
    output, complaint = shell.ask(COMMAND_THERE, ACTION, f"{uuid}\n")
    if output.strip() != "looked":
        raise HypervisorError(shell.host.name, ACTION, complaint)


def ask_written(shell: Shell, number: int) -> int | None:
    """Return how many bytes of the domain with this Xen id were written to libvirt's daemon, None while none is sent.

    Raises ``HypervisorError`` where it can't be asked.
    """
    output, complaint = shell.ask(WRITTEN, WATCH, f"{number}\n")
    word, _space, count = output.strip().partition(" ")
    if word == "none":
        return None
    if word != "written" or not count.isdecimal():
        raise HypervisorError(shell.host.name, WATCH, complaint)
    return int(count)
