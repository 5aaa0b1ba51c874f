# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moves that are slow, and moves that stand still, on the fake libvirt, whose transfers take as long as they are told to.

A domain has 256 MiB; what takes 150 s on real hosts takes half a second here. What is slow goes on each time that it is looked
at: on a machine that is busy with something else it takes longer, and is seen to move as often.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any, ClassVar

import pytest
from fleet import FakeFleet
from make import move
from running import connect, folder, run, run_one

from ansible_collections.xenfleet.migration.plugins.module_utils._core.at_once import AtOnce, LockedFiles
from ansible_collections.xenfleet.migration.plugins.module_utils._core.caller import Caller
from ansible_collections.xenfleet.migration.plugins.module_utils._core.connections import host_records
from ansible_collections.xenfleet.migration.plugins.module_utils._core.ends import ConnectionEnds
from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import HypervisorError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.evidence import HostEvidence
from ansible_collections.xenfleet.migration.plugins.module_utils._core.hypervisor import NOT_SENDING, Connection
from ansible_collections.xenfleet.migration.plugins.module_utils._core.migration import Request, migrate
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import (
    Cause,
    Limit,
    OnTimeout,
    Outcome,
    Status,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._core.progress import Phase, Progress
from ansible_collections.xenfleet.migration.plugins.module_utils._core.trace import Stall
from ansible_collections.xenfleet.migration.plugins.module_utils._core.transfer import send_within
from ansible_collections.xenfleet.migration.plugins.module_utils._core.watch import Watch
from ansible_collections.xenfleet.migration.plugins.module_utils._core.wish import make_wishes

CORE = "ansible_collections.xenfleet.migration.plugins.module_utils._core"
STALLED: dict[str, Any] = {"mib_per_s": 10_000, "stops_mib": 128}
SLOW: dict[str, Any] = {"mib_per_look": 16, "passes": 2}
AT_MOST_SECONDS = 60
"""For what has to happen; a test that waited for so long has failed."""


@pytest.fixture(autouse=True)
def short_times(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"trace.STALL_SECONDS": 0.5, "trace.ASK_SECONDS": 0.05, "watch.LOOK_SECONDS": 0.02}
    for name, value in {
        **values,
        "transfer.TICK_SECONDS": 0.02,
        "transfer.UNHEARD_SECONDS": 0.2,
        "teller.TICK_SECONDS": 0.02,
    }.items():
        monkeypatch.setattr(f"{CORE}.{name}", value)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause that a busy machine makes is taken for a stall."""
    monkeypatch.setattr(f"{CORE}.trace.STALL_SECONDS", AT_MOST_SECONDS)


@pytest.fixture
def web01(fleet: FakeFleet) -> FakeFleet:
    fleet.add_domain("web01", "xen-a", autostart=True)
    return fleet


After = Callable[[Event, Callable[[], None]], None]


@pytest.fixture
def after() -> Iterator[After]:
    """Do something when an event has come, while the test goes on; at the end of the test it has been done."""
    with ThreadPoolExecutor() as pool:
        begun = []

        def do(event: Event, what: Callable[[], None]) -> None:
            begun.append(pool.submit(lambda: what() if event.wait(AT_MOST_SECONDS) else pytest.fail("it never came")))

        yield do
        for each in begun:
            each.result()


def event_after(monkeypatch: pytest.MonkeyPatch, owner: type, name: str, is_it: Callable[[Any], bool]) -> Event:
    """Return an event that comes when a class's method has returned what ``is_it``."""
    event, real = Event(), getattr(owner, name)

    def noticing(self: Any, *arguments: Any, **named: Any) -> Any:
        returned = real(self, *arguments, **named)
        if is_it(returned):
            event.set()
        return returned

    monkeypatch.setattr(owner, name, noticing)
    return event


def told(outcome: Outcome) -> tuple[Status, Cause | None]:
    return outcome.status, outcome.stopped_because


def test_a_stalled_move_is_stopped_although_it_has_time_left(web01: FakeFleet) -> None:
    web01.stream("web01", "xen-a", "xen-b", **STALLED)
    before = web01.domain("web01", "xen-a")
    outcome = run_one(web01)
    assert told(outcome) == (Status.ABORTED, Cause.STALLED)
    assert "stalled: nothing of it had moved for" in str(outcome.error)
    assert "48 % of its memory had arrived and 134217728 bytes had been acknowledged" in str(outcome.error)
    assert "timeout" not in str(outcome.error)
    assert web01.domain("web01", "xen-a") == before
    assert web01.placement() == {"web01": ["xen-a: running"]}


def test_a_destination_that_doesn_t_hear_of_the_end_is_told(web01: FakeFleet) -> None:
    web01.stream("web01", "xen-a", "xen-b", how="cut", **STALLED)
    assert told(run_one(web01)) == (Status.ABORTED, Cause.STALLED)
    assert web01.placement() == {"web01": ["xen-a: running"]}


@pytest.mark.parametrize("options", [{"timeout": 0.0}, {"timeout": 60.0}])
def test_a_stalled_move_is_stopped_whatever_its_timeout(web01: FakeFleet, options: dict[str, Any]) -> None:
    web01.stream("web01", "xen-a", "xen-b", **STALLED)
    assert told(run_one(web01, **options)) == (Status.ABORTED, Cause.STALLED)


@pytest.mark.usefixtures("patient")
def test_a_slow_move_is_seen_through(web01: FakeFleet) -> None:
    web01.stream("web01", "xen-a", "xen-b", **SLOW)
    outcome = run_one(web01)
    assert (*told(outcome), outcome.warnings) == (Status.MOVED, None, ())
    assert outcome.timeout == 300 + 153.6
    assert web01.placement() == {"web01": ["xen-b: running"]}


@pytest.mark.usefixtures("patient")
def test_a_move_over_its_timeout_is_no_stalled_one(web01: FakeFleet) -> None:
    web01.stream("web01", "xen-a", "xen-b", **SLOW)
    outcome = run_one(web01, timeout=0.3)
    assert told(outcome) == (Status.ABORTED, Cause.TIMEOUT)
    assert "stalled" not in str(outcome.error)


def test_a_stalled_move_that_is_to_be_waited_for_is_seen_through_and_no_other_is_begun(
    web01: FakeFleet, after: After, monkeypatch: pytest.MonkeyPatch
) -> None:
    web01.add_domain("db01", "xen-a")
    web01.stream("web01", "xen-a", "xen-b", **STALLED)
    stalled = event_after(monkeypatch, Watch, "tick", lambda stall: stall is not None)
    after(stalled, lambda: web01.change_host("xen-a", slow={}))
    first, second = run(web01, {"web01": "xen-b", "db01": "xen-b"}, on_timeout=OnTimeout.WAIT).outcomes
    assert (told(first), first.stalled) == ((Status.MOVED, None), True)
    assert "stalled: nothing of it had moved for" in first.warnings[0]
    assert "It was seen through." in first.warnings[0]
    assert (second.status, "the move of web01 had stalled" in str(second.error)) == (Status.NOT_BEGUN, True)


def test_a_stalled_move_that_can_t_be_stopped_any_more_is_seen_through(web01: FakeFleet) -> None:
    web01.stream("web01", "xen-a", "xen-b", how="suspended", **STALLED)
    outcome = run_one(web01)
    assert told(outcome) == (Status.MOVED, None)
    assert "It was not stopped: its guest is suspended already" in outcome.warnings[0]


def test_a_stalled_move_of_a_suspended_guest_is_stopped_and_the_guest_made_to_run_on(web01: FakeFleet) -> None:
    web01.stream("web01", "xen-a", "xen-b", how="stuck", **STALLED)
    outcome = run_one(web01)
    assert told(outcome) == (Status.ABORTED, Cause.STALLED)
    assert "Mended. web01: a broken move left it standing still" in outcome.warnings[0]
    assert web01.in_xen() == {"web01": ["xen-a: running"]}
    assert web01.domain("web01", "xen-a")["autostart"]


def test_a_move_whose_last_memory_was_lost_on_the_way_is_stopped_at_its_timeout(web01: FakeFleet) -> None:
    """No process sends it any more, and the destination waits for it: libvirt would, too."""
    web01.stream("web01", "xen-a", "xen-b", how="swallowed", **STALLED)
    outcome = run_one(web01, timeout=0.3)
    assert told(outcome) == (Status.ABORTED, Cause.TIMEOUT)
    assert "Mended. web01: a broken move left it standing still" in outcome.warnings[0]
    assert web01.in_xen() == {"web01": ["xen-a: running"]}
    assert web01.domain("web01", "xen-a")["autostart"]


SEEN_THROUGH = {"on_timeout": OnTimeout.WAIT}
"""What has no end can't be seen through."""


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"timeout": 0.3},
        SEEN_THROUGH,
        {"timeout": 0.3, **SEEN_THROUGH},
        {"encrypted": True},
        {"encrypted": True, "timeout": 0.3},
        {"encrypted": True, **SEEN_THROUGH},
    ],
)
def test_a_move_whose_receiving_process_stands_still_with_all_of_the_memory_is_stopped(
    web01: FakeFleet, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]
) -> None:
    """Nothing sends it any more, and nothing has it run: libvirt would wait for ever."""
    monkeypatch.setattr(f"{CORE}.reception.LOST_SECONDS", 0.1)
    web01.stream("web01", "xen-a", "xen-b", how="left", **STALLED)
    outcome = run_one(web01, **options)
    assert told(outcome) == (Status.ABORTED, _cause(options))
    assert "Mended. web01: a broken move left it standing still" in outcome.warnings[0]
    assert web01.in_xen() == {"web01": ["xen-a: running"]}
    assert web01.domain("web01", "xen-a")["autostart"]


