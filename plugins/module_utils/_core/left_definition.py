# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A definition at the destination of a domain that is not there, private to this collection: nothing is to be lost with it.

A move leaves nothing there that its source has not. Anything else is somebody's work of just then.
"""

from __future__ import annotations

from .errors import HypervisorError
from .hypervisor import Definition, Hypervisor
from .model import Domain, Move
from .repair import Undefine

_KEPT = (
    "has a definition of it that was kept, as {}: look at it (virsh dumpxml --inactive), and undefine it there when nothing of"
    " it is wanted; the domain can't be moved before"
)


def check_replaceable(move: Move, source: Hypervisor, destination: Hypervisor) -> None:
    """Raise if the destination of a domain that is shut off has a definition of it by now that something would be lost with."""
    there = destination.inspect(move.domain.uuid)
    if there is not None and _why_kept(move, move.domain, source, destination) is not None:
        what = f"take over the definition of domain {move.final_name}"
        raise HypervisorError(move.destination, what, "somebody has defined it there meanwhile")


def remove_left(move: Move, here: Domain | None, source: Hypervisor, destination: Hypervisor) -> str | None:
    """Have the destination forget its definition; return what it still has, None for nothing. Raises ``MigrationError``.

    ``here`` is what the source has of the domain.
    """
    why_kept = _why_kept(move, here, source, destination)
    if why_kept is not None:
        return _KEPT.format(why_kept)
    Undefine(move.destination, move.domain.uuid).do({move.destination: destination})
    return None


def _why_kept(move: Move, here: Domain | None, source: Hypervisor, destination: Hypervisor) -> str | None:
    """Say what would be lost with the definition that the destination has, None for nothing."""
    if here is None or not here.persistent:
        return f"{move.source} has none"
    lost = lost_with(destination.definition(here.uuid), here.uuid, source)
    return f"it has what {move.source} has not ({'; '.join(lost)})" if lost else None


def lost_with(definition: Definition, uuid: str, there: Hypervisor) -> tuple[str, ...]:
    """Return what would be lost with a definition, because the host that has the domain lacks it.

    Nothing is with one that libvirt made of what runs, whatever was changed for the next boot, and without autostart.
    """
    lost = set(there.missing(definition, uuid))
    if not definition.autostart:
        lost -= {"autostart"}
    if lost - {"autostart"} and not there.running_lacks(definition, uuid):
        lost &= {"autostart"}
    return tuple(sorted(lost))
