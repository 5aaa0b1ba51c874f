# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watching and ending a transfer: the commands themselves, run here on a connection made for it, with Xen imitated."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from shell import run_command
from xen_tools import UUID, asked, script

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import HypervisorError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.hypervisor import Connection
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Host
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt import host_transfer
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.host_transfer import (
    ask_acknowledged,
    ask_end,
    ask_end_left,
    ask_end_suspended,
    ask_end_there,
    ask_waiting,
    read_acknowledged,
    read_end,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.shell import Shell

pytestmark = pytest.mark.usefixtures("alone")

ANSWERS = {
    "none": "was not sending",
    "suspended": "is suspended already",
    "running": "had run on",
    "sent": "all of its memory is sent",
    "unpausable": "pause",
    "kept": "kernel",
}

# Sends until its connection ends, or waits on standard input as the real one does while the guest is being suspended. Where it
# fills the connection, nobody takes what it has sent.
HELPER = """#!{python}
import socket, sys
with socket.create_connection(("127.0.0.1", {port})) as way:
    way.sendall(b"x" * 1000)
    way.setblocking("fills" not in sys.argv)
    try:
        while "fills" in sys.argv:
            way.send(b"x" * 100_000)
    except BlockingIOError:
        way.setblocking(True)
    print("connected", flush=True)
    if "waits" in sys.argv:
        sys.stdin.buffer.raw.read(1)
    try:
        way.recv(1)
    except OSError:
        pass
"""
# Receives as the real one does, as domain 7: at the first migration port that is free, which it tells.
RECEIVER = """#!{python}
import socket
listening = socket.socket()
for port in range(49152, 49217):
    try:
        listening.bind(("127.0.0.1", port))
        break
    except OSError:
        pass
listening.listen()
print(port, flush=True)
way = listening.accept()[0]
while way.recv(1000):
    pass
"""
Helper = Callable[..., subprocess.Popen[str]]


@pytest.mark.parametrize(("word", "reason"), ANSWERS.items())
def test_a_transfer_was_not_ended_because(word: str, reason: str) -> None:
    assert reason in str(read_end(f"{word}\n", "exit code 0", "xen-a"))


@pytest.mark.parametrize("output", ["", "sh: 1: ss: not found\n"])
def test_a_host_that_answers_otherwise_can_t_try(output: str) -> None:
    with pytest.raises(HypervisorError, match=r"xen-a could not end a transfer: exit code 127\."):
        read_end(output, "exit code 127", "xen-a")


@pytest.mark.parametrize(
    ("output", "count"), [("acked 0\n", 0), ("acked 4611686018427387904\n", 4611686018427387904), ("none\n", None)]
)
def test_so_many_bytes_are_acknowledged(output: str, count: int | None) -> None:
    assert read_acknowledged(output, "exit code 0", "xen-a") == count


@pytest.mark.parametrize("output", ["", "acked", "acked 1.2e+12", "acked -1", "sh: 1: ss: not found\n"])
def test_what_is_no_count_is_not_taken_for_one(output: str) -> None:
    with pytest.raises(HypervisorError, match=r"xen-a could not watch a transfer: exit code 127\."):
        read_acknowledged(output, "exit code 127", "xen-a")


@pytest.fixture
def helper(xen: Path, port: int) -> Iterator[Helper]:
    """Start what sends a domain, by its Xen id; it is connected when this returns."""
    begun: list[subprocess.Popen[str]] = []

    def start(number: int, *words: str, name: str = "libxl-save-helper") -> subprocess.Popen[str]:
        path = xen / name
        script(path, HELPER.format(python=sys.executable, port=port))
        argv = [str(path), "--save-domain", "44", "36", str(number), "1", "136", "0", *words]
        process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        begun.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "connected\n"
        return process

    yield start
    for process in begun:
        process.kill()
        process.communicate()


def end(number: int = 7) -> Connection | str:
    return ask_end(Shell(Host("xen-a", "xen:///system"), run_command), number, "127.0.0.1")


def acknowledged(number: int = 7) -> int | None:
    return ask_acknowledged(Shell(Host("xen-a", "xen:///system"), run_command), number, "127.0.0.1")


def test_the_bytes_of_the_domain_s_own_transfer_are_counted_and_nothing_is_touched(xen: Path, helper: Helper) -> None:
    other, own = helper(77), helper(7)
    count = acknowledged()
    assert count is not None
    assert 1000 <= count <= 1001  # the kernel counts the connection's beginning, too
    assert (other.poll(), own.poll(), asked(xen)) == (None, None, [])


@pytest.mark.parametrize("number", [1, 36, 77, 136])
def test_another_domain_s_bytes_are_not_counted(xen: Path, helper: Helper, number: int) -> None:
    helper(number)
    assert (acknowledged(), asked(xen)) == (None, [])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can end a connection")
def test_the_connection_is_ended_while_the_guest_is_paused(xen: Path, helper: Helper) -> None:
    other, own = helper(77), helper(7)
    ended = end()
    assert isinstance(ended, Connection)
    assert [part.rpartition(":")[0] for part in (ended.source, ended.destination)] == ["127.0.0.1", "127.0.0.1"]
    assert own.wait(10) == 0
    assert other.poll() is None
    assert asked(xen) == ["list 7", "pause 7", "list 7", "unpause 7"]


@pytest.mark.parametrize("number", [1, 36, 77, 136])
def test_another_domain_s_transfer_is_not_touched(xen: Path, helper: Helper, number: int) -> None:
    other = helper(number)
    assert "was not sending" in str(end())
    assert (other.poll(), asked(xen)) == (None, [])


@pytest.mark.parametrize("state", ["---ss-", "--pss-", ""])
def test_a_suspended_guest_s_transfer_is_not_touched(xen: Path, helper: Helper, state: str) -> None:
    own = helper(7)
    (xen / "state").write_text(state)
    assert "is suspended already" in str(end())
    assert (own.poll(), asked(xen)) == (None, ["list 7"])


def test_a_guest_that_is_being_suspended_goes_on_with_it(xen: Path, helper: Helper) -> None:
    own = helper(7, "waits")
    while not Path(f"/proc/{own.pid}/syscall").read_text().startswith("0 0x0 "):
        assert own.poll() is None
    assert "is suspended already" in str(end())
    assert (own.poll(), asked(xen)) == (None, ["list 7"])


def test_a_guest_that_is_suspended_while_it_is_paused_is_let_go(xen: Path, helper: Helper) -> None:
    own = helper(7)
    with (xen / "xl").open("a") as xl:
        xl.write(f'[ "$1" != pause ] || echo --pss- >"{xen / "state"}"\n')
    assert "is suspended already" in str(end())
    assert own.poll() is None
    assert asked(xen) == ["list 7", "pause 7", "list 7", "unpause 7"]


def end_suspended() -> Connection | str:
    return ask_end_suspended(Shell(Host("xen-a", "xen:///system"), run_command), 7, "127.0.0.1")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can end a connection")
def test_a_suspended_guest_s_transfer_is_ended_where_its_memory_is_stuck(xen: Path, helper: Helper, port: int) -> None:
    other, own = helper(77), helper(7, "fills")
    (xen / "state").write_text("---ss-")
    ended = end_suspended()
    assert isinstance(ended, Connection)
    assert ended.destination == f"127.0.0.1:{port}"
    assert own.wait(10) == 0
    assert (other.poll(), asked(xen)) == (None, ["list 7"])


def test_a_suspended_guest_whose_memory_is_all_acknowledged_is_left_to_its_move(xen: Path, helper: Helper) -> None:
    own = helper(7)
    (xen / "state").write_text("---ss-")
    assert "all of its memory is sent" in str(end_suspended())
    assert own.poll() is None


@pytest.mark.parametrize("state", ["-b----", "--p---", ""])
def test_a_guest_that_is_not_suspended_is_not_taken_for_one_that_is(xen: Path, helper: Helper, state: str) -> None:
    own = helper(7, "fills")
    (xen / "state").write_text(state)
    assert "had run on" in str(end_suspended())
    assert own.poll() is None


def there(source: str, destination: str) -> None:
    ask_end_there(Shell(Host("xen-b", "xen:///system"), run_command), Connection(source, destination))


def ends_of(helper: subprocess.Popen[str]) -> tuple[str, str]:
    """Return both ends of a helper's connection, its own first."""
    listed = subprocess.run(["ss", "-Htnp"], capture_output=True, text=True, check=True).stdout
    words = next(line for line in listed.splitlines() if f"pid={helper.pid}," in line).split()
    return words[3], words[4]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can end a connection")
def test_the_destination_s_half_of_that_very_connection_is_ended(helper: Helper, port: int) -> None:
    other, own = helper(77), helper(7)
    # Here the helper itself is what receives: its end is called the destination's.
    mine, its = ends_of(own)
    with pytest.raises(HypervisorError, match="no such connection"):
        there(its, mine)
    assert (own.poll(), its.rpartition(":")[2]) == (None, str(port))
    there(mine, its)  # the other half is nobody's helper's
    assert (own.poll(), other.poll()) == (None, None)


@pytest.mark.parametrize("bad", ["-K:49152", "10.0.0.1", "10.0.0.2:22", "10.0.0.2:49152;id", "$(id):49152", ""])
def test_what_is_no_connection_is_not_looked_for(bad: str) -> None:
    with pytest.raises(HypervisorError, match="no such connection"):
        there("10.0.0.1:55022", bad)


LEFT: dict[str, tuple[str, dict[str, str], str, str]] = {
    "while its process still sends": ("fills", {}, "---ss-", "is suspended already"),
    "which is all acknowledged": ("", {"name": "libvirtd"}, "---ss-", "all of its memory is sent"),
    "of a guest that runs": ("fills", {"name": "libvirtd"}, "-b----", "had run on"),
}


@pytest.mark.parametrize(("words", "name", "state", "why"), LEFT.values(), ids=LEFT.keys())
def test_what_is_left_to_be_sent_is_not_ended(
    xen: Path, helper: Helper, words: str, name: dict[str, str], state: str, why: str
) -> None:
    own = helper(7, words, **name)
    (xen / "state").write_text(state)
    assert why in str(ask_end_left(Shell(Host("xen-a", "xen:///system"), run_command), 7, Connection(*ends_of(own))))
    assert own.poll() is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can end a connection")
def test_what_is_left_to_be_sent_by_the_daemon_is_ended_by_the_connection_that_the_destination_told(
    xen: Path, helper: Helper
) -> None:
    other, own = helper(7, "fills", name="libvirtd"), helper(7, "fills", name="libvirtd")
    (xen / "state").write_text("---ss-")
    told = Connection(*ends_of(own))
    shell = Shell(Host("xen-a", "xen:///system"), run_command)
    assert ask_end_left(shell, 7, told) == told
    assert (own.wait(10), other.poll()) == (0, None)
    assert "was not sending" in str(ask_end_left(shell, 7, told))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is told whose a connection is")
def test_a_destination_tells_by_which_connection_it_waits_once_nothing_has_come_for_long(
    xen: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = Shell(Host("xen-b", "xen:///system"), run_command)
    path = xen / "libxl-save-helper"
    script(path, RECEIVER.format(python=sys.executable))
    argv = [str(path), "--restore-domain", "37", "-1", "7", "1", "0", "2", "0", "768", "0"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as receiver:
        assert receiver.stdout is not None
        port = int(receiver.stdout.readline())
        with socket.create_connection(("127.0.0.1", port)) as way:
            way.sendall(b"x")
            here, there = (f"127.0.0.1:{end[1]}" for end in (way.getsockname(), way.getpeername()))
            assert ask_waiting(shell, UUID) is True  # something has just come
            monkeypatch.setattr(host_transfer, "WAITING", host_transfer.WAITING.replace("-ge 30000", "-ge 0"))
            assert ask_waiting(shell, UUID) == Connection(here, there)
            assert ask_waiting(shell, UUID.replace("9", "8")) is False
    assert ask_waiting(shell, UUID) is False


def test_a_destination_that_answers_otherwise_can_t_tell() -> None:
    shell = Shell(Host("xen-b", "xen:///system"), lambda _argv, _data: (127, "", "ss: not found"))
    with pytest.raises(HypervisorError, match=r"xen-b could not watch a transfer: ss: not found\."):
        ask_waiting(shell, UUID)
