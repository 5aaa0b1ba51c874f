# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repairs by a host's shell: the commands themselves, run here, with Xen's and systemd's programs imitated."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from shell import run_command

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import HypervisorError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Host
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.host_repair import (
    ask_clear_away,
    ask_destroy,
    ask_restart,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.shell import Shell

pytestmark = pytest.mark.usefixtures("alone")

UUID = "328b7b44-0a68-46c1-bf34-e55d54fdcb66"
OTHER = "95d887a0-90f0-4d25-9cf5-89af38c8e38a"
HEAD = (
    "Name                                        ID   Mem VCPUs\tState\tTime(s)   UUID                            Reason-Code"
    "\tSecurity Label"
)
HERE = Host("xen-a", "xen:///system")

# What each program of the host does; all write down how they were called.
XL = '[ "$1" = list ] && {{ cat {where}/listed; exit "$(cat {where}/code)"; }}; exit "$(cat {where}/destroyed)"'
SYSTEMCTL = (
    '[ "$1" = restart ] && exit "$(cat {where}/restarted)"; shift 2;'
    ' for one; do ! grep -qx "$one" {where}/active || exit 0; done; exit 3'
)
PROGRAMS = {"xl": XL, "systemctl": SYSTEMCTL, "id": "cat {where}/user"}
FILES = {"listed": "", "code": "0", "destroyed": "0", "active": "libvirtd.service\n", "restarted": "0", "user": "0\n"}


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of a host's programs, first on PATH, and of what they show."""
    for name, does in PROGRAMS.items():
        text = f'#!/bin/sh\necho "{name} $*" >>{tmp_path}/asked\n{does.format(where=tmp_path)}\n'
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return tmp_path


def asked(host: Path) -> list[str]:
    """Return what was asked of the programs, but for who is asking."""
    lines = (host / "asked").read_text().splitlines()
    return [line for line in lines if line != "id -u"]


def show(host: Path, state: str = "--p---", time: str = "0.0", reason: str = "-", **more: str) -> None:
    """Have ``xl list -v 7`` show a domain."""
    name, uuid = more.get("name", "web01"), more.get("uuid", UUID)
    row = f"{name:<40}     7   128     1     {state}  {time:>8} {uuid} {reason:>8}                -"
    (host / "listed").write_text(f"{HEAD}\n{row}\n")


def destroy(never_ran: bool = True) -> None:
    ask_destroy(Shell(HERE, run_command), UUID, 7, never_ran)


def restart() -> None:
    ask_restart(Shell(HERE, run_command))


DESTROYED: dict[str, tuple[bool, str, str, str]] = {
    "a copy that never ran": (True, "--p---", "0.0", "-"),
    "a suspended shell": (False, "---ss-", "48.7", "2"),
    "a suspended shell that is paused, too": (False, "--pss-", "48.7", "2"),
}
KEPT: dict[str, tuple[bool, str, str, str]] = {
    "runs by now": (True, "-b----", "0.0", "-"),
    "runs just now": (True, "r-----", "0.4", "-"),
    "is paused, and ran": (True, "--p---", "0.1", "-"),
    "is paused, and waits for something": (True, "-bp---", "0.0", "-"),
    "is suspended, and was not to be": (True, "---ss-", "0.0", "2"),
    "dies": (True, "--p--d", "0.0", "-"),
    "runs, and was to be suspended": (False, "-b----", "48.7", "-"),
    "is paused, and was to be suspended": (False, "--p---", "48.7", "-"),
    "never ran, and was to be suspended": (False, "--p---", "0.0", "-"),
    "has crashed": (False, "---sc-", "48.7", "3"),
    "is shut down for another reason": (False, "---ss-", "48.7", "4"),
    "dies suspended": (False, "---ssd", "48.7", "2"),
}


@pytest.mark.parametrize(("never_ran", "state", "time", "reason"), DESTROYED.values(), ids=DESTROYED.keys())
@pytest.mark.parametrize("name", ["web01", "my dom", f"x 9 128 1 ---ss- 9.9 {OTHER} 2 -"])
def test_destroyed_is(host: Path, never_ran: bool, state: str, time: str, reason: str, name: str) -> None:
    show(host, state, time, reason, name=name)
    destroy(never_ran)
    assert asked(host) == ["xl list -v 7", "xl destroy 7"]


@pytest.mark.parametrize(("never_ran", "state", "time", "reason"), KEPT.values(), ids=KEPT.keys())
def test_not_destroyed_is_one_that(host: Path, never_ran: bool, state: str, time: str, reason: str) -> None:
    show(host, state, time, reason)
    with pytest.raises(HypervisorError) as raised:
        destroy(never_ran)
    assert f"it is no longer what it was (xl list -v: {state} {time} {reason})" in str(raised.value)
    assert "xen-a could not destroy the copy with the Xen id 7" in str(raised.value)
    assert asked(host) == ["xl list -v 7"]


@pytest.mark.parametrize(("state", "reason"), [("---s--", "0"), ("---sr-", "1"), ("---sc-", "3"), ("-b-s--", "0")])
def test_cleared_away_is_a_guest_that_has_ended(host: Path, state: str, reason: str) -> None:
    show(host, state, "19.2", reason)
    ask_clear_away(Shell(HERE, run_command), UUID, 7)
    assert asked(host) == ["xl list -v 7", "xl destroy 7"]


@pytest.mark.parametrize(
    ("state", "reason"), [("-b----", "-"), ("---ss-", "2"), ("---sw-", "4"), ("---s-d", "0"), ("--p---", "-")]
)
def test_not_cleared_away_is_what_has_not_ended_so(host: Path, state: str, reason: str) -> None:
    show(host, state, "19.2", reason)
    with pytest.raises(HypervisorError, match="it is no longer what it was"):
        ask_clear_away(Shell(HERE, run_command), UUID, 7)
    assert asked(host) == ["xl list -v 7"]


@pytest.mark.parametrize("shown", ["nothing", "another domain"])
def test_one_that_is_gone_already_is_fine(host: Path, shown: str) -> None:
    if shown == "another domain":
        show(host, uuid=OTHER)
    destroy()
    assert asked(host) == ["xl list -v 7"]


def test_one_that_xen_does_not_give_up_is_told(host: Path) -> None:
    show(host)
    (host / "destroyed").write_text("1")
    with pytest.raises(HypervisorError, match=r"xen-a could not destroy the copy with the Xen id 7: exit code 1\."):
        destroy()


REPAIRS = {"restart": restart, "destroy": destroy}


@pytest.mark.parametrize("repair", REPAIRS)
def test_only_root_s_shell_does_anything(host: Path, repair: str) -> None:
    show(host)
    (host / "user").write_text("1000\n")
    with pytest.raises(HypervisorError, match="its shell is not root's"):
        REPAIRS[repair]()
    assert asked(host) == []


@pytest.mark.parametrize(
    ("active", "unit"),
    [
        ("libvirtd.service", "libvirtd"),
        ("libvirtd.service\nvirtqemud.socket", "libvirtd"),
        ("virtxend.service", "virtxend"),
        ("virtxend.socket", "virtxend"),
        ("", "libvirtd"),
    ],
)
def test_the_daemon_that_drives_xen_is_restarted(host: Path, active: str, unit: str) -> None:
    (host / "active").write_text(f"{active}\n")
    restart()
    assert asked(host)[-1] == f"systemctl restart {unit}"


def test_a_daemon_that_does_not_come_back_is_told(host: Path) -> None:
    (host / "restarted").write_text("1")
    with pytest.raises(HypervisorError, match=r"xen-a could not restart its libvirt daemon: exit code 1\."):
        restart()


def test_a_daemon_under_which_memory_is_sent_is_left_alone(host: Path) -> None:
    helper = host / "libxl-save-helper"
    shutil.copy(shutil.which("cat") or "", helper)
    with subprocess.Popen([helper], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        with pytest.raises(HypervisorError, match="is being sent or received there just now"):
            ask_restart(Shell(HERE, run_command))
        process.kill()
    assert asked(host) == []
    restart()
    assert asked(host)[-1] == "systemctl restart libvirtd"
