# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
"""The cache of images and snapshots: an entry counts only when complete, and one that is damaged is built anew."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from labtool.locks import locked, write_atomically

_MANIFEST = "manifest.json"
_KEEP = 24 * 3600.0  # seconds an entry of another recipe stays after its last use: another checkout may want it


def _sizes(entry: Path) -> dict[str, int]:
    files = (path for path in sorted(entry.rglob("*")) if path.is_file() and path.name != _MANIFEST)
    return {str(path.relative_to(entry)): path.stat().st_size for path in files}


def complete(entry: Path) -> bool:
    """Whether the entry was finished, and all its files still have the size they had then."""
    try:
        expected = json.loads((entry / _MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(expected == _sizes(entry))


def seal(entry: Path) -> None:
    """Declare an entry finished."""
    write_atomically(entry / _MANIFEST, json.dumps(_sizes(entry), indent=1))


def obtain(entry: Path, build: Callable[[Path], None]) -> Path:
    """Return a complete entry, built if need be by `build`, which gets an empty directory at a temporary name."""
    with locked(entry.with_name(f".{entry.name}.lock")):
        if not complete(entry):
            partial = entry.with_name(f".{entry.name}.partial")
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir()
            build(partial)
            seal(partial)
            shutil.rmtree(entry, ignore_errors=True)
            partial.rename(entry)
    mark_used(entry)
    return entry


def mark_used(entry: Path) -> None:
    """Keep the entry from being pruned."""
    (entry / _MANIFEST).touch()


def _last_used(entry: Path) -> float:
    return max((path.stat().st_mtime for path in (entry, *entry.rglob(_MANIFEST))), default=0.0)


def prune(directory: Path, keep: set[str]) -> None:
    """Remove entries that are not in `keep` and that nobody used for a day."""
    for entry in directory.iterdir():
        if entry.is_dir() and entry.name not in keep and time.time() - _last_used(entry) > _KEEP:
            shutil.rmtree(entry, ignore_errors=True)
