# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Domains that are paused before their move, run only for that, and are paused afterwards, whoever sees to it; fake libvirt."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import libvirt
import pytest
from fleet import PAUSED, FakeFleet, uuid_of
from running import ONE_BY_ONE, Queue, connect, recovery, run, run_one, told

from ansible_collections.xenfleet.migration.plugins.module_utils._core.connections import host_records
from ansible_collections.xenfleet.migration.plugins.module_utils._core.migration import migrate
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Move, State, Status
from ansible_collections.xenfleet.migration.plugins.module_utils._core.recover import Mended
from ansible_collections.xenfleet.migration.plugins.module_utils._core.request import Request
from ansible_collections.xenfleet.migration.plugins.module_utils._core.wish import make_wishes
from fake_xen.host import SHUTOFF_UNKNOWN

ANOTHER = f"<metadata><x:paused xmlns:x='{PAUSED}' host='xen-c' id='7'/></metadata>"


@pytest.fixture
def web01(fleet: FakeFleet) -> FakeFleet:
    fleet.add_domain("web01", "xen-a", state="paused", autostart=True)
    return fleet


def runs_with_the_note_of_another_copy(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a", autostart=True)
    xml = fleet.domain("web01", "xen-a")["live"]
    fleet.change_domain("web01", "xen-a", live=str(xml).replace("</name>", f"</name>{ANOTHER}", 1))


def is_noted(fleet: FakeFleet, on: str) -> bool:
    """Whether a host has the note anywhere, in what runs or in its definition."""
    return PAUSED in str(fleet.domain("web01", on))


def break_off(fleet: FakeFleet, leave: str | None, when: str = "after") -> None:
    """Make a move whose caller can do nothing more once its memory was sent, as if it were killed then."""
    down = ["xen-a", "xen-b"]
    fleet.fail("xen-a", "migrate3", when=when, message="lost", then_down=down, **({"leave": leave} if leave else {}))
    assert run_one(fleet).status is Status.IN_DOUBT
    for name in down:
        fleet.set_up(name, True)


def test_its_pause_is_noted_while_its_memory_is_sent_and_not_afterwards(web01: FakeFleet) -> None:
    before = web01.kept("web01", "xen-a")
    with ThreadPoolExecutor() as pool, web01.hold("migrate3") as call:
        moved = pool.submit(run_one, web01)
        call.wait()
        assert is_noted(web01, "xen-a")
        assert PAUSED not in str(web01.domain("web01", "xen-a")["next_boot"])
        call.let_go()
        assert (moved.result().status, moved.result().warnings) == (Status.MOVED, ())
    assert web01.placement() == {"web01": ["xen-b: paused"]}
    assert (web01.kept("web01", "xen-b"), is_noted(web01, "xen-b")) == (before, False)


def test_a_transient_one_arrives_without_the_note_as_well(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a", state="paused", persistent=False)
    assert run_one(fleet).warnings == ()
    assert (fleet.placement(), is_noted(fleet, "xen-b")) == ({"web01": ["xen-b: paused"]}, False)


@pytest.mark.parametrize("call", ["resume", "migrate3"])
def test_one_that_stays_is_paused_without_the_note(web01: FakeFleet, call: str) -> None:
    web01.fail("xen-a", call, message="no")
    outcome = run_one(web01)
    assert (outcome.status, outcome.warnings) == (Status.FAILED, ())
    assert (web01.placement(), is_noted(web01, "xen-a")) == ({"web01": ["xen-a: paused"]}, False)


def test_one_whose_pause_can_t_be_noted_is_not_touched(web01: FakeFleet) -> None:
    # The first note is that of its autostart, two calls.
    web01.fail("xen-a", "setMetadata", skip=2, message="no room")
    outcome = run_one(web01)
    assert outcome.status is Status.FAILED
    assert "could not note that a domain is paused: internal error: no room" in str(outcome.error)
    assert web01.calls("resume") == 0
    assert web01.placement() == {"web01": ["xen-a: paused"]}


def test_a_note_that_can_t_be_taken_away_is_told_and_no_reason_to_fail(web01: FakeFleet) -> None:
    web01.fail("xen-b", "setMetadata", skip=1, times=9, message="not now")
    outcome = run_one(web01)
    assert outcome.status is Status.MOVED
    assert "the note with it of what it was before its move could not be taken away" in outcome.warnings[0]
    web01.mend()
    assert told(recovery(web01, "web01")) == [("note_left", Mended.REPAIRED)]
    assert not is_noted(web01, "xen-b")


BROKEN = {
    "it runs on at its source": (None, "before", "pause_lost"),
    "libvirt there holds its job": ("job held", "after", "job_held"),
    "it stands still, and never ran at its destination": ("halfway", "after", "suspended"),
    "it stands still at its source": ("source stopped", "after", "suspended"),
    "its destination waits for it": ("awaited", "after", "pause_lost"),
    "its destination has a definition of it": ("definition left", "after", "pause_lost"),
}


@pytest.mark.parametrize(("leave", "when", "code"), BROKEN.values(), ids=BROKEN)
def test_recovery_pauses_it_again_when(web01: FakeFleet, leave: str | None, when: str, code: str) -> None:
    before = web01.kept("web01", "xen-a")
    break_off(web01, leave, when)
    assert is_noted(web01, "xen-a")
    treatment = recovery(web01, "web01").treatments[0]
    assert (treatment.diagnosis.code, treatment.mended) == (code, Mended.REPAIRED)
    assert "pause it on xen-a, as it was before its move" in treatment.told
    assert (web01.placement(), web01.kept("web01", "xen-a")) == ({"web01": ["xen-a: paused"]}, before)
    assert not is_noted(web01, "xen-a")
    assert told(recovery(web01, "web01")) == []


def test_recovery_carries_over_the_definition_of_one_that_has_arrived_paused_and_leaves_it_so(web01: FakeFleet) -> None:
    before = web01.kept("web01", "xen-a")
    break_off(web01, None)
    assert web01.placement() == {"web01": ["xen-a: shut off", "xen-b: paused"]}
    (treatment,) = recovery(web01, "web01").treatments
    assert (treatment.diagnosis.code, treatment.mended) == ("stale_definition", Mended.REPAIRED)
    assert (web01.placement(), web01.kept("web01", "xen-b")) == ({"web01": ["xen-b: paused"]}, before)
    assert not is_noted(web01, "xen-b")


def test_a_rerun_does_the_same(web01: FakeFleet) -> None:
    before = web01.kept("web01", "xen-a")
    break_off(web01, None)
    report = run(web01, {"web01": "xen-b"})
    assert (report.outcomes, [rest.left.host for rest in report.finished]) == ((), ["xen-a"])
    assert (web01.placement(), web01.kept("web01", "xen-b")) == ({"web01": ["xen-b: paused"]}, before)
    assert not is_noted(web01, "xen-b")


@pytest.mark.parametrize("refused", [False, True])
def test_a_rerun_takes_one_that_runs_on_for_paused(web01: FakeFleet, refused: bool) -> None:
    break_off(web01, None, "before")
    assert web01.placement() == {"web01": ["xen-a: running"]}
    if refused:
        web01.fail("xen-a", "migrate3", message="no")
    report = run(web01, {"web01": "xen-b"})
    (outcome,) = report.outcomes
    goes_on = "xen-a" if refused else "xen-b"
    assert (outcome.status, outcome.move.live) == (Status.FAILED if refused else Status.MOVED, False)
    assert "pause_lost" in [finding.code for finding in report.findings]
    assert (web01.placement(), is_noted(web01, goes_on)) == ({"web01": [f"{goes_on}: paused"]}, False)


def test_the_note_of_another_copy_is_none(fleet: FakeFleet) -> None:
    """It came with its memory, or with a definition: who had it run since knew what they did."""
    runs_with_the_note_of_another_copy(fleet)
    found = connect(host_records(fleet.uris())[0]).inspect(uuid_of("web01"))
    assert found is not None
    assert (found.state, found.pause_noted, found.came_paused, found.paused) == (State.RUNNING, False, True, False)
    assert told(recovery(fleet, "web01")) == [("note_left", Mended.REPAIRED)]
    assert (fleet.placement(), is_noted(fleet, "xen-a")) == ({"web01": ["xen-a: running"]}, False)


def test_nor_does_it_keep_a_domain_that_ran_from_running_where_it_arrives(fleet: FakeFleet) -> None:
    """An older libvirt keeps it paused there until its source is seen to give it up."""
    runs_with_the_note_of_another_copy(fleet)
    break_off(fleet, None)
    assert told(recovery(fleet, "web01")) == [("held_back", Mended.REPAIRED)]
    assert (fleet.placement(), is_noted(fleet, "xen-b")) == ({"web01": ["xen-b: running"]}, False)


def test_one_that_somebody_resumed_after_its_move_is_left_alone(web01: FakeFleet) -> None:
    break_off(web01, None)
    libvirt.open(web01.uris()["xen-b"]).lookupByName("web01").resume()
    (treatment,) = recovery(web01, "web01").treatments
    assert treatment.diagnosis.code == "stale_definition"
    assert web01.placement() == {"web01": ["xen-b: running"]}


def test_a_note_goes_with_a_definition_of_which_all_is_there_already(web01: FakeFleet) -> None:
    """The source's daemon has been restarted, and doesn't know any more that the domain was moved away."""
    web01.change_domain("web01", "xen-a", autostart=False)
    break_off(web01, None)
    web01.change_domain("web01", "xen-a", reason=SHUTOFF_UNKNOWN)
    (treatment,) = recovery(web01, "web01").treatments
    assert "undefine it on xen-a" in treatment.told
    assert (web01.placement(), is_noted(web01, "xen-b")) == ({"web01": ["xen-b: paused"]}, False)


def test_recovery_of_everything_leaves_a_running_one_to_whoever_may_have_resumed_it(web01: FakeFleet) -> None:
    break_off(web01, None, "before")
    assert told(recovery(web01)) == [("pause_lost", Mended.REFUSED)]
    assert web01.placement() == {"web01": ["xen-a: running"]}
    assert told(recovery(web01, "web01")) == [("pause_lost", Mended.REPAIRED)]


@pytest.mark.parametrize("killed", [False, True])
def test_one_whose_guest_asked_to_be_booted_meanwhile_is_booted_paused(web01: FakeFleet, killed: bool) -> None:
    if killed:
        break_off(web01, "guest rebooting")
        recovery(web01, "web01")
    else:
        web01.fail("xen-a", "migrate3", when="after", leave="guest rebooting", message="lost")
        run_one(web01)
    assert web01.placement() == {"web01": ["xen-a: paused"]}


def test_the_note_goes_as_soon_as_it_is_paused_again(web01: FakeFleet) -> None:
    """Whoever resumes it, before anybody has looked at the other host again, means that."""
    web01.fail("xen-a", "migrate3", message="lost", then_down=["xen-b"])
    assert run_one(web01).status is Status.IN_DOUBT
    assert (web01.placement()["web01"], is_noted(web01, "xen-a")) == (["xen-a: paused"], False)


@pytest.mark.parametrize(("first", "then"), [("xen-a", "xen-a.example.com"), ("xen-a.example.com", "xen-a")])
def test_its_host_is_known_with_and_without_its_domain(
    web01: FakeFleet, monkeypatch: pytest.MonkeyPatch, first: str, then: str
) -> None:
    """libvirt appends the domain as long as the host's resolver tells it."""
    monkeypatch.setattr(libvirt.virConnect, "getHostname", lambda _connection: first)
    break_off(web01, None, "before")
    monkeypatch.setattr(libvirt.virConnect, "getHostname", lambda _connection: then)
    recovery(web01, "web01")
    assert web01.placement() == {"web01": ["xen-a: paused"]}


@pytest.mark.parametrize("rerun", [True, False])
def test_a_move_that_lacked_its_end_is_finished_although_the_note_can_t_be_taken_away(
    web01: FakeFleet, rerun: bool
) -> None:
    break_off(web01, None)
    web01.fail("xen-b", "setMetadata", skip=1, message="not now")
    if rerun:
        assert [rest.left.host for rest in run(web01, {"web01": "xen-b"}).finished] == ["xen-a"]
    else:
        assert told(recovery(web01, "web01")) == [("stale_definition", Mended.REPAIRED)]
    assert web01.placement() == {"web01": ["xen-b: paused"]}


def test_it_is_told_of_one_that_is_in_its_place(web01: FakeFleet) -> None:
    break_off(web01, None, "before")
    found = {finding.code: finding.domain for finding in run(web01, {"web01": "xen-a"}).findings}
    assert found["pause_lost"] == "web01"


@pytest.mark.parametrize("state", ["running", "paused"])
def test_one_that_is_resumed_or_paused_while_its_move_waits_is_not_touched(fleet: FakeFleet, state: str) -> None:
    fleet.add_domain("web01", "xen-a", state=state)

    def meanwhile(_move: Move) -> None:
        domain = libvirt.open(fleet.uris()["xen-a"]).lookupByName("web01")
        (domain.suspend if state == "running" else domain.resume)()

    hosts = host_records(fleet.uris())
    wishes = make_wishes(None, None, {"web01": "xen-b"}, None, hosts)
    report = migrate(Request(hosts, wishes, at_once=ONE_BY_ONE), connect, places=Queue(fleet, meanwhile))
    (outcome,) = report.outcomes
    now = "paused" if state == "running" else "running"
    assert outcome.status is Status.FAILED
    assert f"is {now} by now, and was {state} when this run looked for it. It was not touched." in str(outcome.error)
    assert fleet.placement() == {"web01": [f"xen-a: {now}"]}
