# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repairs that libvirt has no call for, private to this collection: done by a shell of root's on the host itself."""

from __future__ import annotations

from .._core.errors import HypervisorError
from .shell import Shell

# Where libvirt is split into one daemon for each driver, Xen's is virtxend.
# A transfer has its daemon for a parent: it would not end well without it.
RESTART = """[ "$(id -u)" = 0 ] || { echo 'not root'; exit; }
for process in /proc/[0-9]*; do
  { read -r program <"$process/comm"; } 2>/dev/null || continue
  case $program in libxl-save-help*) echo moving; exit ;; esac
done
unit=libvirtd
! systemctl is-active --quiet virtxend.service virtxend.socket || unit=virtxend
systemctl restart "$unit" && echo restarted"""

# UUID, Xen's id and what the copy has to be come by standard input. It is looked at and destroyed in one command, by its id,
# which Xen gives to no other domain: so nothing comes between.
DESTROY = """IFS=' ' read -r uuid id wanted
[ "$(id -u)" = 0 ] || { echo 'not root'; exit; }
set -- $(xl list -v "$id" 2>/dev/null | awk 'END { print $(NF - 2), $(NF - 4), $(NF - 3), $(NF - 1) }')
[ "$1" = "$uuid" ] || { echo gone; exit; }
case $wanted$2,$3,$4 in
  fresh--p---,0.0,-) ;;
  suspended???ss-,*,2) ;;
  ended???s?-,*,[013]) ;;
  *) echo "changed $2 $3 $4"; exit ;;
esac
xl destroy "$id" && echo destroyed"""

_RESTART_REASONS = {
    "not root": "its shell is not root's",
    "moving": "the memory of a domain is being sent or received there just now; run this again when that is over",
}
_DESTROY_REASONS = {"not root": "its shell is not root's"}


def ask_restart(shell: Shell) -> None:
    """Have libvirt's daemon begin anew. Raises ``HypervisorError`` where that can't be, or must not."""
    action = "restart its libvirt daemon"
    output, complaint = shell.ask(RESTART, action)
    word = output.strip()
    if word != "restarted":
        raise HypervisorError(shell.host.name, action, _RESTART_REASONS.get(word, complaint))


def ask_destroy(shell: Shell, uuid: str, number: int, never_ran: bool) -> None:
    """Destroy the copy with this UUID and Xen id if it is paused and has never run, or else if it is suspended.

    Raises ``HypervisorError`` where it isn't, or can't be destroyed. A copy that is gone already is fine.
    """
    _destroy(shell, uuid, number, "fresh" if never_ran else "suspended")


def ask_clear_away(shell: Shell, uuid: str, number: int) -> None:
    """Destroy the copy with this UUID and Xen id if its guest has shut down, asked to be booted again, or crashed; likewise."""
    _destroy(shell, uuid, number, "ended")


def _destroy(shell: Shell, uuid: str, number: int, wanted: str) -> None:
    action = f"destroy the copy with the Xen id {number}"
    output, complaint = shell.ask(DESTROY, action, f"{uuid} {number} {wanted}\n")
    word = output.strip()
    if word in {"destroyed", "gone"}:
        return
    if word.startswith("changed"):
        complaint = f"it is no longer what it was (xl list -v: {word.partition(' ')[2]})"
    raise HypervisorError(shell.host.name, action, _DESTROY_REASONS.get(word, complaint))
