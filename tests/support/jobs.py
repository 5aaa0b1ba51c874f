# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs as AWX runs them: by ansible-runner, in a private data directory, with a survey's answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PATIENCE_SECONDS = 900
"""No job of a test takes that long: one that does, hangs."""
INVENTORY = "inventory/hosts"
PROGRAMS = Path(os.environ.get("CORE_PROGRAMS", Path(sys.executable).parent))
"""Where ansible-playbook is, maybe that of another ansible-core. Modules run with this Python all the same."""


@dataclass(frozen=True)
class Job:
    """What AWX would keep of a job; ``events`` in their order."""

    status: str
    artifacts: dict[str, Any]
    output: str
    events: list[dict[str, Any]]


def launch(
    private: Path, playbook: str, inventory: str, environment: Mapping[str, str], answers: Mapping[str, object]
) -> Job:
    """Lay out the directory as AWX does, run the collection's playbook in it, and read the events back.

    ``inventory`` is the text of one, in YAML, or a script, as AWX's own are.
    """
    path = f"{PROGRAMS}:{environment.get('PATH', os.environ['PATH'])}"
    files = {
        INVENTORY: inventory,
        "env/extravars": json.dumps(answers),
        "env/envvars": json.dumps({**environment, "PATH": path}),
    }
    for name, content in files.items():
        file = private / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    (private / INVENTORY).chmod(0o700 if inventory.startswith("#!") else 0o600)
    (private / "project").mkdir(exist_ok=True)
    ident = f"job-{len(list(private.glob('artifacts/*')))}"
    runner = Path(sys.executable).with_name("ansible-runner")
    done = subprocess.run(
        [runner, "run", private, "-p", f"xenfleet.migration.{playbook}", "--ident", ident],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    return _job(private / "artifacts" / ident, done.stdout)


def _job(artifacts: Path, output: str) -> Job:
    found = [json.loads(path.read_text()) for path in (artifacts / "job_events").glob("[0-9]*.json")]
    events = sorted(found, key=lambda event: int(event["counter"]))
    (stats,) = [event for event in events if event["event"] == "playbook_on_stats"]
    return Job((artifacts / "status").read_text(), stats["event_data"].get("artifact_data", {}), output, events)
