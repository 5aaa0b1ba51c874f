# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Noticing when a guest is suspended, and when it is given up: the commands, run here, with Xen's programs imitated."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from shell import run_command

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import HypervisorError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.later import Later
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Host
from ansible_collections.xenfleet.migration.plugins.module_utils._core.suspension import Suspension
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt import host_suspension
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.host_suspension import ask_suspension
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.shell import Shell

NOTHING = Suspension()
SHELL = Shell(Host("xen-a", "xen:///system"), run_command)
ASKED, DEVICE = "/local/domain/7/control/shutdown", "/libxl/7/device"
CONSOLE = f"{DEVICE}/console/0"
# Tells at once that it has begun, for each node, and then of what is written to `events`, a node in each line.
WATCH = f"""#!/bin/sh
[ "$*" = "-n 99 {ASKED} {DEVICE}" ] || exit 1
echo "$3"
echo "$4"
touch "{{0}}/begun"
exec tail -n +1 -f "{{0}}/events"
"""
XL = """#!/bin/sh
[ -s "{0}/state" ] || exit 1
printf 'Name  ID Mem VCPUs State Time(s)\\nmy dom 7 128 1 %s 9.0\\n' "$(cat "{0}/state")"
"""
READ = """#!/bin/sh
cat "{0}/request" && touch "{0}/looked"
"""


@pytest.fixture
def xen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with Xen's programs, and what they show of domain 7: ``state`` and ``request``; ``events`` are its events."""
    for name, text in {"xenstore-watch": WATCH, "xl": XL, "xenstore-read": READ}.items():
        (tmp_path / name).write_text(text.format(tmp_path))
        (tmp_path / name).chmod(0o755)
    show(tmp_path)
    (tmp_path / "events").touch()
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return tmp_path


def show(xen: Path, state: str = "-b----", request: str | None = "") -> None:
    """Have Xen show a domain like this; no request: the node has gone, and no state: so has the domain."""
    (xen / "state").write_text(state)
    (xen / "request").unlink(missing_ok=True) if request is None else (xen / "request").write_text(request)


def happens(xen: Path, node: str) -> None:
    with (xen / "events").open("a") as events:
        events.write(f"{node}\n")


def suspension(seen: Suspension = NOTHING) -> Suspension:
    return ask_suspension(SHELL, 7, seen)


def asking(xen: Path, seen: Suspension = NOTHING) -> Later[Suspension]:
    """Ask, and wait until it is being watched, and was looked at where nothing is known of it."""
    answer = Later(lambda: suspension(seen))
    wait_for(xen / ("looked" if seen is NOTHING else "begun"), answer)
    return answer


