# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a host's libvirt can write down what it knows of its domains, private to this collection.

Where it can't, a domain that has just arrived is destroyed again (libxlDomainMigrationDstFinish), or libvirt forgets it
(libxlDomainDefineXMLFlags).
"""

from __future__ import annotations

from collections.abc import Iterator

_ROOM_BYTES = 1024 * 1024
"""Less is as good as full: a definition and a state take some 10 KiB each, and are written anew beside the old ones."""
_NOBODYS_BLOCKS = 4096
"""The most that ext4 counts among root's free blocks and gives to nobody (``ext4_calculate_resv_clusters``)."""

# The definitions, and the states of active domains: where libvirt's Xen driver keeps them (libxl_conf.h). It makes the
# directories itself, that of the definitions only when there is one.
# Whether it could write there only root can tell; a test for it is false in a file system that is mounted read-only.
PLACES = (
    '[ "${user:-$(id -u)}" != 0 ] || for place in /etc/libvirt/libxl /run/libvirt/libxl; do'
    " until [ -d $place ]; do place=${place%/*}; done;"
    " [ -w $place ] && able=yes || able=no;"
    """ echo "$place $able $(stat -f -c '%a %f %S %c %d' $place)"; done"""
)
"""For each place its path, whether it is writable, free blocks for everybody and for root, their bytes, inodes, free ones."""


def read_obstacles(text: str) -> str:
    """Return what is in libvirt's way, empty for nothing. Raises ``ValueError`` for an answer of any other shape."""
    if not text.strip():
        raise ValueError(text)
    return " and ".join(obstacle for line in text.splitlines() for obstacle in _obstacles(line))


def _obstacles(line: str) -> Iterator[str]:
    place, able, *numbers = line.split()
    everybodys, roots, block_bytes, inodes, free_inodes = map(int, numbers)
    left = block_bytes * max(everybodys, roots - _NOBODYS_BLOCKS)
    if able != "yes":
        yield f"{place} is read-only"
    elif left < _ROOM_BYTES:
        yield f"{place} has {left // 1024} KiB left"
    elif inodes and not free_inodes:  # some file systems count none
        yield f"{place} has no inode left"
