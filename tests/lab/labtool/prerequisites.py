# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
"""What the machine must have before a lab can run on it."""

from __future__ import annotations

import shutil
import subprocess

from labtool.errors import LabError
from labtool.paths import SOURCE


def wanted_packages(text: str) -> list[str]:
    """The package names in the text of packages.txt."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line]


def _installed() -> set[str]:
    query = ["dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\\n"]
    output = subprocess.run(query, capture_output=True, text=True, check=False).stdout
    return {line.split()[0] for line in output.splitlines() if line.endswith(" installed")}


def check() -> None:
    """Raise LabError naming the Debian packages that are missing."""
    if shutil.which("dpkg-query") is None:
        raise LabError("the lab needs a Debian machine (dpkg-query is missing here)")
    present = _installed()
    wanted = wanted_packages((SOURCE / "packages.txt").read_text(encoding="utf-8"))
    missing = [name for name in wanted if name not in present]
    if missing:
        raise LabError(f"missing Debian packages: run: apt-get install --no-install-recommends {' '.join(missing)}")
