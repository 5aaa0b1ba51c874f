# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines on their way from a module to the terminal: both ends, and what happens when one of them is missing."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from ansible_collections.xenfleet.migration.plugins.module_utils._outliving import Waiting
from ansible_collections.xenfleet.migration.plugins.module_utils._progress_pipe import write_line
from ansible_collections.xenfleet.migration.plugins.plugin_utils._shown_lines import (
    MOST_CHARACTERS,
    printable,
    shown_lines,
)
from tests.support.pipes import fill, full


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_all_lines_are_shown_in_their_order_and_nothing_is_left_behind(tmp_path: Path) -> None:
    shown: list[str] = []
    threads = threading.active_count()
    before = descriptors()
    with shown_lines(shown.append, str(tmp_path)) as pipe:
        assert pipe is not None
        assert Path(pipe).parent.stat().st_mode & 0o777 == 0o700
        for number in range(500):
            write_line(pipe, f"line {number}")
    assert shown == [f"line {number}" for number in range(500)]
    assert (list(tmp_path.iterdir()), threading.active_count()) == ([], threads)
    assert descriptors() == before


def test_a_line_is_shown_when_it_is_written(tmp_path: Path) -> None:
    there = threading.Event()
    with shown_lines(lambda _line: there.set(), str(tmp_path)) as pipe:
        write_line(str(pipe), "now")
        assert there.wait(10)


def test_where_no_fifo_can_be_made_there_are_no_lines(tmp_path: Path) -> None:
    with shown_lines(lambda _line: None, str(tmp_path / "nowhere")) as pipe:
        assert pipe is None


def nothing(_path: Path) -> None:
    """Leave the path alone."""


UNREADABLE: dict[str, Callable[[Path], object]] = {
    "nothing": nothing,
    "a file": lambda path: path.write_text("kept"),
    "a directory": Path.mkdir,
    "a FIFO that nobody reads": os.mkfifo,
    "a link to a file": lambda path: path.symlink_to(__file__),
}


@pytest.mark.parametrize("make", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_line_is_lost_where_there_is(tmp_path: Path, make: Callable[[Path], object]) -> None:
    path = tmp_path / "pipe"
    make(path)
    own = Path(__file__).read_bytes()
    write_line(str(path), "lost")
    assert not path.is_file() or path.is_symlink() or path.read_text() == "kept"
    assert Path(__file__).read_bytes() == own


def test_a_line_is_lost_rather_than_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with full(tmp_path / "pipe"):
        write_line(str(tmp_path / "pipe"), "lost")


def test_a_line_stays_one_and_what_is_not_text_is_replaced(tmp_path: Path) -> None:
    shown: list[str] = []
    with shown_lines(shown.append, str(tmp_path)) as pipe:
        write_line(str(pipe), "two\nlines\r\nand \udcff")
        Path(str(pipe)).write_bytes(b"\xff\x1b[31m red\n")
    assert shown == ["two lines and ?", "\ufffd?[31m red"]


SHOWN = {
    "web01: xen-a -> xen-b, first pass 42 %, 18 s": "web01: xen-a -> xen-b, first pass 42 %, 18 s",
    "caf\u00e9": "caf\u00e9",
    "\x1b[2J\x07": "?[2J?",
    "\u202egnp.exe": "?gnp.exe",
    "\x9b31m": "?31m",
    "a\u2028b": "a?b",
    "x" * 1000: "x" * MOST_CHARACTERS + "...",
}


@pytest.mark.parametrize(("line", "shown"), SHOWN.items())
def test_nothing_reaches_a_terminal_that_would_steer_it(line: str, shown: str) -> None:
    assert printable(line) == shown


def test_a_child_that_nobody_listens_to_is_not_held_up() -> None:
    answers, answers_end = os.pipe()
    lifeline_end, lifeline = os.pipe()
    fill(answers_end)
    os.set_blocking(answers_end, True)
    waiting = Waiting(answers_end, lifeline_end)
    waiting.mention("lost")
    os.read(answers, select.PIPE_BUF)
    waiting.mention("heard")
    os.set_blocking(answers, False)
    assert os.read(answers, 1 << 20).endswith(b'{"mentioned": "heard"}\n')
    waiting.mention("x" * select.PIPE_BUF)
    with pytest.raises(BlockingIOError):
        os.read(answers, 1)
    os.close(answers)
    waiting.mention("nobody is there")
    for end in (answers_end, lifeline_end, lifeline):
        os.close(end)
