# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A shell on a host: what ssh is started with, and how its end is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import HypervisorError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Host
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.shell import Run, Shell

XEN_A = Host("xen-a", "xen+ssh://192.0.2.11/system")

OPTIONS = {
    "xen+ssh://192.0.2.11/system": ([], "192.0.2.11"),
    "xen+ssh://root@192.0.2.11/system": ([], "root@192.0.2.11"),
    "xen+ssh://root@[2001:db8::1]:2222/": (["-p", "2222"], "root@2001:db8::1"),
    "xen+ssh://h/?keyfile=/k%20y": (["-i", "/k y"], "h"),
    "xen+libssh://h/?known_hosts=/a%20b": (["-o", 'UserKnownHostsFile="/a b"'], "h"),
    "xen+ssh://h/?no_verify=1": (["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"], "h"),
    "xen+libssh://h/?known_hosts_verify=ignore": (
        ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"], "h",
    ),
}  # fmt: skip


Make = Callable[[Host, Run], Shell]
STARTED = ["ssh", "-T", "-x", "-o", "BatchMode=yes", "-o", "ConnectTimeout=60", "-o", "ServerAliveInterval=15"]


@pytest.fixture
def shell() -> Iterator[Make]:
    """Make shells that are closed afterwards."""
    made: list[Shell] = []

    def make(host: Host, run: Run) -> Shell:
        made.append(Shell(host, run))
        return made[-1]

    yield make
    for one in made:
        one.close()


class Recorder:
    """Keeps what was run, and answers."""

    def __init__(self, output: str = "", complaint: str = "", code: int = 0) -> None:
        self.started: list[tuple[list[str], str | None]] = []
        self._answer = (code, output, complaint)

    def __call__(self, argv: list[str], data: str | None) -> tuple[int, str, str]:
        self.started.append((argv, data))
        return self._answer


def test_what_several_programs_complain_of_is_told_once_and_on_one_line(shell: Make) -> None:
    run = Recorder(complaint="xl: Permission denied\n\nxs: no\nxl: Permission denied\n", code=1)
    assert shell(XEN_A, run).ask("command", "say it") == ("", "xl: Permission denied; xs: no")


@pytest.mark.parametrize(("uri", "expected"), OPTIONS.items())
def test_ssh_goes_the_way_of_the_connection(shell: Make, uri: str, expected: tuple[list[str], str]) -> None:
    run = Recorder("said")
    assert shell(Host("xen-a", uri), run).ask("command", "say it") == ("said", "exit code 0")
    ((argv, data),) = run.started
    options, target = expected
    assert data is None
    assert argv[:9] == STARTED
    shared = dict(word.split("=") for word in argv[10:15:2])
    assert (shared["ControlMaster"], shared["ControlPersist"]) == ("auto", "60")
    assert argv[15:-3] == [*options, "-n"]
    assert argv[-3:-1] == ["--", target]
    assert argv[-1].endswith("; command")


def test_what_a_command_works_on_comes_by_standard_input(shell: Make) -> None:
    run = Recorder()
    shell(XEN_A, run).ask("command", "say it", "$(evil)\n")
    ((argv, data),) = run.started
    assert data == "$(evil)\n"
    assert "-n" not in argv
    assert "evil" not in " ".join(argv)


def sockets(argv: list[str]) -> Path:
    return Path(next(word for word in argv if word.startswith("ControlPath=")).partition("=")[2]).parent


def test_all_commands_share_one_login_that_ends_with_close(shell: Make) -> None:
    run = Recorder()
    made = shell(XEN_A, run)
    made.ask("first", "say it")
    made.ask("second", "say it")
    place = sockets(run.started[0][0])
    assert place == sockets(run.started[1][0])
    assert place.stat().st_mode & 0o777 == 0o700
    made.close()
    assert run.started[-1][0][-4:] == ["-O", "exit", "--", "192.0.2.11"]
    assert not place.exists()


def test_a_shell_that_nobody_used_starts_nothing_when_it_is_closed(shell: Make) -> None:
    run = Recorder()
    shell(XEN_A, run).close()
    assert run.started == []


def test_the_machine_itself_needs_no_ssh(shell: Make) -> None:
    run = Recorder()
    shell(Host("xen-a", "xen:///system"), run).ask("command", "say it")
    assert run.started[0][0][:2] == ["sh", "-c"]


@pytest.mark.parametrize(("complaint", "why"), [("ssh: no route\n", "ssh: no route"), ("", "exit code 3")])
def test_why_there_is_no_answer_is_told(shell: Make, complaint: str, why: str) -> None:
    assert shell(XEN_A, Recorder("", complaint, 3)).ask("command", "say it") == ("", why)


def no_ssh(_argv: list[str], _data: str | None) -> tuple[int, str, str]:
    raise OSError("no ssh here")


def test_a_connection_that_is_no_ssh_has_no_shell(shell: Make) -> None:
    with pytest.raises(HypervisorError, match=r"xen-a could not say it: there is no shell on it over xen\+tls"):
        shell(Host("xen-a", "xen+tls://h/system"), no_ssh).ask("command", "say it")


def test_a_shell_that_can_t_be_had_is_told(shell: Make) -> None:
    made = shell(XEN_A, no_ssh)
    with pytest.raises(HypervisorError, match=r"its shell could not be had \(no ssh here\)"):
        made.ask("command", "say it")
    made.close()
