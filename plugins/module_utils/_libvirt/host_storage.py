# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is behind the paths of disks on a host, private to this collection: asked by a shell, in one command for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .._core.errors import HypervisorError
from .._core.model import Storage
from .shell import Shell

_ACTION = "tell about the disks"

# Paths come by standard input, one in a line. What names a device wherever it is seen: its mapper's name, its serial number
# or WWN (with the number of the partition), or the partition's own UUID.
COMMAND = r"""while IFS= read -r path; do
  if [ -b "$path" ]; then
    names=$(udevadm info -q property -n "$(readlink -f "$path")" |
      grep -E '^(DM_UUID|ID_WWN_WITH_EXTENSION|ID_SERIAL|ID_PART_ENTRY_UUID|PARTN)=' | sort | tr '\n' ',')
    printf 'block %s %s\n' "$(blockdev --getsize64 "$path")" "$names"
  elif [ -f "$path" ]; then
    printf 'file %s %s\n' "$(stat -L -c '%i' "$path")" "$(stat -f -L -c '%T' "$path")"
  elif [ -e "$path" ]; then echo other
  elif [ "$(id -u)" = 0 ]; then echo missing
  else echo unseen
  fi
done"""

LOCAL_FILE_SYSTEMS = frozenset(
    {"ext2/ext3", "xfs", "btrfs", "tmpfs", "overlayfs", "zfs", "jfs", "reiserfs", "f2fs", "msdos"}
)
"""In the words of ``stat -f``: file systems that only one host has."""
SHARED_FILE_SYSTEMS = frozenset({"nfs", "ocfs2", "gfs/gfs2", "ceph", "lustre", "gpfs", "afs"})
"""File systems in which a file has the same inode number on every host. Elsewhere (FUSE, SMB, 9p) each host makes its own."""


def ask_storage(shell: Shell, paths: Iterable[str]) -> Mapping[str, Storage]:
    """Return what is behind each path. Raises ``HypervisorError`` where that can't be had."""
    wanted = [path for path in dict.fromkeys(paths) if "\n" not in path]
    if not wanted:
        return {}
    output, complaint = shell.ask(COMMAND, _ACTION, "".join(f"{path}\n" for path in wanted))
    lines = output.splitlines()
    if len(lines) != len(wanted):
        raise HypervisorError(shell.host.name, _ACTION, complaint)
    # What a user other than root doesn't see may be there all the same.
    return {path: read_storage(line) for path, line in zip(wanted, lines) if line != "unseen"}


def read_storage(line: str) -> Storage:
    """Read one line of the answer."""
    word, _space, rest = line.partition(" ")
    if word == "missing":
        return Storage(there=False)
    if word == "block":
        size, _space, names = rest.partition(" ")
        pairs = (pair.partition("=") for pair in names.split(",") if pair)
        return Storage(True, _number(size), {name: value for name, _sign, value in pairs})
    if word == "file":
        inode, _space, kind = rest.partition(" ")
        known = {"inode": inode} if kind in SHARED_FILE_SYSTEMS else {}
        return Storage(True, names=known, local=kind in LOCAL_FILE_SYSTEMS)
    return Storage(there=True)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None
