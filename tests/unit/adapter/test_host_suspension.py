# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Noticing that a guest is asked to suspend itself: the command itself, run here, with Xen's programs imitated."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from shell import run_command

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import HypervisorError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.later import Later
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Host
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt import host_suspension
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.host_suspension import ask_suspension
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.shell import Shell

# Tells of a change to the file "request", and at once that it has begun, as the real one does.
WATCH = """#!/bin/sh
[ "$*" = "-n 2 /local/domain/7/control/shutdown" ] || exit 1
echo "$3"
touch "{0}/begun"
until [ -e "{0}/event" ]; do sleep 0.02; done
echo "$3"
"""
XL = """#!/bin/sh
printf 'Name  ID Mem VCPUs State Time(s)\\nmy dom 7 128 1 %s 9.0\\n' "$(cat "{0}/state")"
"""
READ = """#!/bin/sh
cat "{0}/request"
"""


@pytest.fixture
def xen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with Xen's programs, and what they show of domain 7: ``state`` and ``request``; ``event`` is one."""
    for name, text in {"xenstore-watch": WATCH, "xl": XL, "xenstore-read": READ}.items():
        (tmp_path / name).write_text(text.format(tmp_path))
        (tmp_path / name).chmod(0o755)
    (tmp_path / "state").write_text("-b----")
    (tmp_path / "request").write_text("")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return tmp_path


def suspension() -> bool | None:
    return ask_suspension(Shell(Host("xen-a", "xen:///system"), run_command), 7)


@pytest.mark.parametrize(
    ("state", "request_", "answer"),
    [("-b----", "", True), ("r-----", "", True), ("-b----", "suspend", None), ("---ss-", "", None)],
    ids=["idle", "busy", "asked before", "suspended before"],
)
def test_the_event_is_the_moment_unless_the_guest_was_asked_before(
    xen: Path, state: str, request_: str, answer: bool | None
) -> None:
    (xen / "state").write_text(state)
    (xen / "request").write_text(request_)
    asking = Later(suspension)
    assert not asking.is_there_within(0.5)
    (xen / "event").touch()
    assert asking.get() is answer


def test_what_is_not_asked_for_a_while_is_waited_for_again(xen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = host_suspension.COMMAND.split(f"timeout {host_suspension.SLICE_SECONDS} ")
    monkeypatch.setattr(host_suspension, "COMMAND", f"{before}timeout 1 {after}")
    assert suspension() is False
    assert (xen / "begun").exists()


def test_a_host_that_lets_nobody_watch_can_t_tell(xen: Path) -> None:
    (xen / "xenstore-watch").write_text("#!/bin/sh\necho 'xenstore-watch: permission denied' >&2; exit 1\n")
    with pytest.raises(HypervisorError, match=r"xen-a could not tell when a guest is suspended: .*permission denied\."):
        suspension()
