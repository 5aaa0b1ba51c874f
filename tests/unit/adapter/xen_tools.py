# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in for Xen's own programs where the adapter's commands are run here."""

from __future__ import annotations

from pathlib import Path

UUID = "95d887a0-90f0-4d25-9cf5-89af38c8e38a"
XL = """#!/bin/sh
echo "$*" >>"{log}"
[ "$1" != vm-list ] || printf 'UUID  ID  name\\n{uuid}  7  my dom\\n'
[ "$1" != list ] || printf 'Name  ID Mem VCPUs State Time(s)\\nmy dom 7 128 1 %s 9.0\\n' "$(cat "{state}")"
"""


def script(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def asked(xen: Path) -> list[str]:
    return (xen / "log").read_text().splitlines() if (xen / "log").exists() else []
