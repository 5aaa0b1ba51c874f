# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moves that reach their timeout, on the fake libvirt, whose transfers go on until somebody tries to end them."""

from __future__ import annotations

from typing import Any

import pytest
from fleet import FakeFleet, uuid_of
from make import move
from running import run, run_one

from ansible_collections.xenfleet.migration.plugins.module_utils._core.ends import ConnectionEnds
from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import Blocked, HypervisorError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.hypervisor import SUSPENDED, Connection
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import OnTimeout, Outcome, Status

CORE = "ansible_collections.xenfleet.migration.plugins.module_utils._core"
TIME_LIMIT = f"{CORE}.time_limit"
LIMIT: dict[str, Any] = {"timeout": 0.01, "on_timeout": OnTimeout.ABORT}


@pytest.fixture
def web01(fleet: FakeFleet) -> FakeFleet:
    fleet.add_domain("web01", "xen-a", autostart=True)
    return fleet


@pytest.mark.parametrize("how", ["copying", "starting"])
def test_a_transfer_is_stopped_and_the_domain_goes_on_at_its_source(web01: FakeFleet, how: str) -> None:
    web01.slow("web01", "xen-a", how)
    before = web01.domain("web01", "xen-a")
    outcome = run_one(web01, **LIMIT)
    assert outcome.status is Status.ABORTED
    assert "goes on unharmed on xen-a, and xen-b has no copy of it" in str(outcome.error)
    assert "because of the timeout of 0.01 s" in str(outcome.error)
    assert outcome.warnings == ()
    assert outcome.domain is not None
    assert (outcome.domain.host, outcome.domain.autostart) == ("xen-a", True)
    assert web01.domain("web01", "xen-a") == before
    assert web01.placement() == {"web01": ["xen-a: running"]}


def test_after_a_stopped_move_no_other_is_begun_and_the_next_run_makes_both(web01: FakeFleet) -> None:
    web01.add_domain("db01", "xen-a")
    web01.slow("web01", "xen-a", "copying")
    wish = {"web01": "xen-b", "db01": "xen-b"}
    assert [outcome.status for outcome in run(web01, wish, **LIMIT).outcomes] == [Status.ABORTED, Status.NOT_BEGUN]
    web01.change_host("xen-a", slow={})
    assert [outcome.status for outcome in run(web01, wish).outcomes] == [Status.MOVED, Status.MOVED]


def warning(outcome: Outcome) -> str:
    """Return the one warning about what was not stopped."""
    (found,) = [text for text in outcome.warnings if "was not stopped at its timeout" in text]
    return found


def test_a_suspended_guest_is_seen_through(web01: FakeFleet) -> None:
    web01.slow("web01", "xen-a", "suspended")
    outcome = run_one(web01, **LIMIT)
    assert (outcome.status, outcome.error) == (Status.MOVED, None)
    assert "its guest is suspended already" in warning(outcome)
    assert web01.placement() == {"web01": ["xen-b: running"]}


def test_a_guest_that_was_suspended_after_all_is_woken(web01: FakeFleet) -> None:
    web01.slow("web01", "xen-a", "frozen")
    before = web01.domain("web01", "xen-a")
    outcome = run_one(web01, **LIMIT)
    assert outcome.status is Status.ABORTED
    assert "goes on unharmed on xen-a, and xen-b has no copy of it" in str(outcome.error)
    assert "restart libvirt's daemon on xen-a (domains go on running), then wake it on" in outcome.warnings[0]
    assert web01.placement() == web01.in_xen() == {"web01": ["xen-a: running"]}
    now = web01.domain("web01", "xen-a")
    assert (now["id"], now["next_boot"], now["autostart"]) == (before["id"], before["next_boot"], True)


@pytest.mark.parametrize("end", ["here", "there"])
def test_a_process_that_stands_still_and_hears_of_nothing_is_killed(
    web01: FakeFleet, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    for name, seconds in {"TICK_SECONDS": 0.02, "UNHEARD_SECONDS": 0.05}.items():
        monkeypatch.setattr(f"{CORE}.transfer.{name}", seconds)
    web01.slow("web01", "xen-a", f"hung {end}")
    before = web01.domain("web01", "xen-a")
    outcome = run_one(web01, **LIMIT)
    assert (outcome.status, outcome.warnings) == (Status.ABORTED, ())
    assert (web01.placement(), web01.domain("web01", "xen-a")) == ({"web01": ["xen-a: running"]}, before)


class End:
    """One end of a connection that is ended; ``reached`` is whether its host's shell is."""

    def __init__(self, reached: bool) -> None:
        self.calls: list[str] = []
        self._reached = reached

    def end_transfer(self, _uuid: str, _address: str) -> Connection:
        return Connection("192.0.2.11:55022", "192.0.2.12:49152")

    def end_reception(self, _connection: Connection) -> None:
        self._note("end_reception")

    def kill_sender(self, _uuid: str, suspended: bool) -> str | None:
        self._note(f"kill_sender, suspended {suspended}")
        return None if suspended else SUSPENDED

    def kill_receiver(self, _uuid: str) -> None:
        self._note("kill_receiver")

    def _note(self, call: str) -> None:
        self.calls.append(call)
        if not self._reached:
            raise HypervisorError("xen-b", call, "no shell")


@pytest.mark.parametrize("reached", [True, False])
def test_what_stands_still_at_the_source_is_killed_the_second_time_whether_or_not_the_destination_can_be_told(
    reached: bool,
) -> None:
    source: Any = End(True)
    destination: Any = End(reached)
    ends = ConnectionEnds(move(), source, destination)
    assert ends.at_source() is None
    ends.at_destination()
    assert (source.calls, destination.calls) == ([], ["end_reception"])
    ends.at_destination()
    assert source.calls == ["kill_sender, suspended False", "kill_sender, suspended True"]
    assert destination.calls == ["end_reception", "end_reception", "kill_receiver"]


def test_a_move_that_ends_within_its_timeout_is_not_touched(web01: FakeFleet) -> None:
    outcome = run_one(web01, timeout=60)
    assert (outcome.status, outcome.warnings) == (Status.MOVED, ())


def test_a_move_that_can_t_be_stopped_blocks_or_is_seen_through_if_that_is_accepted(web01: FakeFleet) -> None:
    with pytest.raises(Blocked, match=r"could not be stopped after 60 s: its move is not live"):
        run_one(web01, live=False, timeout=60)
    assert web01.calls("migrate3") == 0
    assert run_one(web01, live=False, timeout=60, accepted=frozenset({"abort_impossible"})).status is Status.MOVED


def test_a_limit_that_nobody_asked_for_blocks_nothing_and_what_can_t_be_stopped_is_seen_through(
    web01: FakeFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{TIME_LIMIT}.FIXED_SECONDS", 0)
    monkeypatch.setattr(f"{TIME_LIMIT}.PASSES", 0.0004)
    web01.slow("web01", "xen-a", "suspended")
    outcome = run_one(web01, live=False)
    assert (outcome.status, outcome.stopped_because) == (Status.MOVED, None)
    assert "not stopped at its default timeout of 0.01 s: its guest is suspended already" in outcome.warnings[0]


def test_the_fake_knows_whose_transfer_it_ends(web01: FakeFleet) -> None:
    web01.add_domain("db01", "xen-a")
    web01.slow("db01", "xen-a", "copying")
    web01.slow("web01", "xen-a", "suspended")
    assert run_one(web01, **LIMIT).status is Status.MOVED
    assert web01.snapshot()["xen-a"]["slow"] == {uuid_of("db01"): "copying"}  # type: ignore[index]
