# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""libvirt's own client, as the peer that moves are measured against."""

from __future__ import annotations

import subprocess

from tests.support.lab import Lab

ADDRESSES = {f"xen-{letter}": f"10.77.0.{number}" for number, letter in enumerate("abcd", 11)}


def virsh_migrate(lab: Lab, name: str, source: str, goal: str) -> None:
    """Move a domain live; virsh has to be told the address."""
    command = ["virsh", "-q", "-c", lab.uris[source], "migrate", "--live", "--persistent", "--undefinesource"]
    subprocess.run([*command, "--migrateuri", f"tcp://{ADDRESSES[goal]}", name, lab.uris[goal]], check=True)
