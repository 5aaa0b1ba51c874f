# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs whole playbooks, in processes of their own, on the fake fleet."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fleet import FakeFleet

from tests.support.jobs import PROGRAMS

ROOT = Path(__file__).resolve().parents[3]
MODULE = "xenfleet.migration.xen_domain_migrate"


@dataclass(frozen=True)
class Run:
    """What came of a playbook: the tasks' results in the order of their ends, the exit code, all that was printed."""

    results: list[dict[str, Any]]
    code: int
    output: str


def play(
    fleet: FakeFleet, *tasks: dict[str, Any], arguments: tuple[str, ...] = (), module: str = MODULE, **environment: str
) -> Run:
    """Run each of the tasks' arguments as a task of one play on localhost; a failed one does not end the play."""
    steps = [
        {"name": f"Task {number}", module: {"hosts": fleet.uris(), **task}, "ignore_errors": True}
        for number, task in enumerate(tasks)
    ]
    book = [{"name": "Play", "hosts": "localhost", "gather_facts": False, "tasks": steps}]
    return play_book(fleet, book, "localhost,", arguments, **environment)


def play_book(
    fleet: FakeFleet, book: list[dict[str, Any]], inventory: str, arguments: tuple[str, ...] = (), **environment: str
) -> Run:
    directory = fleet.directory
    record = directory / "record.jsonl"
    record.write_text("")
    (directory / "book.yml").write_text(json.dumps(book))
    interpreter = f"ansible_python_interpreter={sys.executable}"
    program = PROGRAMS / "ansible-playbook"
    command = [program, "-i", inventory, "-c", "local", "-e", interpreter, *arguments, directory / "book.yml"]
    done = subprocess.run(
        command,
        env=_environment(fleet, record, environment),
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    results = [json.loads(line) for line in record.read_text().splitlines()]
    assert results, done.stdout + done.stderr
    return Run(results, done.returncode, done.stdout + done.stderr)


def _environment(fleet: FakeFleet, record: Path, more: dict[str, str]) -> dict[str, str]:
    return {
        **fleet.environment(),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build/collections"),
        "ANSIBLE_HOME": str(ROOT / ".build/ansible"),
        "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).parent / "callback"),
        "ANSIBLE_CALLBACKS_ENABLED": "recorder",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "RECORDER_FILE": str(record),
        **more,
    }
