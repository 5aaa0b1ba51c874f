# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a move's destination has the very disks of its domain, private to this collection: pure."""

from __future__ import annotations

from collections.abc import Iterator

from .errors import MigrationError
from .model import Disk, Finding, Move, Severity, Storage
from .probe import Probed
from .unchecked import Unchecked


def check_storage(move: Move, probed: Probed) -> Iterator[Finding | Unchecked]:
    """Yield what is wrong with each disk at the destination; media of CD-ROM drives have to be there, too."""
    if not move.domain.needs.disks:
        return
    here, there = probed.storage[move.source], probed.storage[move.destination]
    if isinstance(here, MigrationError) or isinstance(there, MigrationError):
        yield Unchecked("its disks", str(here if isinstance(here, MigrationError) else there))
        return
    for disk in move.domain.needs.disks:
        yield from _check(move, disk, here.get(disk), there.get(disk))


def _check(move: Move, disk: Disk, here: Storage | None, there: Storage | None) -> Iterator[Finding | Unchecked]:
    if here is None or there is None:
        yield Unchecked(str(disk), "it can't be asked for by a shell")
        return
    found = _verdict(disk, here, there, move.domain.active)
    if isinstance(found, tuple):
        code, what = found
        severity = Severity.BLOCKS if move.domain.active else Severity.WARNS
        yield Finding(code, f"Domain {move.domain.name}: {disk} {what.format(move=move)}", severity)
    elif found is not None:
        yield Unchecked(f"whether {disk} is the same on both hosts", found)


_NAMES = (("DM_UUID",), ("ID_PART_ENTRY_UUID",), ("ID_WWN_WITH_EXTENSION", "PARTN"), ("ID_SERIAL", "PARTN"), ("inode",))
"""What tells a disk from others, the strongest first; with the number of the partition where the name is the whole disk's."""


def _verdict(disk: Disk, here: Storage, there: Storage, active: bool) -> tuple[str, str] | str | None:
    """Return code and words of what is wrong, or why it can't be told, or None."""
    if active and not here.there:
        # It has the disk all the same, so not being seen means nothing, there as well as here.
        return "the source's own shell or libvirt doesn't see it"
    if not there.there:
        return "storage_missing", "is not there on {move.destination}."
    if disk.exclusive and (here.local or there.local):
        return (
            "storage_not_shared",
            "is a file in a file system that only one host has: what {move.destination} has under that path is another one.",
        )
    return _difference(here, there) if disk.exclusive else None


def _difference(here: Storage, there: Storage) -> tuple[str, str] | str | None:
    names = next((names for names in _NAMES if names[0] in here.names and names[0] in there.names), None)
    if None not in (here.size, there.size) and here.size != there.size:
        return "storage_differs", f"has {here.size} bytes on {{move.source}} and {there.size} on {{move.destination}}."
    if names is None:
        return "no name (serial number, WWN, UUID, inode of a cluster's file system) of it is known on both"
    if any(here.names.get(name) != there.names.get(name) for name in names):
        return "storage_differs", f"is another one on {{move.destination}} than on {{move.source}}, by its {names[0]}."
    return None
