# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watching and ending the transfer of a domain's memory, private to this collection: on its source, by a shell of root's.

libvirt's Xen driver has no call for either. When the connection that carries the memory is ended, Xen gives the move up, the
source's copy runs on and the destination's is removed. That holds only until the guest is suspended: afterwards libvirt doesn't
have it run on, and whoever ends it has to.
"""

from __future__ import annotations

import re

from .._core.errors import HypervisorError
from .._core.hypervisor import NOT_SENDING, SUSPENDED, Connection
from .._core.trace import LOST_SECONDS
from .host_reach import MIGRATION_PORTS
from .shell import Shell
from .xen_list import STATE

ACTION = "end a transfer"
WATCH = "watch a transfer"

# Xen's id of the domain and the destination's address come by standard input.
#
# The connection is the one of the very process that sends this domain (libxl-save-helper --save-domain FD FD ID ...), so
# nobody else's is ever hit.
_CONNECTION = rf"""IFS=' ' read -r id address
connection() {{
  ss -Htnp state established dst "$address" '( dport >= :{MIGRATION_PORTS[0]} and dport <= :{MIGRATION_PORTS[1]} )' |
    sed -nE 's/^ *[0-9]+ +[0-9]+ +([^ ]+) +([^ ]+) .*"libxl-save-help",pid=([0-9]+),.*/\1 \2 \3/p' |
    while IFS=' ' read -r here there helper; do
      tr '\0' ' ' <"/proc/$helper/cmdline" | grep -Eq -- "--save-domain -?[0-9]+ -?[0-9]+ $id " &&
        echo "$here $there $helper"
    done
}}
set -- $(connection)
[ $# = 3 ] || {{ echo none; exit; }}
here=$1 there=$2 helper=$3
"""

# Only looks. The kernel leaves the number out while it is 0.
ACKNOWLEDGED = rf"""{_CONNECTION}ss -Htin state established src "$here" dst "$there" |
  awk '{{ for (i = 1; i <= NF; i++) if (sub(/^bytes_acked:/, "", $i)) n = $i }}
       END {{ print NR ? "acked " (n ? n : 0) : "none" }}'
"""

# ``end`` is a function that ends the transfer that ``helper`` makes, and says so in ``answer``.
#
# The helper waits on standard input while libxl has the guest suspended. A paused guest can't take part in its suspension:
# what is seen while it is paused is still so when the transfer ends. Should libxl have asked for the suspension in that very
# moment, the request is taken back before the guest runs on; libxl then gives up waiting after a minute, and the guest goes
# on. (An HVM guest without PV drivers is suspended from outside, paused or not.)
_TOO_LATE = rf"""too_late() {{
  case {STATE} in [-r][-b][-p]-*) ;; *) return 0 ;; esac
  IFS=' ' read -r call file rest <"/proc/$helper/syscall" || return 0
  [ "$call $file" = '0 0x0' ]
}}
"""
END_WHILE_PAUSED = (
    _TOO_LATE
    + r"""take_back() {
  request=/local/domain/$id/control/shutdown tries=0
  while { [ -d "/proc/$helper" ] || [ "$tries" -lt "${least:-0}" ]; } && [ "$tries" -lt 50 ]; do
    [ "$(xenstore-read "$request" 2>/dev/null)" != suspend ] || { xenstore-write "$request" ''; break; }
    tries=$((tries + 1)); sleep 0.1
  done
}
! too_late || { echo suspended; exit; }
trap '' HUP INT TERM PIPE
xl pause "$id" || { echo unpausable; exit; }
if too_late; then answer=suspended
elif end; then take_back
else answer=kept
fi
xl unpause "$id" || { sleep 1; xl unpause "$id"; }
echo "$answer" """
)

COMMAND = rf"""{_CONNECTION}end() {{
  answer="ended $here $there"
  [ -n "$(ss -KHtn state established src "$here" dst "$there")" ]
}}
{END_WHILE_PAUSED}"""

# What follows is for a domain whose guest is suspended.
WHILE_SUSPENDED = rf"""case {STATE} in
  ???s??) ;; *) echo running; exit ;;
