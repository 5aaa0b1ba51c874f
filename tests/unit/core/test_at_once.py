# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many moves may go on at once, in one process and in several."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from make import domain, move

from ansible_collections.xenfleet.migration.plugins.module_utils._core.at_once import AtOnce, LockedFiles
from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import InvalidInput, MigrationError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.memory import needed_kib
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Move


def path(name: str, source: str, destination: str) -> Move:
    return move(domain(name, source), destination)


LIMITS: dict[str, tuple[AtOnce, list[Move], list[bool]]] = {
    "from one source": (
        AtOnce(9, 2, 4),
        [path("a", "xen-a", "xen-b"), path("b", "xen-a", "xen-c"), path("c", "xen-a", "xen-d")],
        [True, True, False],
    ),
    "to one destination": (
        AtOnce(9, 4, 1),
        [path("a", "xen-a", "xen-d"), path("b", "xen-b", "xen-d"), path("c", "xen-b", "xen-c")],
        [True, False, True],
    ),
    "in all": (
        AtOnce(2, 4, 4),
        [path("a", "xen-a", "xen-b"), path("b", "xen-c", "xen-d"), path("c", "xen-e", "xen-f")],
        [True, True, False],
    ),
    "not by names that are alike": (
        AtOnce(9, 1, 1),
        [path("a", "xen", "xen-1"), path("b", "xen-1", "xen"), path("c", "xen:0", "../xen"), path("d", "xen*", "x/y")],
        [True, True, True, True],
    ),
}


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize(("at_once", "moves", "begun"), LIMITS.values(), ids=LIMITS.keys())
def test_there_are_so_many_places(
    at_once: AtOnce, moves: list[Move], begun: list[bool], processes: int, tmp_path: Path
) -> None:
    each = [LockedFiles(at_once, tmp_path) for _process in range(processes)]
    assert [each[index % processes].take(made) is not None for index, made in enumerate(moves)] == begun


ONE_CPU: dict[str, tuple[AtOnce, list[bool]]] = {
    "by default": (AtOnce(9), [True, False, True, False, True, False]),
    "where more was asked for": (AtOnce(9, source=2, destination=2), [True, True, True, True, True, False]),
}


@pytest.mark.parametrize(("at_once", "begun"), ONE_CPU.values(), ids=ONE_CPU.keys())
def test_hosts_with_one_cpu_have_one_place(at_once: AtOnce, begun: list[bool], tmp_path: Path) -> None:
    places = LockedFiles(at_once, tmp_path, one_cpu=frozenset({"xen-a", "xen-d"}))
    moves = [
        path("a", "xen-a", "xen-b"),
        path("b", "xen-a", "xen-c"),
        path("c", "xen-b", "xen-d"),
        path("d", "xen-c", "xen-d"),
        path("e", "xen-c", "xen-b"),
        path("f", "xen-c", "xen-b"),
    ]
    assert [places.take(made) is not None for made in moves] == begun


def test_a_place_that_is_given_back_is_there_for_another_process(tmp_path: Path) -> None:
    mine, other = LockedFiles(AtOnce(1, 1, 1), tmp_path), LockedFiles(AtOnce(1, 1, 1), tmp_path)
    release = mine.take(path("a", "xen-a", "xen-b"))
    assert other.take(path("b", "xen-c", "xen-d")) is None
    assert release is not None
    release()
    assert other.take(path("b", "xen-c", "xen-d")) is not None


def test_a_process_that_is_killed_leaves_no_place_taken(tmp_path: Path) -> None:
    hold = (
        "import fcntl, os, sys, time; file = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT);"
        "fcntl.flock(file, fcntl.LOCK_EX); print('held', flush=True); time.sleep(600)"
    )
    places = LockedFiles(AtOnce(1, 1, 1), tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", hold, tmp_path / "all:0"], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert places.take(path("a", "xen-a", "xen-b")) is None
        holder.kill()
    assert places.take(path("a", "xen-a", "xen-b")) is not None


def test_memory_that_others_wait_for_is_reserved_until_they_are_done(tmp_path: Path) -> None:
    mine, other = LockedFiles(AtOnce(), tmp_path), LockedFiles(AtOnce(), tmp_path)
    made = path("a", "xen-a", "xen-b")
    release = mine.take(made)
    assert (mine.reserved_kib("xen-b"), other.reserved_kib("xen-b")) == (0, needed_kib(made.domain))
    assert other.reserved_kib("xen-a") == 0
    assert release is not None
    release()
    assert other.reserved_kib("xen-b") == 0


def test_a_destination_is_shared_when_two_moves_go_to_it_whoever_makes_them(tmp_path: Path) -> None:
    mine, other = LockedFiles(AtOnce(), tmp_path), LockedFiles(AtOnce(), tmp_path)
    mine.take(path("a", "xen-a", "xen-b"))
    assert not mine.is_shared("xen-b")
    other.take(path("b", "xen-c", "xen-b"))
    assert mine.is_shared("xen-b")
    assert not mine.is_shared("xen-a")


NUMBERS: dict[str, tuple[tuple[int, int, int], str]] = {
    "none at all": ((0, 2, 2), "moves_at_once is 0: it must be at least 1"),
    "none from a source": ((4, 0, 2), "moves_per_source is 0: it must be 1 to 4"),
    "more to a destination than its libvirt can answer": ((9, 2, 5), "moves_per_destination is 5: it must be 1 to 4"),
}


@pytest.mark.parametrize(("numbers", "message"), NUMBERS.values(), ids=NUMBERS.keys())
def test_numbers_that_cannot_be_meant_are_refused(numbers: tuple[int, int, int], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        AtOnce(*numbers)


def test_the_folder_is_the_user_s_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert LockedFiles(AtOnce()).take(path("a", "xen-a", "xen-b")) is not None
    (folder,) = tmp_path.iterdir()
    assert (folder.stat().st_mode & 0o777, folder.stat().st_uid) == (0o700, os.getuid())


def test_a_folder_that_others_could_write_to_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = tmp_path / f"xenfleet-migration-{os.getuid()}"
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(MigrationError, match=r"has to be a directory of this user's own"):
        LockedFiles(AtOnce()).take(path("a", "xen-a", "xen-b"))
