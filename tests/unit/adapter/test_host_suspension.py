# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Noticing when a guest is suspended, and when it is given up: the commands, run here, with Xen's programs imitated."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from shell import run_command

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import HypervisorError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.later import Later
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Host
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt import host_suspension
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.host_suspension import (
    ask_given_up,
    ask_suspension,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.shell import Shell

# Tells at once that it has begun, as the real one does, and of an event; if it is to tell of more, it waits on for them.
WATCH = """#!/bin/sh
case $* in "-n 2 /local/domain/7/control/shutdown" | "-n 99 /libxl/7/device") ;; *) exit 1 ;; esac
echo "$3"
touch "{0}/begun"
until [ -e "{0}/event" ]; do sleep 0.02; done
echo "$3"
[ "$2" = 2 ] || exec sleep 1000
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
    ("state", "then", "request_"),
    [("-b----", "-b----", "suspend"), ("r-----", "r-----", ""), ("-b----", "---ss-", "")],
    ids=["an idle guest is asked", "a busy one has taken the request out", "one is suspended already"],
)
def test_the_event_is_the_moment(xen: Path, state: str, then: str, request_: str) -> None:
    assert after_an_event(xen, state, then, request_) is True


def test_a_guest_that_is_asked_for_something_else_is_waited_for_again(xen: Path) -> None:
    assert after_an_event(xen, "-b----", "-b----", "poweroff") is False


def test_of_a_domain_that_goes_no_moment_is_told(xen: Path) -> None:
    assert after_an_event(xen, "-b----", "", None) is None


def after_an_event(xen: Path, state: str, then: str, request_: str | None) -> bool | None:
    (xen / "state").write_text(state)
    asking = Later(suspension)
    assert not asking.is_there_within(0.5)
    (xen / "state").write_text(then)
    (xen / "request").unlink() if request_ is None else (xen / "request").write_text(request_)
    (xen / "event").touch()
    return asking.get()


@pytest.mark.parametrize(
    ("state", "request_"), [("-b----", "suspend"), ("---ss-", "")], ids=["asked before", "suspended before"]
)
def test_of_a_guest_that_was_asked_before_no_moment_is_told(xen: Path, state: str, request_: str) -> None:
    (xen / "state").write_text(state)
    (xen / "request").write_text(request_)
    assert suspension() is None


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the commands wait for a second only."""
    for name in ("COMMAND", "COMMAND_GIVEN_UP"):
        before, after = getattr(host_suspension, name).split(f"timeout {host_suspension.SLICE_SECONDS} ")
        monkeypatch.setattr(host_suspension, name, f"{before}timeout 1 {after}")


@pytest.mark.usefixtures("impatient")
def test_what_is_not_asked_for_a_while_is_waited_for_again(xen: Path) -> None:
    assert suspension() is False
    assert (xen / "begun").exists()


def given_up() -> bool | None:
    return ask_given_up(Shell(Host("xen-a", "xen:///system"), run_command), 7)


def test_a_suspended_domain_that_is_paused_and_loses_a_device_is_given_up(xen: Path) -> None:
    (xen / "state").write_text("--pss-")
    asking = Later(given_up)
    assert not asking.is_there_within(0.5)
    (xen / "event").touch()
    assert asking.get() is True


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("state", ["---ss-", "--p---", "-b----", "r-----", "--psr-", "---ss-d", "---s--"])
def test_any_other_domain_is_not_given_up_when_it_loses_a_device(xen: Path, state: str) -> None:
    (xen / "state").write_text(state)
    (xen / "event").touch()
    assert given_up() is False


@pytest.mark.usefixtures("impatient")
def test_a_domain_that_is_gone_has_been_given_up_unseen(xen: Path) -> None:
    (xen / "xl").write_text("#!/bin/sh\nexit 1\n")
    assert given_up() is None


def test_a_host_that_lets_nobody_watch_can_t_tell(xen: Path) -> None:
    (xen / "xenstore-watch").write_text("#!/bin/sh\necho 'xenstore-watch: permission denied' >&2; exit 1\n")
    with pytest.raises(HypervisorError, match=r"xen-a could not tell when a guest is suspended: .*permission denied\."):
        suspension()
    with pytest.raises(HypervisorError, match=r"xen-a could not tell when it gives a domain up: .*permission denied\."):
        given_up()