esac"""

# The second number of ss is what the destination has not acknowledged. Without any the move comes to its end by itself.
COMMAND_SUSPENDED = rf"""{_CONNECTION}{WHILE_SUSPENDED}
unsent() {{ ss -Htn state established src "$here" dst "$there" | awk '$2 > 0 {{ print "unsent" }}'; }}
if [ -z "$(unsent)" ]; then echo sent
elif [ -n "$(ss -KHtn state established src "$here" dst "$there")" ]; then echo "ended $here $there"
else echo kept
fi"""

# The destination's half, where word of the end was lost on the way: it would wait for ever, and libvirt with it (seen on Debian
# 13). Both its ends come by standard input, so nothing else is hit; the source has no such connection any more.
COMMAND_THERE = r"""IFS=' ' read -r here there
ss -Htnp state established src "$there" dst "$here" | grep -Fq '"libxl-save-help"' &&
  ss -KHtn state established src "$there" dst "$here" >/dev/null
echo looked"""

# What is left to be sent when the process that sends has gone, libxl sends itself. So the connection is its daemon's alone, and
# the domain can only be told at the other end. Where no answer comes, TCP tries for a quarter of an hour, the guest stands
# still, and libvirt waits (seen on Debian 13 with the network cut). Xen's id and both ends come by standard input.
COMMAND_LEFT = rf"""IFS=' ' read -r id here there
{WHILE_SUSPENDED}
case $(ss -Htnp state established src "$here" dst "$there") in
  *'"libxl-save-help"'*) echo suspended; exit ;; '') echo none; exit ;;
esac
if [ -z "$(ss -Htn state established src "$here" dst "$there" | awk '$2 > 0 {{ print "unsent" }}')" ]; then echo sent
elif [ -n "$(ss -KHtn state established src "$here" dst "$there")" ]; then echo "ended $here $there"
else echo kept
fi"""

# At the destination, by the domain's UUID: the connection of the very process that receives it, if nothing has come for long.
WAITING = rf"""IFS=' ' read -r uuid
id=$(xl vm-list | awk -v uuid="$uuid" '$1 == uuid {{ print $2 }}')
set -- $(ss -Htnp state established '( sport >= :{MIGRATION_PORTS[0]} and sport <= :{MIGRATION_PORTS[1]} )' |
  sed -nE 's/^ *[0-9]+ +[0-9]+ +([^ ]+) +([^ ]+) .*"libxl-save-help",pid=([0-9]+),.*/\1 \2 \3/p' |
  while IFS=' ' read -r here there helper; do
    tr '\0' ' ' <"/proc/$helper/cmdline" | grep -Eq -- "--restore-domain -?[0-9]+ -?[0-9]+ $id " && echo "$there $here"
  done)
