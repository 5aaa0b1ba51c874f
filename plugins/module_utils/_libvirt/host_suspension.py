# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Noticing when a guest is suspended for its move, and when its source gives it up, private to this collection.

libvirt calls a domain running until its move is over, and tells of no moment in between. But libxl asks the guest through
xenstore, and keeps its own records of the domain there, so a shell of root's can wait for both.
"""

from __future__ import annotations

import re
from dataclasses import replace

from .._core.errors import HypervisorError
from .._core.suspension import Suspension
from .shell import Shell
from .xen_list import STATE

SLICE_SECONDS = 60
"""How long one command waits: what nobody waits for any more is gone from the host after as long."""
_ACTION = "tell when a guest is suspended"

# Xen's id of the domain comes by standard input, and what is known of the guest already. What is seen is told with the seconds
# since the host's boot.
#
# One program waits for changes under two nodes in xenstore, and tells its process id first: when enough was told it is ended,
# or the shell would wait with it for the next event. Its first event of each node is that it has begun. As little as possible
# is started while the guest stands still: the host may have one processor for all of it.
#
# A guest that was asked before the watch had begun is none whose moment was seen; one that was suspended by then isn't asked
# any more. An event can also be that the domain has gone, or is asked for something else: to shut down, say. When the request
# can be read a guest may have taken it out already.
#
# libvirt gives a domain up by destroying it. libxl begins that with a pause, then takes the console out of its records, which
# it does at no other time (libxl_device.c: libxl__devices_destroy), then one device after the other; where it is slow, as with
# a lot of memory, the domain is there for long. Of a guest that was asked to suspend itself the console's record tells enough:
# it stays paused until it is gone, whatever libvirt made of it now. For any other `xl` has to show both, the suspension and the
# pause. That took a tenth of a guest's silence on a busy host.
COMMAND = rf"""IFS=' ' read -r id known
say() {{ IFS=' ' read -r up idle </proc/uptime; echo "$1 $up"; known=$1; }}
end() {{ say "$1"; kill "$watching"; exit; }}
watch() {{ IFS=' ' read -r own rest </proc/self/stat; echo "$own"; exec timeout {SLICE_SECONDS} xenstore-watch -n 99 "$@"; }}
asked() {{ xenstore-read "/local/domain/$id/control/shutdown" 2>/dev/null || echo gone; }}
look() {{ case {STATE} in ??pss?) end given ;; "") xl domname "$id" >/dev/null 2>&1 || end gone ;; esac; }}
watch "/local/domain/$id/control/shutdown" "/libxl/$id/device" | {{
  read -r watching
  read -r begun && read -r begun || {{ echo unwatched; exit; }}
  [ "$known" ] || case $(asked) in suspend) say missed ;; esac
  while read -r event; do
    case $event in
      */control/shutdown) [ "$known" ] || case $(asked) in suspend | "") say asked ;; esac ;;
      */device/console/*) [ -z "$known" ] || end given; look ;;
      *) look ;;
    esac
  done
  if xl domname "$id" >/dev/null 2>&1; then say waited; else say gone; fi
}}"""

_TOLD = re.compile(r"(asked|missed|given|gone|waited) (\d+\.\d+)")


def ask_suspension(shell: Shell, number: int, seen: Suspension) -> Suspension:
    """Wait until the source gives up the domain with this Xen id, ``SLICE_SECONDS`` at most; return what was ``seen`` by then.

    Raises ``HypervisorError`` where it can't be asked.
    """
    known = "missed" if seen.missed else "" if seen.asked is None else "asked"
    output, complaint = shell.ask(COMMAND, _ACTION, f"{number} {known}\n")
    told = [_TOLD.fullmatch(line) for line in output.splitlines()]
    if not told or None in told:
        raise HypervisorError(shell.host.name, _ACTION, complaint)
    for line in told:
        seen = _and(seen, line[1], float(line[2]))  # type: ignore[index]  # none of them is None
    return seen


def _and(seen: Suspension, what: str, when: float) -> Suspension:
    seen = replace(seen, told=when)
    if what == "asked":
        return replace(seen, asked=when)
    return replace(
        seen,
        missed=seen.missed or what == "missed",
        given_up=what == "given",
        gone=what == "gone",
    )