def wait_for(sign: Path, answer: Later[Any]) -> None:
    while not sign.exists():
        assert not answer.is_there_within(0.05)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the command wait for a second only."""
    before, after = host_suspension.COMMAND.split(f"timeout {host_suspension.SLICE_SECONDS} ")
    monkeypatch.setattr(host_suspension, "COMMAND", f"{before}timeout 1 {after}")


def given_up(xen: Path) -> None:
    show(xen, "--pss-")
    happens(xen, DEVICE)


@pytest.mark.parametrize(
    ("state", "request_"),
    [("-b----", "suspend"), ("r-----", ""), ("---ss-", "")],
    ids=["an idle guest is asked", "a busy one has taken the request out", "one is suspended already"],
)
def test_it_begins_when_the_guest_is_asked_and_ends_when_it_is_given_up(xen: Path, state: str, request_: str) -> None:
    answer = asking(xen)
    show(xen, state, request_)
    happens(xen, ASKED)
    assert not answer.is_there_within(0.5)
    given_up(xen)
    found = answer.get()
    assert (found.given_up, found.gone, found.missed) == (True, False, False)
    assert found.seconds is not None
    assert found.seconds >= 0


@pytest.mark.parametrize("request_", ["suspend", ""], ids=["is asked", "has taken the request out"])
def test_a_guest_that_was_asked_is_given_up_with_its_console_s_record(xen: Path, request_: str) -> None:
    """Nothing else is asked: xl would take its time just when the guest stands still."""
    (xen / "xl").write_text("#!/bin/sh\nexit 1\n")
    answer = asking(xen)
    show(xen, request=request_)
    happens(xen, ASKED)
    happens(xen, CONSOLE)
    found = answer.get()
    assert (found.given_up, found.gone, found.missed, found.seconds is not None) == (True, False, False, True)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("state", "given"), [("-b----", False), ("---ss-", False), ("--pss-", True)])
def test_of_one_that_was_not_asked_xl_has_to_show_that_it_is_given_up(xen: Path, state: str, given: bool) -> None:
    """Somebody may destroy it, or it is suspended from outside, as an HVM guest without PV drivers is."""
    (xen / "state").write_text(state)
    happens(xen, CONSOLE)
    assert suspension().given_up is given


def test_a_guest_that_was_asked_and_loses_another_device_is_looked_at(xen: Path) -> None:
    answer = asking(xen, Suspension(told=0.1, asked=0.1))
    happens(xen, f"{DEVICE}/vbd/51712")
    assert not answer.is_there_within(0.5)
    given_up(xen)
    assert answer.get().given_up


def test_its_beginning_is_the_first_request(xen: Path) -> None:
    answer = Later(lambda: SHELL.ask(host_suspension.COMMAND, "tell", "7 \n"))
    wait_for(xen / "looked", answer)
    show(xen, "--pss-", "suspend")
    for node in (ASKED, ASKED, DEVICE):
        happens(xen, node)
    assert [line.split()[0] for line in answer.get()[0].splitlines()] == ["asked", "given"]


def test_a_guest_that_is_asked_for_something_else_is_waited_for(xen: Path) -> None:
    answer = asking(xen)
    show(xen, request="poweroff")
    happens(xen, ASKED)
    assert not answer.is_there_within(0.5)
    given_up(xen)
    assert (answer.get().seconds, answer.get().given_up) == (None, True)


def test_of_a_guest_that_was_asked_before_no_moment_is_told(xen: Path) -> None:
    show(xen, request="suspend")
    answer = asking(xen)
    show(xen, "---ss-")
    happens(xen, ASKED)
    assert not answer.is_there_within(0.5)
    given_up(xen)
    assert (answer.get().seconds, answer.get().missed, answer.get().given_up) == (None, True, True)


def test_of_a_guest_that_was_suspended_before_no_moment_is_told(xen: Path) -> None:
    """Whatever becomes of its node after that."""
    show(xen, "---ss-")
    answer = asking(xen)
    show(xen, "---ss-", request=None)
    happens(xen, ASKED)
    assert not answer.is_there_within(0.5)
    show(xen, "--pss-", request=None)
    happens(xen, DEVICE)
    assert (answer.get().seconds, answer.get().given_up) == (None, True)


def test_a_moment_that_was_seen_before_is_kept(xen: Path) -> None:
    show(xen, "---ss-")
    answer = asking(xen, Suspension(told=0.1, asked=0.1))
    given_up(xen)
    assert (answer.get().asked, answer.get().missed, answer.get().given_up) == (0.1, False, True)


@pytest.mark.usefixtures("impatient")
def test_what_does_not_happen_for_a_while_is_waited_for_again(xen: Path) -> None:
    found = suspension()
    assert (xen / "begun").exists()
    assert (found.seconds, found.is_over) == (None, False)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("state", ["---ss-", "--p---", "-b----", "r-----", "--psr-", "---ss-d", "---s--"])
def test_any_other_domain_is_not_given_up_when_it_loses_a_device(xen: Path, state: str) -> None:
    (xen / "state").write_text(state)
    happens(xen, DEVICE)
    assert not suspension().is_over


def test_a_domain_that_is_gone_has_been_given_up_unseen(xen: Path) -> None:
    show(xen, state="", request=None)
    happens(xen, DEVICE)
    found = suspension()
    assert (found.gone, found.given_up, found.seconds) == (True, False, None)


@pytest.mark.usefixtures("impatient")
def test_a_guest_that_takes_the_node_away_has_not_gone(xen: Path) -> None:
    show(xen, request=None)
    happens(xen, ASKED)
    assert not suspension().is_over


def test_a_host_that_lets_nobody_watch_can_t_tell(xen: Path) -> None:
    (xen / "xenstore-watch").write_text("#!/bin/sh\necho 'xenstore-watch: permission denied' >&2; exit 1\n")
    with pytest.raises(HypervisorError, match=r"xen-a could not tell when a guest is suspended: .*permission denied\."):
        suspension()