@pytest.mark.parametrize("options", [{}, {"timeout": 0.3}, SEEN_THROUGH])
def test_a_move_of_whose_end_its_destination_never_hears_is_stopped(
    web01: FakeFleet, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]
) -> None:
    """Its own firewall told the source, say: libvirt would wait there for ever, and the task with it."""
    monkeypatch.setattr(f"{CORE}.reception.LOST_SECONDS", 0.1)
    web01.stream("web01", "xen-a", "xen-b", how="reset", **STALLED)
    before = web01.domain("web01", "xen-a")
    outcome = run_one(web01, **options)
    assert told(outcome) == (Status.ABORTED, _cause(options))
    assert web01.placement() == {"web01": ["xen-a: running"]}
    assert web01.domain("web01", "xen-a") == before


def _cause(options: dict[str, Any]) -> Cause:
    return Cause.TIMEOUT if "timeout" in options and "on_timeout" not in options else Cause.STALLED


class Host:
    """Sends nothing (as a source), and tells of what it waits for (as a destination), or can't be asked."""

    def __init__(self, waits: Connection | HypervisorError | bool = False) -> None:
        self._waits = waits

    def end_transfer(self, *_what: str) -> str:
        return NOT_SENDING

    def waiting_reception(self, _uuid: str) -> Connection | bool:
        if isinstance(self._waits, HypervisorError):
            raise self._waits
        return self._waits

    def end_reception(self, _connection: Connection) -> None:
        """Do so."""

    def evidence(self) -> HostEvidence:
        return HostEvidence()


