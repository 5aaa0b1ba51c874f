# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills a run of ansible-playbook as a terminal, AWX or an angry person would, and looks at what outlives it."""

from __future__ import annotations

import os
from pathlib import Path
from signal import Signals

PROC = Path("/proc")


def worker(playbook: int) -> int:
    """Return the process that the module forked to make the moves: the one whose command line is also its parent's."""
    for pid in tree(playbook):
        command = _command(pid)
        if b"AnsiballZ_" in command and command == _command(parent(pid)):
            return pid
    raise LookupError(f"no module below process {playbook} has forked")


def kill_groups(playbook: int, but: int, number: Signals) -> None:
    """Send the signal to all process groups of a run, except those that only ``but`` and its children are in."""
    spared = set(tree(but))
    for group in {os.getpgid(pid) for pid in tree(playbook) if pid not in spared}:
        os.killpg(group, number)


def has_ended(pid: int) -> bool:
    """Whether a process is gone, but for its exit status perhaps."""
    try:
        return _stat(pid)[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def tree(root: int) -> list[int]:
    """Return a process and all below it."""
    parents = {int(entry.name): parent(int(entry.name)) for entry in PROC.iterdir() if entry.name.isdigit()}
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def _command(pid: int) -> bytes:
    return (PROC / str(pid) / "cmdline").read_bytes()


def parent(pid: int) -> int:
    """Return the process that has begun it; 0 for one that is gone."""
    try:
        return int(_stat(pid)[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def _stat(pid: int) -> list[str]:
    """Return the fields after the command's name, which may hold anything."""
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
