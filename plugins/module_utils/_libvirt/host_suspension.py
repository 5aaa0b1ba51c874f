# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Noticing that Xen asks a guest to suspend itself, private to this collection: on its source, by a shell of root's.

libvirt calls a domain running until its move is over, and tells of no moment in between. But libxl asks the guest through
xenstore, and there one can wait for it.
"""

from __future__ import annotations

from .._core.errors import HypervisorError
from .shell import Shell

SLICE_SECONDS = 60
"""How long one command waits: what nobody waits for any more is gone from the host after as long."""
_ACTION = "tell when a guest is suspended"

# Xen's id of the domain comes by standard input. The first of the two events is that the watch has begun: a guest that was
# asked before then, or suspended already, is none whose moment was seen. When its domain has gone, that is an event, too.
COMMAND = rf"""IFS=' ' read -r id
request=/local/domain/$id/control/shutdown
timeout {SLICE_SECONDS} xenstore-watch -n 2 "$request" | {{
  read -r begun || {{ echo unwatched; exit; }}
  state=$(xl list "$id" 2>/dev/null | awk 'END {{ print $(NF - 1) }}')
  case $(xenstore-read "$request" 2>/dev/null),$state in suspend,*) seen=late ;; *,???s??) seen=late ;; *) seen=asked ;; esac
  if read -r event; then echo "$seen"; else echo waited; fi
}}"""


def ask_suspension(shell: Shell, number: int) -> bool | None:
    """Wait until the guest of the domain with this Xen id is asked to suspend itself, ``SLICE_SECONDS`` at most.

    Returns True when it is, False if it is not within that time, None if it was before anybody could notice. Raises
    ``HypervisorError`` where it can't be asked.
    """
    output, complaint = shell.ask(COMMAND, _ACTION, f"{number}\n")
    return read_suspension(output, complaint, shell.host.name)


def read_suspension(output: str, complaint: str, host: str) -> bool | None:
    """Read the answer to ``COMMAND``."""
    answers: dict[str, bool | None] = {"asked": True, "waited": False, "late": None}
    if output.strip() not in answers:
        raise HypervisorError(host, _ACTION, complaint)
    return answers[output.strip()]
