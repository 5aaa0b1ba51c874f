# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs commands for the adapter as a module's ``run_command`` does, without a module."""

from __future__ import annotations

import subprocess


def run_command(argv: list[str], data: str | None = None) -> tuple[int, str, str]:
    """Return exit code, stdout and stderr."""
    done = subprocess.run(argv, capture_output=True, text=True, input=data or "", check=False)
    return done.returncode, done.stdout, done.stderr
