# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
"""The disk that all hosts share, in place of a SAN: a raw file with one partition for each guest."""

from __future__ import annotations

import subprocess
from pathlib import Path

SLOTS = 32
_SLICE = 1  # MiB
_DEVICE = "/dev/disk/by-id/virtio-xenlab"


def create(path: Path, anew: bool = False) -> None:
    """Make the disk, all zeros but for its partition table."""
    if path.exists() and not anew:
        return
    path.unlink(missing_ok=True)
    with path.open("wb") as disk:
        disk.truncate((SLOTS * _SLICE + 2) << 20)
    table = "label: gpt\n" + f"size={_SLICE}MiB\n" * SLOTS
    subprocess.run(["sfdisk", "--quiet", str(path)], input=table.encode(), check=True, capture_output=True)


def device(slot: int) -> str:
    """The partition of a guest's slot, by the same name on every host."""
    return f"{_DEVICE}-part{slot + 1}"
