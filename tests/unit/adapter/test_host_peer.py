# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a host's libvirt gets at another's: the command itself, run here with virsh imitated, and what is made of answers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from shell import run_command

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import HypervisorError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Host
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.host_peer import SECONDS, ask_peer, read_peer
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.shell import Shell

URI = "xen+ssh://root@192.0.2.12/system?no_tty=1"
FAILED = """error: failed to connect to the hypervisor
error: Cannot recv data: Host key verification failed.: Connection reset by peer
"""
ANSWERS = {
    "the destination answers": ("xen-b\n\nended 0\n", None),
    "ssh has something to say, too": ("Warning: Permanently added\nxen-b\n\nended 0\n", None),
    "another host answers": ("xen-c\n\nended 0\n", "a host called xen-c is there, and not xen-b"),
    "one answers without a name": ("\nended 0\n", "a host called nothing is there, and not xen-b"),
    "root isn't let in": (
        f"{FAILED}\nended 1\n",
        "Cannot recv data: Host key verification failed.: Connection reset by peer",
    ),
    "nothing is said": ("\nended 1\n", "virsh ended with exit code 1"),
    "nobody answers": ("\nended 124\n", f"no answer within {SECONDS} s"),
    "what is answered looks like the end": ("x\nended 0\nxen-c\n\nended 1\n", "x ended 0 xen-c"),
}


@pytest.mark.parametrize(("output", "reason"), ANSWERS.values(), ids=ANSWERS.keys())
def test_a_destination_is_there_or_not_when(output: str, reason: str | None) -> None:
    assert read_peer(output, "exit code 0", "xen-a", URI, "xen-b") == reason


CANT = {
    "user\n": "its shell is not root's",
    "virsh\n": "it has no virsh",
    "": "exit code 255",
    "sh: broken\n": "exit code 255",
}


@pytest.mark.parametrize(("output", "why"), CANT.items())
def test_a_host_can_t_try_when(output: str, why: str) -> None:
    with pytest.raises(HypervisorError, match=f"xen-a could not try to connect to .*: {why}"):
        read_peer(output, "exit code 255", "xen-a", URI, "xen-b")


def imitate(directory: Path, monkeypatch: pytest.MonkeyPatch, user: int = 0) -> None:
    """Programs that come first on PATH: who we are, and a virsh that writes down its arguments and its environment."""
    programs = {
        "id": f"echo {user}",
        "virsh": f'echo "$@" >{directory}/asked; env >{directory}/environment; cat; echo xen-b',
    }
    for name, text in programs.items():
        (directory / name).write_text(f"#!/bin/sh\n{text}\n")
        (directory / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{directory}:{os.environ['PATH']}")


def test_the_command_asks_as_the_daemon_would_and_takes_the_uri_for_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imitate(tmp_path, monkeypatch)
    monkeypatch.setenv("SSH_AUTH_SOCK", "/run/agent-of-our-login")
    uri = f"{URI}&x=$(touch${{IFS}}{tmp_path}/evil)'`\""
    assert ask_peer(Shell(Host("xen-a", "xen:///system"), run_command), uri, "xen-b") is None
    assert (tmp_path / "asked").read_text() == f"-q -c {uri} hostname\n"
    assert "agent-of-our-login" not in (tmp_path / "environment").read_text()
    assert not (tmp_path / "evil").exists()


def test_the_command_tries_nothing_as_somebody_else_than_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    imitate(tmp_path, monkeypatch, user=1000)
    with pytest.raises(HypervisorError, match="its shell is not root's"):
        ask_peer(Shell(Host("xen-a", "xen:///system"), run_command), URI, "xen-b")
    assert not (tmp_path / "asked").exists()
