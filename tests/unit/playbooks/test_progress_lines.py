# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole ansible-playbook runs, and the lines that tell how far their moves are."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from asking import A, B, at, inventory
from fleet import FakeFleet
from playing import MODULE, ROOT, Run, book_of, play, play_book

from tests.support.jobs import Job, launch
from tests.support.pipes import full

WISH = {"name": "web01", "host": "xen-b", "progress": 1}
LINE = re.compile(r"^(\w+): (xen-\w -> xen-\w), ([a-z ]+?)(?: (\d+) %)?, (\d+) s$", re.MULTILINE)


@pytest.fixture
def slow(fleet: FakeFleet) -> FakeFleet:
    """A domain whose move takes ten seconds, more than half of them for the first pass."""
    fleet.add_domain("web01", "xen-a")
    fleet.stream("web01", "xen-a", "xen-b", mib_per_s=40, passes=1.6)
    return fleet


@pytest.fixture
def quicker(slow: FakeFleet) -> FakeFleet:
    """Its move takes two seconds: enough for a line, if there were any."""
    slow.stream("web01", "xen-a", "xen-b", mib_per_s=200, passes=1.6)
    return slow


def lines(output: str) -> list[tuple[str, str, str, str, str]]:
    return LINE.findall(output)


def moved(run: Run) -> bool:
    return [move["status"] for result in run.results for move in result["moves"]] == ["moved"]


def test_a_line_a_second_tells_what_is_done_while_it_is_done(slow: FakeFleet) -> None:
    run = play(slow, WISH)
    assert moved(run), run.output
    found = lines(run.output)
    assert len(found) >= 4, run.output
    assert {line[:2] for line in found} == {("web01", "xen-a -> xen-b")}
    seconds = [int(line[4]) for line in found]
    assert seconds == sorted(set(seconds))
    phases = list(dict.fromkeys(line[2] for line in found))
    assert phases[:2] == ["preparing", "first pass"], run.output
    assert (
        run.output.index("TASK [Task 0]") < run.output.index("web01: xen-a") < run.output.index("changed: [localhost]")
    )


def without(name: str, **task: Any) -> Any:
    return pytest.param(task, id=name)


@pytest.mark.parametrize(
    "task",
    [
        without("it is not wanted", args={"progress": 0}),
        without("the environment doesn't want it", args={"progress": None}, environment={"XENFLEET_PROGRESS": "0"}),
        without("the task says nothing of what it does", keywords={"no_log": True}),
        without("it is looked after now and then only", keywords={"async": 60, "poll": 1}),
    ],
)
def test_there_are_no_lines_where(quicker: FakeFleet, task: dict[str, Any]) -> None:
    wish = {key: value for key, value in {**WISH, **task.get("args", {})}.items() if value is not None}
    book = book_of(quicker, wish)
    book[0]["tasks"][0].update(task.get("keywords", {}))
    run = play_book(quicker, book, "localhost,", **task.get("environment", {}))
    assert quicker.placement() == {"web01": ["xen-b: running"]}
    assert lines(run.output) == []


def test_check_mode_has_no_lines(slow: FakeFleet) -> None:
    run = play(slow, WISH, arguments=("--check",))
    assert (lines(run.output), run.results[0]["moves"][0]["timeout"]) == ([], 453.6)


def test_an_output_that_a_program_reads_is_not_spoilt(quicker: FakeFleet) -> None:
    run = play(quicker, WISH, ANSIBLE_STDOUT_CALLBACK="one_json")
    assert moved(run)
    assert json.loads(run.output)["ok"] == 1


def test_several_hosts_that_pull_at_once_have_whole_lines(fleet: FakeFleet) -> None:
    for name, source, destination in (("web01", "xen-a", "xen-b"), ("db01", "xen-b", "xen-a")):
        fleet.add_domain(name, source)
        fleet.stream(name, source, destination, mib_per_s=100, passes=2)
    hosts = {"xen-a": at(A, pulls=["db01"]), "xen-b": at(B, pulls=["web01"])}
    task = {"name": "Pull", MODULE: {"name": "{{ pulls }}", "progress": 1}, "delegate_to": "localhost"}
    book = [{"name": "Play", "hosts": "xen_hosts", "gather_facts": False, "tasks": [task]}]
    run = play_book(fleet, book, inventory(fleet, hosts))
    assert fleet.placement() == {"web01": ["xen-b: running"], "db01": ["xen-a: running"]}, run.output
    assert {line[:2] for line in lines(run.output)} == {
        ("web01", "xen-a -> xen-b"),
        ("db01", "xen-b -> xen-a"),
    }
    assert len([line for line in run.output.splitlines() if " -> xen-" in line and ": xen-" in line]) == len(
        lines(run.output)
    )


def test_a_module_whose_lines_nobody_reads_moves_all_the_same(quicker: FakeFleet, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with full(pipe):
        # Given to the module itself: an asynchronous task gets no pipe of the action plugin's.
        book = book_of(quicker, {**WISH, "_progress_pipe": str(pipe)})
        book[0]["tasks"][0].update({"async": 60, "poll": 1})
        play_book(quicker, book, "localhost,")
    assert quicker.placement() == {"web01": ["xen-b: running"]}


def job(fleet: FakeFleet, **environment: str) -> Job:
    hosts = {name: {"ansible_host": address, "ansible_user": "root"} for name, address in fleet.addresses().items()}
    local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    tree = {"all": {"hosts": {"localhost": local}, "children": {"xen_hosts": {"hosts": hosts}}}}
    more = {
        **fleet.environment(),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build/collections"),
        "ANSIBLE_HOME": str(ROOT / ".build/ansible"),
        **environment,
    }
    answers = {"place_domains_placement": {"web01": "xen-b"}}
    return launch(fleet.directory / "job", "migrate", json.dumps(tree), more, answers)


def test_a_job_s_events_have_every_line_in_its_order_and_its_artifacts_are_whole(slow: FakeFleet) -> None:
    made = job(slow, XENFLEET_PROGRESS="1")
    assert (made.status, made.artifacts["xen_migration"]["changed"]) == ("successful", True), made.output
    told = [event["stdout"] for event in made.events if event["event"] == "verbose"]
    found = lines("\n".join(told))
    assert len(found) >= 4, told
    assert found == lines(made.output.replace("\r", ""))
    assert [int(line[4]) for line in found] == sorted({int(line[4]) for line in found})
    names = [event["event"] for event in made.events]
    shown = [number for number, event in enumerate(made.events) if lines(event["stdout"])]
    assert names.index("runner_on_start") < shown[0]
    assert shown[-1] < names.index("runner_on_ok", shown[0])
