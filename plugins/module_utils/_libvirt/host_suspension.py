# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Noticing when a guest is suspended for its move, and when its source gives it up, private to this collection.

libvirt calls a domain running until its move is over, and tells of no moment in between. But libxl asks the guest through
xenstore, and keeps its own records of the domain there, so a shell of root's can wait for both.
"""

from __future__ import annotations

from .._core.errors import HypervisorError
from .shell import Shell

SLICE_SECONDS = 60
"""How long one command waits: what nobody waits for any more is gone from the host after as long."""
_ACTION = "tell when a guest is suspended"
_GIVING_UP = "tell when it gives a domain up"

# Waits for changes under a node in xenstore, and tells its process id first: a watch that has told enough is ended, or the
# shell would wait with it for the next event. Its first event is that it has begun.
_WATCH = f"""watch() {{ sh -c 'echo $$; exec timeout {SLICE_SECONDS} xenstore-watch -n "$1" "$2"' sh "$1" "$2"; }}"""
_STATE = """state() { xl list "$id" 2>/dev/null | awk 'END { print $(NF - 1) }'; }"""

# Xen's id of the domain comes by standard input. A guest that was asked before the watch had begun, or suspended already, is
# none whose moment was seen. An event can also be that the domain has gone, or is asked for something else: to shut down, say.
# When the request can be read a guest may have taken it out already.
COMMAND = rf"""IFS=' ' read -r id
{_WATCH}
{_STATE}
asked() {{ xenstore-read "/local/domain/$id/control/shutdown" 2>/dev/null || echo gone; }}
watch 2 "/local/domain/$id/control/shutdown" | {{
  read -r watching
  read -r begun || {{ echo unwatched; exit; }}
  case $(asked),$(state) in suspend,* | *,???s??) echo late; kill "$watching"; exit ;; esac
  read -r event || {{ echo waited; exit; }}
  case $(asked),$(state) in suspend,* | ,* | *,???s??) echo asked ;; gone,*) echo late ;; *) echo waited ;; esac
}}"""

# libvirt gives a domain up by destroying it. libxl begins that with a pause, then takes one device after the other out of its
# records; where it is slow, as with a lot of memory, the domain is there for long. No other step of a move does either. A
# suspended domain that is paused as well runs no more: if libvirt had it run on after all, that would only end the suspension.
COMMAND_GIVEN_UP = rf"""IFS=' ' read -r id
{_WATCH}
{_STATE}
watch 99 "/libxl/$id/device" | {{
  read -r watching
  read -r begun || {{ echo unwatched; exit; }}
  while read -r event; do
    case $(state) in
      ??pss?) echo given; kill "$watching"; exit ;;
      "") xl domname "$id" >/dev/null 2>&1 || {{ echo gone; kill "$watching"; exit; }} ;;
    esac
  done
  if xl domname "$id" >/dev/null 2>&1; then echo waited; else echo gone; fi
}}"""


def ask_given_up(shell: Shell, number: int) -> bool | None:
    """Wait until the source destroys the suspended domain with this Xen id, ``SLICE_SECONDS`` at most; return whether it does.

    None if it did before anybody could notice. Raises ``HypervisorError`` where it can't be asked.
    """
    output, complaint = shell.ask(COMMAND_GIVEN_UP, _GIVING_UP, f"{number}\n")
    answers: dict[str, bool | None] = {"given": True, "waited": False, "gone": None}
    if output.strip() not in answers:
        raise HypervisorError(shell.host.name, _GIVING_UP, complaint)
    return answers[output.strip()]


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
