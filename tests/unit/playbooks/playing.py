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
    return play_book(fleet, book_of(fleet, *tasks, module=module), "localhost,", arguments, **environment)


def book_of(fleet: FakeFleet, *tasks: dict[str, Any], module: str = MODULE) -> list[dict[str, Any]]:
    steps = [
        {"name": f"Task {number}", module: {"hosts": fleet.uris(), **task}, "ignore_errors": True}
        for number, task in enumerate(tasks)
    ]
    return [{"name": "Play", "hosts": "localhost", "gather_facts": False, "tasks": steps}]


def play_book(
    fleet: FakeFleet, book: list[dict[str, Any]], inventory: str, arguments: tuple[str, ...] = (), **environment: str
) -> Run:
    with start_book(fleet, book, inventory, arguments, **environment) as process:
        try:
            output, _nothing = process.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    results = recorded(fleet)
    assert results, output
    return Run(results, process.returncode, output)


EVERY_SIGNAL = ("env", "--default-signal")
"""Tests that are run under nohup, or in the background of a script, ignore signals, and so would all that they start."""


def start_book(
    fleet: FakeFleet, book: list[dict[str, Any]], inventory: str, arguments: tuple[str, ...] = (), **environment: str
) -> subprocess.Popen[str]:
    """Begin a run, in a process group of its own and with every signal at its default, and go on."""
    record = fleet.directory / "record.jsonl"
    record.write_text("")
    (fleet.directory / "book.yml").write_text(json.dumps(book))
    interpreter = f"ansible_python_interpreter={sys.executable}"
    program = PROGRAMS / "ansible-playbook"
    return subprocess.Popen(
        [
            *EVERY_SIGNAL,
            program,
            "-i",
            inventory,
            "-c",
            "local",
            "-e",
            interpreter,
            *arguments,
            fleet.directory / "book.yml",
        ],
        env=_environment(fleet, record, environment),
        cwd=fleet.directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def recorded(fleet: FakeFleet) -> list[dict[str, Any]]:
    """Return the results that tasks have had so far."""
    return [json.loads(line) for line in (fleet.directory / "record.jsonl").read_text().splitlines()]


def _environment(fleet: FakeFleet, record: Path, more: dict[str, str]) -> dict[str, str]:
    return {
        **fleet.environment(),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build/collections"),
        "ANSIBLE_HOME": str(ROOT / ".build/ansible"),
        "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).parent / "callback"),
        "ANSIBLE_CALLBACKS_ENABLED": "recorder",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "RECORDER_FILE": str(record),
        "TMPDIR": str(fleet.directory),  # where moves that go on at once are counted: not with those of other tests
        **more,
    }
