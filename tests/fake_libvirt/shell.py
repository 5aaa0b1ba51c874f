# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs commands for the adapter as a module's ``run_command`` does, without a module."""

from __future__ import annotations

import subprocess

from fake_xen.commands import answer


def run_command(argv: list[str], data: str | None = None) -> tuple[int, str, str]:
    """Return exit code, stdout and stderr."""
    done = subprocess.run(argv, capture_output=True, text=True, input=data or "", check=False)
    return done.returncode, done.stdout, done.stderr


def run_here(argv: list[str], data: str | None = None) -> tuple[int, str, str]:
    """Do the same on the fake fleet without a process: what the fake ssh would answer."""
    return answer(argv, data or "")
