# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection's playbook, run as a user would, for the demo and the tour."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.demo.screen import command, show

PLAYBOOK = "xenfleet.migration.migrate"


def run_playbook(
    inventory: Path, variables: Mapping[str, object], *flags: str, environment: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Run it, show its output as it comes; return its exit status and all of the output."""
    extra = json.dumps(variables)
    words = ["ansible-playbook", PLAYBOOK, "-i", str(inventory), *flags, "-e", extra]
    command(" ".join(words[:-1]) + f" '{extra}'")
    output = ""
    with subprocess.Popen(
        words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        for line in running.stdout or ():
            show(line)
            output += line
    return running.returncode, output


def changed(output: str) -> int:
    """Return the recap's number of changes, -1 if there is no recap."""
    found = re.search(r"changed=(\d+)", output)
    return int(found.group(1)) if found else -1