[ $# = 2 ] || {{ echo none; exit; }}
idle=$(ss -Htin state established src "$2" dst "$1" | sed -nE 's/.* lastrcv:([0-9]+).*/\1/p')
if [ "${{idle:-0}}" -ge {LOST_SECONDS}000 ]; then echo "waiting $1 $2"; else echo receiving; fi"""

_END = re.compile(r"\[?[0-9a-fA-F.:]+(%\w+)?\]?:(\d+)")
"""One end of a connection, as ss writes it."""

WHY_NOT = {
    "none": NOT_SENDING,
    "suspended": SUSPENDED,
    "running": "its guest had run on just then",
    "sent": "its guest is suspended already, and all of its memory is sent, so that only the move's end has it run again",
    "unpausable": "Xen could not pause it for that moment",
    "kept": "the host's kernel did not end the connection",
}


def ask_end(shell: Shell, number: int, address: str) -> Connection | str:
    """End the transfer of the domain with this Xen id to ``address``; return its connection if that was done, else why not.

    Raises ``HypervisorError`` where it can't be tried.
    """
    output, complaint = shell.ask(COMMAND, ACTION, f"{number} {address}\n")
    return read_end(output, complaint, shell.host.name)


def ask_end_suspended(shell: Shell, number: int, address: str) -> Connection | str:
    """End the same where its guest is suspended, and memory is on its way that the destination doesn't acknowledge.

    The guest is left standing still. Raises ``HypervisorError`` where it can't be tried.
    """
    output, complaint = shell.ask(COMMAND_SUSPENDED, ACTION, f"{number} {address}\n")
    return read_end(output, complaint, shell.host.name)


def ask_end_left(shell: Shell, number: int, connection: Connection) -> Connection | str:
    """End the sending of what was left of the domain with this Xen id when the process that sent it had gone; likewise.

    ``connection`` is what the destination told. Raises ``HypervisorError`` also where that is no such connection.
    """
    _check(connection, shell.host.name)
    output, complaint = shell.ask(COMMAND_LEFT, ACTION, f"{number} {connection.source} {connection.destination}\n")
    return read_end(output, complaint, shell.host.name)


def ask_waiting(shell: Shell, uuid: str) -> Connection | bool:
    """Return the connection by which a domain is received, if nothing has come by it for ``LOST_SECONDS``.

    True if something has, False where there is no such connection. Raises ``HypervisorError`` where it can't be asked.
    """
    output, complaint = shell.ask(WAITING, WATCH, f"{uuid}\n")
    word, *ends = output.split() or [""]
    if word in ("none", "receiving"):
        return word == "receiving"
    if word != "waiting" or len(ends) != 2:
        raise HypervisorError(shell.host.name, WATCH, complaint)
    return Connection(*ends)


def read_end(output: str, complaint: str, host: str) -> Connection | str:
    """Read the answer to ``COMMAND`` or ``COMMAND_SUSPENDED``."""
    word, *ends = output.split() or [""]
    if word == "ended" and len(ends) == 2:
        return Connection(*ends)
    if word not in WHY_NOT:
        raise HypervisorError(host, ACTION, complaint)
    return WHY_NOT[word]


def ask_end_there(shell: Shell, connection: Connection) -> None:
    """End the destination's half of a connection whose source's is ended.

    Raises ``HypervisorError`` where it can't be asked, or the source told of something that is no such connection.
    """
    _check(connection, shell.host.name)
    output, complaint = shell.ask(COMMAND_THERE, ACTION, f"{connection.source} {connection.destination}\n")
    if output.strip() != "looked":
        raise HypervisorError(shell.host.name, ACTION, complaint)


def _check(connection: Connection, host: str) -> None:
    ends = [_END.fullmatch(end) for end in (connection.source, connection.destination)]
    if None in ends or int(connection.destination.rpartition(":")[2]) not in range(
        MIGRATION_PORTS[0], MIGRATION_PORTS[1] + 1
    ):
        raise HypervisorError(host, ACTION, "the other host told of no such connection")


def ask_acknowledged(shell: Shell, number: int, address: str) -> int | None:
    """Return how many bytes of the memory of the domain with this Xen id ``address`` has acknowledged, None while none is sent.

    Raises ``HypervisorError`` where it can't be asked.
    """
    output, complaint = shell.ask(ACKNOWLEDGED, WATCH, f"{number} {address}\n")
    return read_acknowledged(output, complaint, shell.host.name)


def read_acknowledged(output: str, complaint: str, host: str) -> int | None:
    """Read the answer to ``ACKNOWLEDGED``."""
    word, _space, count = output.strip().partition(" ")
    if word == "none":
        return None
    if word != "acked" or not count.isdecimal():
        raise HypervisorError(host, WATCH, complaint)
    return int(count)
