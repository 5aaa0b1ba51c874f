# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole ansible-playbook runs that are killed in the middle of a move, which goes on to its end."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import Signals

import pytest
from fleet import FakeFleet, Held
from playing import book_of, play, recorded, start_book

from tests.support.killing import has_ended, kill_groups, parent, worker
from tests.support.lab import wait_for

WISH = {"name": ["web01", "db01"], "host": "xen-b", "progress": 1, "moves_at_once": 1}
SYSTEMD = {
    "__init__": "",
    "daemon": "def booted():\n    return True\n",
    "journal": "sendv = None\ndef send(MESSAGE, **_fields):\n    with open({log!r}, 'a') as log:\n        log.write(MESSAGE)\n",
}
"""Takes the place of python3-systemd, so that what is logged can be read."""


@contextmanager
def moving(fleet: FakeFleet, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int, Held]]:
    """Give a run of two moves, the process that makes them and the first transfer, which is held."""
    fleet.add_domain("web01", "xen-a", autostart=True)
    fleet.add_domain("db01", "xen-a")
    (tmp_path / "systemd").mkdir()
    for name, text in SYSTEMD.items():
        (tmp_path / "systemd" / f"{name}.py").write_text(text.format(log=str(tmp_path / "log")))
    path = f"{tmp_path}:{fleet.environment()['PYTHONPATH']}"
    book = book_of(fleet, WISH)
    with (
        fleet.hold("migrate3") as held,
        start_book(fleet, book, "localhost,", PYTHONPATH=path, ANSIBLE_REMOTE_TEMP=str(tmp_path / "temp")) as process,
    ):
        held.wait()
        yield process, worker(process.pid), held


def assert_first_moved_and_second_not_begun(fleet: FakeFleet, working: int) -> None:
    wait_for(lambda: has_ended(working), lambda ended: ended, "the process that makes the moves to end")
    assert fleet.placement() == {"web01": ["xen-b: running"], "db01": ["xen-a: running"]}
    assert fleet.domain("web01", "xen-b")["autostart"] is True
    assert fleet.calls("migrate3") == 1


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_move_outlives_all_process_groups_of_its_run_and_no_other_is_begun(
    fleet: FakeFleet, tmp_path: Path, number: Signals
) -> None:
    with moving(fleet, tmp_path) as (process, working, held):
        assert list((tmp_path / "temp").rglob("AnsiballZ_*"))
        kill_groups(process.pid, working, number)
        process.communicate(timeout=60)
        assert not has_ended(working)
        shutil.rmtree(tmp_path / "temp", ignore_errors=True)  # the module's own files
        held.let_go()
        assert_first_moved_and_second_not_begun(fleet, working)
    log = (tmp_path / "log").read_text()
    assert "nobody waited for this: Moved web01 from xen-a to xen-b" in log
    assert "Domain db01 was left on xen-a" in log
    again = play(fleet, WISH).results[0]
    assert [move["domain"] for move in again["moves"]] == ["db01"]


def test_a_module_that_is_told_to_end_says_what_goes_on(fleet: FakeFleet, tmp_path: Path) -> None:
    with moving(fleet, tmp_path) as (process, working, held):
        os.kill(parent(working), signal.SIGTERM)
        process.communicate(timeout=60)
        (result,) = recorded(fleet)
        assert result["failed"]
        assert "told to end (SIGTERM). The move of web01 from xen-a to xen-b goes on to its end" in result["msg"]
        assert not has_ended(working)
        held.let_go()
        assert_first_moved_and_second_not_begun(fleet, working)


def test_a_process_that_dies_in_the_middle_of_a_move_is_told(fleet: FakeFleet, tmp_path: Path) -> None:
    with moving(fleet, tmp_path) as (process, working, _held):
        os.kill(working, signal.SIGKILL)
        process.communicate(timeout=60)
    (result,) = recorded(fleet)
    assert result["failed"]
    assert "ended during the move of web01 from xen-a to xen-b" in result["msg"]
    assert "Run xen_domain_recover" in result["msg"]
