# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watching and killing what sends and receives: the commands themselves, run on processes made for it, with Xen imitated."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from shell import run_command
from xen_tools import UUID, asked, script

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import HypervisorError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Host
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.host_helper import (
    ask_kill_receiver,
    ask_kill_sender,
    ask_written,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.shell import Shell

pytestmark = pytest.mark.usefixtures("alone")

# Writes, and stops doing so, as the real one does into libvirt's pipe; or waits on standard input while the guest is suspended.
HELPER = """#!{python}
import sys, time
print("x" * 5000, flush=True)
if "waits" in sys.argv:
    sys.stdin.buffer.raw.read(1)
time.sleep(600)
"""
SAVES, RESTORES = ("--save-domain", "44", "36"), ("--restore-domain", "24", "-1")
Helper = Callable[..., "subprocess.Popen[str]"]
SHELL = Shell(Host("xen-a", "xen:///system"), run_command)


@pytest.fixture
def helper(xen: Path) -> Iterator[Helper]:
    """Start what sends or receives a domain, by its Xen id; it has written when this returns."""
    begun: list[subprocess.Popen[str]] = []
    path = xen / "libxl-save-helper"
    script(path, HELPER.format(python=sys.executable))

    def start(number: int, *words: str, does: tuple[str, ...] = SAVES) -> subprocess.Popen[str]:
        argv = [str(path), *does, str(number), "1", "136", "0", *words]
        process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        begun.append(process)
        assert process.stdout is not None
        process.stdout.readline()
        return process

    yield start
    for process in begun:
        process.kill()
        process.communicate()


def test_the_bytes_of_the_domain_s_own_process_are_counted_and_nothing_is_touched(xen: Path, helper: Helper) -> None:
    other, own = helper(77), helper(7)
    assert ask_written(SHELL, 7) == 5001
    assert (other.poll(), own.poll(), asked(xen)) == (None, None, [])


@pytest.mark.parametrize("number", [1, 36, 77, 136])
def test_another_domain_s_process_is_neither_counted_nor_killed(xen: Path, helper: Helper, number: int) -> None:
    other = helper(number)
    assert ask_written(SHELL, 7) is None
    assert [ask_kill_sender(SHELL, 7, suspended) for suspended in (False, True)] == [
        "Xen was not sending its memory just then"
    ] * 2
    ask_kill_receiver(SHELL, UUID)
    assert (other.poll(), asked(xen)) == (None, ["vm-list"])


def test_the_process_is_killed_while_the_guest_is_paused(xen: Path, helper: Helper) -> None:
    other, own = helper(77), helper(7)
    assert ask_kill_sender(SHELL, 7, suspended=False) is None
    assert (own.wait(10), other.poll()) == (-signal.SIGKILL, None)
    assert asked(xen) == ["list 7", "pause 7", "list 7", "unpause 7"]


def test_a_suspension_asked_for_in_that_very_moment_is_taken_back(xen: Path, helper: Helper) -> None:
    """The process has gone by then: libxl hears of what it had asked for afterwards."""
    own = helper(7)
    script(xen / "xenstore-read", f"#!/bin/sh\n[ ! -d /proc/{own.pid}/fd/0 ] || exit 1\necho suspend\n")
    script(xen / "xenstore-write", f'#!/bin/sh\necho "$# $1" >>"{xen / "log"}"\n')
    assert ask_kill_sender(SHELL, 7, suspended=False) is None
    assert asked(xen)[-2:] == ["2 /local/domain/7/control/shutdown", "unpause 7"]


@pytest.mark.parametrize("state", ["---ss-", "--pss-", ""])
def test_a_suspended_guest_s_process_is_left_to_its_move(xen: Path, helper: Helper, state: str) -> None:
    own = helper(7)
    (xen / "state").write_text(state)
    assert "is suspended already" in str(ask_kill_sender(SHELL, 7, suspended=False))
    assert (own.poll(), asked(xen)) == (None, ["list 7"])


def test_a_guest_that_is_being_suspended_goes_on_with_it(helper: Helper) -> None:
    own = helper(7, "waits")
    while not Path(f"/proc/{own.pid}/syscall").read_text().startswith("0 0x0 "):
        assert own.poll() is None
    assert "is suspended already" in str(ask_kill_sender(SHELL, 7, suspended=False))
    assert own.poll() is None


def test_a_suspended_guest_s_process_is_killed_where_that_is_asked_for(xen: Path, helper: Helper) -> None:
    own = helper(7)
    assert "had run on" in str(ask_kill_sender(SHELL, 7, suspended=True))
    (xen / "state").write_text("---ss-")
    assert ask_kill_sender(SHELL, 7, suspended=True) is None
    assert own.wait(10) == -signal.SIGKILL


def test_a_destination_kills_what_receives_that_domain_and_nothing_else(helper: Helper) -> None:
    sends, other, own = helper(7), helper(77, does=RESTORES), helper(7, does=RESTORES)
    ask_kill_receiver(SHELL, UUID.replace("9", "8"))
    assert own.poll() is None
    ask_kill_receiver(SHELL, UUID)
    assert (own.wait(10), other.poll(), sends.poll()) == (-signal.SIGKILL, None, None)


@pytest.mark.parametrize(
    "ask",
    [
        lambda shell: ask_written(shell, 7),
        lambda shell: ask_kill_sender(shell, 7, suspended=False),
        lambda shell: ask_kill_receiver(shell, UUID),
    ],
)
@pytest.mark.parametrize("output", ["", "written -1", "written", "bash: pgrep: command not found"])
def test_a_host_that_answers_otherwise_can_t_be_asked(ask: Callable[[Shell], object], output: str) -> None:
    shell = Shell(Host("xen-b", "xen:///system"), lambda _argv, _data: (127, output, "no pgrep"))
    with pytest.raises(HypervisorError, match=r"xen-b could not (end|watch) a transfer: no pgrep\."):
        ask(shell)
