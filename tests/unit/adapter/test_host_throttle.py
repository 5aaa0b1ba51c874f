# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limiting a transfer: the command itself, run here on connections made for it, with Xen's process imitated."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from shell import run_command

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import HypervisorError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Host
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.host_throttle import (
    begin_throttle,
    end_throttle,
    read_throttle,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.shell import Shell

pytestmark = pytest.mark.usefixtures("alone")

UNLIMITED = 2 ** (8 * 8) - 1
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root can have another process's connection")

# Is called what Xen's is, has its connection (or a pipe, a file) as number 44, and tells on demand how fast that may send.
HELPER = """#!{python}
import os, socket, sys
*_xens, kind, port = sys.argv
if kind == "socket":
    way = socket.create_connection(("127.0.0.1", int(port)))
    os.dup2(way.fileno(), 44)
elif kind == "pipe":
    os.dup2(os.pipe()[1], 44)
else:
    os.dup2(os.open("{file}", os.O_RDWR | os.O_CREAT), 44)
print("connected", flush=True)
for _line in sys.stdin:
    print(int.from_bytes(way.getsockopt(socket.SOL_SOCKET, 47, 8), sys.byteorder), flush=True)
"""

# Asks by a name, as a user who isn't root.
ANOTHER = r"""
import os, socket, sys
os.setuid(65534)
with socket.socket(socket.AF_UNIX) as asking:
    asking.connect("\0" + sys.argv[1])
    print(asking.recv(9))
"""


class Helper:
    """Xen's process that sends a domain, by Xen's id of that; ``kind`` is what it sends to."""

    def __init__(self, program: Path, port: int, number: int, kind: str) -> None:
        argv = [str(program), "--save-domain", "44", "36", str(number), "1", "136", "0", kind, str(port)]
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._told() == "connected\n"

    def limit(self) -> int:
        """Return in bytes/s how fast its connection may send."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return int(self._told())

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()

    def _told(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()


@pytest.fixture
def helper(tmp_path: Path, port: int) -> Iterator[Callable[..., Helper]]:
    """Start what sends a domain."""
    begun: list[Helper] = []
    program = tmp_path / "libxl-save-helper"
    program.write_text(HELPER.format(python=sys.executable, file=tmp_path / "saved"))
    program.chmod(0o755)

    def start(number: int, kind: str = "socket", to: int = port) -> Helper:
        begun.append(Helper(program, to, number, kind))
        return begun[-1]

    yield start
    for each in begun:
        each.end()


SHELL = Shell(Host("xen-a", "xen:///system"), run_command)


def begin(number: int, rate: int | None = 3_000_000, total: int | None = None, address: str = "127.0.0.1") -> str:
    return begin_throttle(SHELL, number, address, rate, total)


def end(name: str) -> tuple[int, ...]:
    return end_throttle(SHELL, name)


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_gone(name: str) -> bool:
    """Tell whether nothing on this machine listens by that name."""
    return name not in Path("/proc/net/unix").read_text()


@root_only
@pytest.mark.parametrize("ready_first", [True, False], ids=["before it sends", "while it sends"])
def test_the_domain_s_own_connection_is_limited_and_no_other(helper: Callable[..., Helper], ready_first: bool) -> None:
    other = helper(77)
    if ready_first:
        name, own = begin(7), helper(7)
    else:
        own = helper(7)
        name = begin(7)
    wait_until(lambda: own.limit() == 3_000_000)
    assert other.limit() == UNLIMITED
    own.end()
    assert end(name) == (3_000_000,)
    wait_until(lambda: is_gone(name))


@root_only
def test_a_limit_that_nobody_asks_for_any_more_is_kept_and_so_is_what_it_came_to(helper: Callable[..., Helper]) -> None:
    """As after a killed run, or a lost login: what began it is gone before the sending begins."""
    name = begin(7, None, 4_000_000)
    own, other = helper(7), helper(77)
    wait_until(lambda: own.limit() == 2_000_000)
    other.end()
    wait_until(lambda: own.limit() == 4_000_000)
    own.end()
    told = end(name)
    assert told[-2:] == (2_000_000, 4_000_000)


@pytest.mark.parametrize("number", [1, 36, 77, 136])
def test_another_domain_is_not_limited(helper: Callable[..., Helper], number: int) -> None:
    name, other = begin(7), helper(number)
    assert (end(name), other.limit()) == ((), UNLIMITED)
    wait_until(lambda: is_gone(name))


@root_only
def test_a_connection_to_somewhere_else_is_not_limited(helper: Callable[..., Helper]) -> None:
    own = helper(7)
    assert end(begin(7, address="127.0.0.2")) == ()
    assert own.limit() == UNLIMITED
    with closing(socket.create_server(("127.0.0.1", 0))) as elsewhere:
        away = helper(8, to=elsewhere.getsockname()[1])
        assert end(begin(8)) == ()
        assert away.limit() == UNLIMITED


def test_what_goes_through_a_pipe_can_t_be_limited(helper: Callable[..., Helper]) -> None:
    helper(7, "pipe")
    with pytest.raises(HypervisorError, match=r"xen-a could not limit a transfer: its memory goes through a pipe\."):
        end(begin(7))


def test_what_nobody_keeps_is_told_of() -> None:
    with pytest.raises(HypervisorError, match=r"what keeps the limit did not answer \(Connection refused\)"):
        end("xenfleet-migration-nobody")


def test_a_host_that_is_not_ready_says_why() -> None:
    shell = Shell(Host("xen-a", "xen:///system"), lambda _argv, _data: (127, "", "sh: 1: python3: not found\n"))
    with pytest.raises(HypervisorError, match=r"xen-a could not limit a transfer: sh: 1: python3: not found\."):
        begin_throttle(shell, 7, "127.0.0.1", 1, None)


@root_only
def test_another_user_is_told_nothing_and_ends_nothing(helper: Callable[..., Helper]) -> None:
    name = begin(7)
    told = subprocess.run([sys.executable, "-c", ANOTHER, name], capture_output=True, check=True)
    assert told.stdout == b"b''\n"
    own = helper(7)
    wait_until(lambda: own.limit() == 3_000_000)
    assert end(name) == (3_000_000,)


@root_only
def test_a_total_is_shared_by_all_that_send_just_then(helper: Callable[..., Helper]) -> None:
    """Until the last is alone; who writes to a file doesn't count, and who goes through a pipe does."""
    helper(5, "file")
    names = begin(7, 5_000_000, 6_000_000), begin(77, None, 6_000_000)
    own, other, third = helper(7), helper(77), helper(9, "pipe")
    wait_until(lambda: (own.limit(), other.limit()) == (2_000_000, 2_000_000))
    third.end()
    wait_until(lambda: (own.limit(), other.limit()) == (3_000_000, 3_000_000))
    other.end()
    wait_until(lambda: own.limit() == 5_000_000)
    own.end()
    assert [(told[0], *told[-2:]) for told in map(end, names)] == [
        (5_000_000, 3_000_000, 5_000_000),
        (6_000_000, 2_000_000, 3_000_000),
    ]


@pytest.mark.parametrize(
    ("output", "rates"),
    [("ended\n", ()), ("paced 4194304\nended\n", (4194304,)), ("paced 2\npaced 1\nended\n", (2, 1))],
)
def test_these_limits_took_hold(output: str, rates: tuple[int, ...]) -> None:
    assert read_throttle(output, "exit code 0", "xen-a") == rates


ODD = {
    "refused Operation not permitted\n": "Operation not permitted",
    "paced 5\nrefused Operation not permitted\n": "Operation not permitted",
    "paced 5\n": "exit code 255",
    "paced 0\nended\n": "exit code 255",
    "paced x\nended\n": "exit code 255",
    "Welcome\nended\n": "exit code 255",
    "": "exit code 255",
    "sh: 1: python3: not found\n": "exit code 255",
}


@pytest.mark.parametrize(("output", "why"), ODD.items())
def test_what_was_not_told_to_be_limited_to_the_end_is_not_taken_for_it(output: str, why: str) -> None:
    with pytest.raises(HypervisorError, match=re.escape(f"xen-a could not limit a transfer: {why}.")):
        read_throttle(output, "exit code 255", "xen-a")
