# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole ansible-playbook runs, for the tests: nothing of ours is imported into the test's own process."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.killing import tree

ROOT = Path(__file__).resolve().parents[2]
COLLECTIONS = ROOT / ".build" / "collections"
PATIENCE_SECONDS = 900
"""No run of a test takes that long: a run that does, hangs."""


@dataclass(frozen=True)
class Run:
    """An ended run: what the module returned, what was printed, and the recap's ``changed=`` of localhost."""

    result: dict[str, Any]
    output: str
    changed: int


class Playbooks:
    """Runs playbooks in a directory of their own. ``environment`` is added to that of the test."""

    def __init__(self, directory: Path, environment: Mapping[str, str] | None = None) -> None:
        self._directory = directory
        self._environment = {
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            "ANSIBLE_LOCALHOST_WARNING": "False",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_RETRY_FILES_ENABLED": "False",
            **(environment or {}),
        }

    def migrate(self, *flags: str, **options: Any) -> Run:
        """Run one task of ``xen_domain_migrate`` with these options; ``flags`` are ansible-playbook's own."""
        return self.start(*flags, **options).end()

    def check(self, **options: Any) -> Run:
        """Run one task of ``xen_domain_preflight`` with these options."""
        return self.start(module="xen_domain_preflight", **options).end()

    def recover(self, **options: Any) -> dict[str, Any]:
        """Run one task of ``xen_domain_recover`` with these options and return its result."""
        return self.start(module="xen_domain_recover", **options).end().result

    def bare(self, **options: Any) -> str:
        """Run a playbook of nothing but this task, as a user would, and return its output; raises if it fails."""
        return self.command(
            "ansible-playbook", "-i", "localhost,", self.write("bare.json", [_play("xen_domain_migrate", options)])
        )

    def write(self, name: str, content: object) -> str:
        """Write a file of JSON, which is YAML, and return its path."""
        path = self._directory / name
        path.write_text(json.dumps(content))
        return str(path)

    def command(self, *words: str) -> str:
        """Run one of Ansible's commands and return its output; raises with all it said if it fails."""
        done = subprocess.run(words, env=self._environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{words} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def begin(self, *words: str) -> Running:
        """Begin one of Ansible's commands, and go on."""
        return Running(list(words), self._environment, self._directory / "no result")

    def start(self, *flags: str, module: str = "xen_domain_migrate", **options: Any) -> Running:
        """Begin the same, and go on."""
        number = len(list(self._directory.glob("play-*.json")))
        result = self._directory / f"result-{number}.json"
        book = self.write(f"play-{number}.json", [_kept(module, options, result)])
        command = ["ansible-playbook", "-i", "localhost,", *flags, book]
        return Running(command, self._environment, result)


class Running:
    """A run under way."""

    def __init__(self, command: list[str], environment: Mapping[str, str], result: Path) -> None:
        self._result = result
        self.process = subprocess.Popen(
            # Under nohup, or in the background of a script, signals are ignored here, and so would be in what is started.
            ["env", "--default-signal", *command],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # so that a test can kill its process group
        )

    def end(self) -> Run:
        """Wait for it; raises if ansible-playbook itself didn't get through. A run that hangs is killed."""
        try:
            output, _nothing = self.process.communicate(timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired as error:
            self.kill_everything()
            raise RuntimeError(f"ansible-playbook hung for {PATIENCE_SECONDS} s") from error
        recap = re.search(r"^localhost\s.*changed=(\d+)", output, re.MULTILINE)
        if self.process.returncode != 0 or recap is None:
            raise RuntimeError(f"ansible-playbook ended with {self.process.returncode}:\n{output}")
        return Run(json.loads(self._result.read_text()), output, int(recap.group(1)))

    def result_or_none(self) -> dict[str, Any] | None:
        """Wait for it; None for a run that was killed."""
        return self.end().result if self.process.poll() is None or self._result.exists() else None

    def __enter__(self) -> Running:
        """Have it killed at the end of a block that it was not waited for in."""
        return self

    def __exit__(self, *_raised: object) -> None:
        """Kill it if it still runs, and read what it said: nothing of it is to be left to the next test."""
        if self.process.stdout and not self.process.stdout.closed:
            self.kill_everything()

    def interrupt(self, goes_on: Callable[[], None]) -> None:
        """Send what Ctrl-C sends to all that is in its terminal, have what it waits for go on, and wait for its end."""
        os.killpg(self.process.pid, signal.SIGINT)
        goes_on()
        self.process.wait(timeout=PATIENCE_SECONDS)

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Have all of it stand still for as long as the block takes."""
        pids = tree(self.process.pid)
        try:
            _signal(pids, signal.SIGSTOP)
            yield
        finally:
            _signal(pids, signal.SIGCONT)

    def kill_everything(self) -> None:
        """Kill the whole run with SIGKILL, and what of it would have outlived it."""
        _signal(reversed(tree(self.process.pid)), signal.SIGKILL)
        self.process.communicate(timeout=PATIENCE_SECONDS)


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def blocking(result: Mapping[str, Any]) -> list[str]:
    """Return the codes of the findings that kept everything from being moved."""
    return [finding["code"] for finding in result["findings"] if finding["severity"] == "blocks"]


def _kept(module: str, options: Mapping[str, Any], result: Path) -> dict[str, Any]:
    """Return a play that writes the task's result to a file, whether it failed or not."""
    play = _play(module, options)
    play["tasks"][0] |= {"register": "result", "ignore_errors": True}
    play["tasks"].append(
        {
            "name": "Keep the result for the test",
            "ansible.builtin.copy": {"content": "{{ result | to_json }}", "dest": str(result)},
            "check_mode": False,
            "diff": False,
            "changed_when": False,
        }
    )
    return play


def _play(module: str, options: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
        "tasks": [{"name": "Task", f"xenfleet.migration.{module}": _plain(options)}],
    }


def _plain(options: Mapping[str, Any]) -> dict[str, Any]:
    """Refuse what Ansible would take for a template: a test that means one has to write a playbook of its own."""
    if "{{" in json.dumps(options):
        raise ValueError("an option holds a template")
    return dict(options)