@pytest.mark.parametrize("waits", [False, True, HypervisorError("xen-b", "watch a transfer", "no route")])
def test_nothing_is_ended_unless_the_destination_is_known_to_wait_for_it(waits: HypervisorError | bool) -> None:
    source: Any = Host()
    destination: Any = Host(waits)
    assert ConnectionEnds(move(), source, destination).at_source() == NOT_SENDING


@pytest.mark.usefixtures("patient")
def test_a_timeout_alone_doesn_t_stop_the_move_of_a_suspended_guest(web01: FakeFleet) -> None:
    web01.stream("web01", "xen-a", "xen-b", how="stuck", mib_per_s=256)
    assert told(run_one(web01, timeout=0.3)) == (Status.MOVED, None)
    assert web01.placement() == {"web01": ["xen-b: running"]}


def test_a_suspended_guest_s_move_is_waited_for_while_its_destination_can_t_be_asked(
    web01: FakeFleet, after: After, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nobody can see whether it has a copy, the guest would stand still all the same."""
    web01.stream("web01", "xen-a", "xen-b", how="stuck", **STALLED)
    under_way = event_after(monkeypatch, Watch, "_look", lambda look: look.acked is not None)
    after(under_way, lambda: web01.set_up("xen-b", False))
    tried = event_after(monkeypatch, ConnectionEnds, "at_source", lambda why: why is not None)
    after(tried, lambda: web01.change_host("xen-a", slow={}))
    outcome = run_one(web01)
    assert outcome.stopped_because is None
    assert "It was not stopped: its guest is suspended already" in outcome.warnings[0]


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("on_timeout", OnTimeout)
def test_a_move_whose_source_loses_power_comes_to_an_end(
    web01: FakeFleet, after: After, monkeypatch: pytest.MonkeyPatch, on_timeout: OnTimeout
) -> None:
    """Seen in the lab: libvirt at the destination waits for the rest of the memory for ever, and the task with it."""
    web01.stream("web01", "xen-a", "xen-b", **STALLED)
    under_way = event_after(monkeypatch, Watch, "_look", lambda look: look.acked is not None)
    after(under_way, lambda: web01.set_up("xen-a", False))
    outcome = run_one(web01, on_timeout=on_timeout)
    assert told(outcome) == (Status.IN_DOUBT, None)
    (warning,) = [text for text in outcome.warnings if "transfer" in text]
    assert warning.endswith("its source could not be asked any more. xen-b was told not to wait for it any longer.")
    web01.set_up("xen-a", True)
    assert web01.placement() == {"web01": ["xen-a: running"]}


class NeverSent:
    """A transfer that ends when it has been waited for three times; ``waits`` are for how long."""

    waits: ClassVar[list[float]] = []

    def __init__(self, _send: Callable[[], bool]) -> None:
        self.waits.clear()

    def is_there_within(self, seconds: float) -> bool:
        self.waits.append(seconds)
        return len(self.waits) > 3

    def get(self) -> bool:
        raise HypervisorError("xen-a", "move a domain", "no answer")


def test_a_deserted_destination_is_asked_now_and_then_also_after_the_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{CORE}.transfer.Later", NeverSent)
    destination: Any = Host(Connection("192.0.2.11:55022", "192.0.2.12:49152"))
    ends = ConnectionEnds(move(), destination, destination)
    sent = send_within(Limit(0.0), lambda: False, ends, lambda: Stall(30, "nothing", deserted=True))
    assert (sent.given_up, NeverSent.waits[1:3]) == (True, [0.02, 0.02])


def test_what_nobody_can_see_is_not_taken_for_stalled(web01: FakeFleet) -> None:
    """The destination doesn't tell its free memory, and the source's shell finds no connection."""
    web01.fail("xen-b", "getFreeMemory", skip=1, times=10_000)
    web01.stream("web01", "xen-a", "xen-b", how="starting", mib_per_s=256, passes=1)
    assert told(run_one(web01)) == (Status.MOVED, None)


def progress_of(fleet: FakeFleet, **options: Any) -> list[Progress]:
    hosts, heard = host_records(fleet.uris()), list[Progress]()
    migrate(
        Request(hosts, make_wishes(["web01"], "xen-b", None, None, hosts), **options),
        connect,
        Caller(tell=heard.append),
        LockedFiles(AtOnce(), folder(fleet)),
    )
    return heard


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    ("options", "phases"),
    [
        ({}, [Phase.PREPARING, Phase.FIRST_PASS, Phase.LAST_PASSES]),
        ({"live": False}, [Phase.PREPARING, Phase.ONLY_PASS]),
    ],
)
def test_a_move_tells_its_phases_in_their_order(web01: FakeFleet, options: dict[str, Any], phases: list[Phase]) -> None:
    """Handing over takes no time here: whether it is told is a matter of chance, and not when."""
    web01.stream("web01", "xen-a", "xen-b", **SLOW)
    heard = progress_of(web01, **options)
    afterwards = [Phase.CHECKING, Phase.CARRYING_OVER]
    seen = list(dict.fromkeys(progress.phase for progress in heard))
    assert seen in ([*phases, *afterwards], [*phases, Phase.HANDING_OVER, *afterwards])
    seconds = [progress.seconds for progress in heard]
    percents = [progress.percent for progress in heard if progress.percent is not None]
    assert (seconds, percents) == (sorted(seconds), sorted(percents))
    assert len(set(percents)) > 3


def test_a_shut_off_domain_has_one_phase(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a", state="shut off")
    assert {progress.phase for progress in progress_of(fleet)} == {Phase.CARRYING_OVER}
