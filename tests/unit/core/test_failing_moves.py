# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Active moves that fail, on the fake libvirt: what both hosts show decides, and the error tells it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import libvirt
import pytest
from fleet import FakeFleet, domain_xml, uuid_of
from running import run, run_one

from ansible_collections.xenfleet.migration.plugins.module_utils._core import recover, truth, verify
from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import Blocked, HypervisorError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.evidence import Look
from ansible_collections.xenfleet.migration.plugins.module_utils._core.look import take_look
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import OnTimeout, Outcome, Status
from ansible_collections.xenfleet.migration.plugins.module_utils._core.snapshot import Hypervisors
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.xen_host import XenHost
from fake_xen.document import normal


@pytest.fixture
def web01(fleet: FakeFleet) -> FakeFleet:
    fleet.add_domain("web01", "xen-a", autostart=True)
    return fleet


def error(outcome: Outcome) -> str:
    """Return the error, which always names the domain and both hosts."""
    assert outcome.error is not None
    assert all(word in outcome.error for word in ("web01", "xen-a", "xen-b"))
    return outcome.error


def test_a_refused_move_leaves_the_domain_as_it_was(web01: FakeFleet) -> None:
    before = web01.snapshot()
    web01.fail("xen-a", "migrate3", message="the cable is out")
    outcome = run_one(web01)
    assert outcome.status is Status.FAILED
    assert "the cable is out" in error(outcome)
    assert web01.snapshot() == before


def test_a_job_that_a_refused_move_does_not_give_back_is_told_and_keeps_the_next_run_from_waiting_for_it(
    web01: FakeFleet,
) -> None:
    web01.fail("xen-a", "migrate3", when="after", leave="job held", message="Connection refused")
    outcome = run_one(web01)
    assert outcome.status is Status.FAILED
    assert "It goes on unharmed on xen-a" in error(outcome)
    assert "libvirt on xen-a holds a job on it" in error(outcome)
    with pytest.raises(Blocked, match="web01 can't be moved: libvirt on xen-a holds a job on it") as blocked:
        run_one(web01)
    assert [finding.code for finding in blocked.value.findings if finding.blocks] == ["job_held"]


def test_a_move_whose_answer_was_lost_counts_by_what_the_hosts_show(web01: FakeFleet) -> None:
    web01.fail("xen-a", "migrate3", when="after", message="the answer was lost")
    outcome = run_one(web01)
    assert (outcome.status, outcome.error, outcome.confirmed) == (Status.MOVED, None, False)
    assert "the answer was lost" in outcome.warnings[0]
    assert web01.placement() == {"web01": ["xen-b: running"]}
    assert web01.domain("web01", "xen-b")["autostart"]


NEWER = 11_003_000
"""A libvirt that isn't asked to keep the domain paused where it arrives, see ``sending.runs_on_in_doubt``."""


def test_no_two_copies_run_where_the_destination_s_answer_is_lost_and_libvirt_has_the_source_s_run_on(
    web01: FakeFleet,
) -> None:
    before = web01.domain("web01", "xen-a")
    web01.fail("xen-a", "migrate3", when="after", leave="two running", message="the answer was lost")
    outcome = run_one(web01)
    assert outcome.status is Status.FAILED
    assert "destroy the copy on xen-b" in outcome.warnings[0]
    assert web01.placement() == web01.in_xen() == {"web01": ["xen-a: running"]}
    now = web01.domain("web01", "xen-a")
    assert (now["next_boot"], now["autostart"]) == (before["next_boot"], True)


def test_a_domain_that_could_not_be_made_to_run_where_it_arrived_is_made_to_once_more(web01: FakeFleet) -> None:
    web01.fail("xen-b", "resume", message="the answer was lost")
    outcome = run_one(web01)
    assert (outcome.status, outcome.error) == (Status.MOVED, None)
    assert web01.placement() == web01.in_xen() == {"web01": ["xen-b: running"]}


BEYOND_MENDING = {"two running": {"web01": ["xen-a: running", "xen-b: running"]}, "nowhere": {}}


@pytest.mark.parametrize(("leave", "left"), BEYOND_MENDING.items())
def test_a_domain_that_is_not_surely_in_one_place_is_in_doubt_and_nothing_of_it_is_touched(
    web01: FakeFleet, leave: str, left: dict[str, list[str]]
) -> None:
    web01.change_host("xen-a", libvirt_version=NEWER)
    web01.fail("xen-a", "migrate3", when="after", leave=leave, message="lost halfway")
    before = web01.kept("web01", "xen-a")
    outcome = run_one(web01)
    assert outcome.status is Status.IN_DOUBT
    assert "lost halfway" in error(outcome)
    assert web01.kept("web01", "xen-a") == before
    assert web01.in_xen() == left


MENDED = {
    "halfway": ["restart libvirt's daemon on xen-b", "destroy the copy on xen-b", "restart libvirt's daemon on xen-a"],
    "source stopped": ["restart libvirt's daemon on xen-a"],
}


@pytest.mark.parametrize(("leave", "done"), MENDED.items())
@pytest.mark.parametrize("state", ["running", "paused"])
@pytest.mark.parametrize("persistent", [True, False])
def test_a_domain_that_a_broken_move_left_standing_still_is_mended_and_stays_what_it_was(
    fleet: FakeFleet, leave: str, done: list[str], state: str, persistent: bool
) -> None:
    fleet.add_domain("web01", "xen-a", state=state, persistent=persistent, autostart=persistent)
    before = fleet.domain("web01", "xen-a")
    fleet.fail("xen-a", "migrate3", when="after", leave=leave, message="lost halfway")
    outcome = run_one(fleet)
    assert outcome.status is Status.FAILED
    assert "lost halfway" in error(outcome)
    assert "It goes on unharmed on xen-a" in error(outcome)
    (told,) = outcome.warnings
    assert told.startswith("Mended. ")
    assert [step for step in [*done, "wake it on"] if step not in told] == []
    assert fleet.placement() == {"web01": [f"xen-a: {state}"]}
    assert fleet.in_xen() == {"web01": [f"xen-a: {state}"]}
    now = fleet.domain("web01", "xen-a")
    for entry in ("id", "next_boot", "autostart", "job_held"):
        assert now[entry] == before[entry], entry  # type: ignore[literal-required]
    assert fleet.snapshot()["xen-b"]["ports"] == []  # type: ignore[index]


def fails_again_when_mended(fleet: FakeFleet, monkeypatch: pytest.MonkeyPatch, leave: str) -> Outcome:
    """Make a move that leaves the domain suspended; when that has been mended, it is left like this."""
    mended: list[recover.Treatment | None] = []

    def mend(*arguments: Any) -> recover.Treatment | None:
        mended.append(recover.mend(*arguments))
        if len(mended) == 1:
            fleet.leave("web01", "xen-a", "xen-b", leave)
        return mended[-1]

    monkeypatch.setattr(truth, "mend", mend)
    fleet.fail("xen-a", "migrate3", when="after", leave="source stopped", message="lost halfway")
    return run_one(fleet)


def test_what_is_mended_only_when_it_is_looked_into_once_more_is_told_too(
    web01: FakeFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = fails_again_when_mended(web01, monkeypatch, "halfway")
    assert outcome.status is Status.FAILED
    assert "It goes on unharmed on xen-a" in error(outcome)
    first, second = outcome.warnings
    assert (first.startswith("Mended. "), "destroy the copy on xen-b" in first) == (True, False)
    assert (second.startswith("Mended. "), "destroy the copy on xen-b" in second) == (True, True)
    assert web01.placement() == web01.in_xen() == {"web01": ["xen-a: running"]}


def test_what_keeps_a_domain_from_being_mended_is_told_beside_what_was_mended_before(
    web01: FakeFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = fails_again_when_mended(web01, monkeypatch, "two running")
    assert outcome.status is Status.IN_DOUBT
    assert "Two copies run, or may." in error(outcome)
    assert outcome.warnings[0].startswith("Mended. ")
    assert web01.in_xen() == {"web01": ["xen-a: running", "xen-b: running"]}


def test_the_shell_of_a_domain_that_runs_at_its_destination_is_taken_away_and_its_definition_arrives(
    web01: FakeFleet,
) -> None:
    definition = web01.domain("web01", "xen-a")["next_boot"]
    web01.change_host("xen-a", libvirt_version=NEWER)
    web01.fail("xen-a", "migrate3", when="after", leave="shell left", message="lost at the end")
    outcome = run_one(web01)
    assert (outcome.status, outcome.error, outcome.confirmed) == (Status.MOVED, None, False)
    assert "destroy the copy on xen-a (Xen id 1), which is suspended" in outcome.warnings[0]
    assert web01.placement() == web01.in_xen() == {"web01": ["xen-b: running"]}
    arrived = web01.domain("web01", "xen-b")
    assert (arrived["next_boot"], arrived["autostart"]) == (definition, True)


@pytest.mark.parametrize("leave", ["halfway", "source stopped"])
@pytest.mark.parametrize("silent", ["xen-a", "xen-b"])
def test_where_a_host_is_silent_nothing_is_woken_or_destroyed(web01: FakeFleet, leave: str, silent: str) -> None:
    web01.fail("xen-a", "migrate3", when="after", leave=leave, then_down=[silent], message="lost halfway")
    outcome = run_one(web01)
    assert outcome.status is Status.IN_DOUBT
    assert f"{silent} shows it not at all" in error(outcome)
    there = ["xen-b: paused"] if leave == "halfway" else []
    assert web01.in_xen() == {"web01": ["xen-a: suspended", *there]}
    assert web01.kept("web01", "xen-a")[1] is True


@pytest.mark.parametrize("leave", ["awaited", "awaited in vain"])
def test_a_domain_goes_on_that_its_destination_waits_for_in_vain(web01: FakeFleet, leave: str) -> None:
    web01.fail("xen-a", "migrate3", when="after", leave=leave, message="the connection was lost")
    outcome = run_one(web01)
    assert outcome.status is Status.FAILED
    assert "It goes on unharmed on xen-a, and xen-b still waits for its memory: xen_domain_recover" in error(outcome)
    assert web01.in_xen() == {"web01": ["xen-a: running"]}
    assert web01.domain("web01", "xen-a")["autostart"]
    # Others may be about to be received there.
    assert web01.snapshot()["xen-b"]["outages"] == 0  # type: ignore[index]


def test_a_transfer_that_goes_on_without_its_caller_is_waited_for_and_its_guest_runs_on(
    web01: FakeFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []

    def look(hypervisors: Hypervisors, terms: Sequence[str]) -> Look:
        looks.append(terms)
        if len(looks) == 3:
            web01.finish_transfer("web01", "xen-a", "xen-b")
        return take_look(hypervisors, terms)

    monkeypatch.setattr(recover, "TRANSFER_SECONDS", 60)
    monkeypatch.setattr(recover, "take_look", look)
    web01.fail("xen-a", "migrate3", when="after", leave="under way", message="the connection was lost")
    outcome = run_one(web01)
    assert (outcome.status, len(looks) > 3) == (Status.FAILED, True)
    assert "It goes on unharmed on xen-a" in error(outcome)
    assert web01.in_xen() == {"web01": ["xen-a: running"]}
    assert web01.domain("web01", "xen-a")["autostart"]


def test_a_transfer_that_does_not_come_to_its_end_without_its_caller_is_left_alone(web01: FakeFleet) -> None:
    web01.fail("xen-a", "migrate3", when="after", leave="under way", message="the connection was lost")
    outcome = run_one(web01)
    assert outcome.status is Status.IN_DOUBT
    assert "a move of it is under way" in error(outcome)
    assert web01.in_xen() == {"web01": ["xen-a: running", "xen-b: paused"]}
    assert web01.domain("web01", "xen-b")["helper"] == "restore"


def test_a_destination_that_falls_silent_is_in_doubt_and_told_so(web01: FakeFleet) -> None:
    web01.fail("xen-a", "migrate3", when="after", then_down=["xen-b"], message="lost")
    outcome = run_one(web01)
    assert outcome.status is Status.IN_DOUBT
    assert "xen-b shows it not at all" in error(outcome)
    assert web01.domain("web01", "xen-a")["next_boot"] is not None


def test_a_source_that_falls_silent_is_in_doubt(web01: FakeFleet) -> None:
    web01.fail("xen-a", "migrate3", when="after", then_down=["xen-a"], message="lost")
    outcome = run_one(web01)
    assert outcome.status is Status.IN_DOUBT
    assert "xen-a shows it not at all" in error(outcome)


@pytest.mark.parametrize(("host", "call"), [("xen-b", "defineXML"), ("xen-b", "setAutostart"), ("xen-a", "undefine")])
def test_a_definition_that_can_t_be_carried_over_is_incomplete_and_not_lost(
    web01: FakeFleet, host: str, call: str
) -> None:
    before = web01.kept("web01", "xen-a")
    web01.fail(host, call, message="disk full")
    outcome = run_one(web01)
    assert outcome.status is Status.INCOMPLETE
    assert "disk full" in error(outcome)
    assert web01.placement() == {"web01": ["xen-a: shut off", "xen-b: running"]}
    assert web01.kept("web01", "xen-a") == before


def test_a_guest_that_shut_down_meanwhile_is_shut_off_at_its_source_with_all_that_it_had(web01: FakeFleet) -> None:
    before = web01.kept("web01", "xen-a")
    web01.fail("xen-a", "migrate3", when="after", leave="guest shut down", message="has not been suspended")
    outcome = run_one(web01)
    assert outcome.status is Status.FAILED
    assert "its guest shut down or crashed, or somebody destroyed it" in error(outcome)
    assert "has not been suspended" in error(outcome)
    assert "clear away what its guest has left on xen-a" in outcome.warnings[0]
    assert (web01.placement(), web01.in_xen()) == ({"web01": ["xen-a: shut off"]}, {})
    assert web01.kept("web01", "xen-a") == before
    assert run_one(web01).status is Status.MOVED
    assert web01.placement() == {"web01": ["xen-b: shut off"]}


def test_a_guest_that_asked_to_be_booted_meanwhile_is_booted_where_it_was(web01: FakeFleet) -> None:
    before, xen_id = web01.kept("web01", "xen-a"), web01.domain("web01", "xen-a")["id"]
    web01.fail("xen-a", "migrate3", when="after", leave="guest rebooting", message="has not been suspended")
    outcome = run_one(web01)
    assert outcome.status is Status.FAILED
    assert "It goes on unharmed on xen-a" in error(outcome)
    assert "boot it on xen-a, as its definition says" in outcome.warnings[0]
    assert web01.placement() == {"web01": ["xen-a: running"]}
    assert web01.domain("web01", "xen-a")["id"] != xen_id
    assert web01.kept("web01", "xen-a") == before


def test_a_destination_that_can_t_write_is_given_no_new_definition_which_would_have_it_forget_the_domain(
    web01: FakeFleet,
) -> None:
    web01.fail("xen-b", "setMetadata", message="disk full")
    outcome = run_one(web01)
    assert outcome.status is Status.INCOMPLETE
    assert "disk full" in error(outcome)
    assert web01.calls("defineXML") == 0
    assert web01.placement() == {"web01": ["xen-a: shut off", "xen-b: running"]}


def test_a_definition_that_can_t_be_read_keeps_the_domain_from_being_touched(web01: FakeFleet) -> None:
    before = web01.snapshot()
    web01.fail("xen-a", "autostart", times=9, message="no answer")
    with pytest.raises(Exception, match="no answer"):
        run_one(web01)
    assert web01.snapshot() == before
    assert web01.calls("migrate3") == 0


def test_after_a_failure_no_other_move_is_begun(fleet: FakeFleet) -> None:
    for name in ("web01", "db01", "mail"):
        fleet.add_domain(name, "xen-a")
    fleet.fail("xen-a", "migrate3", message="no")
    report = run(fleet, {"web01": "xen-b", "db01": "xen-b", "mail": "xen-b"})
    statuses = [(outcome.move.domain.name, outcome.status) for outcome in report.outcomes]
    assert statuses == [("web01", Status.FAILED), ("db01", Status.NOT_BEGUN), ("mail", Status.NOT_BEGUN)]
    assert "because the move of web01 did not succeed" in str(report.outcomes[1].error)
    assert fleet.calls("migrate3") == 1


def test_a_move_over_its_timeout_is_seen_through_and_the_next_is_not_begun(fleet: FakeFleet) -> None:
    for name in ("web01", "db01"):
        fleet.add_domain(name, "xen-a")
    report = run(fleet, {"web01": "xen-b", "db01": "xen-b"}, timeout=0.0001, on_timeout=OnTimeout.WAIT)
    first, second = report.outcomes
    assert (first.status, second.status) == (Status.MOVED, Status.NOT_BEGUN)
    assert "longer than the timeout of 0.0001 s" in first.warnings[0]
    assert fleet.placement() == {"web01": ["xen-b: running"], "db01": ["xen-a: running"]}


@pytest.mark.parametrize("silent", ["xen-a", "xen-b"])
def test_a_host_that_comes_back_is_asked_again(web01: FakeFleet, monkeypatch: pytest.MonkeyPatch, silent: str) -> None:
    web01.fail("xen-a", "migrate3", when="after", then_down=[silent], message="lost")
    monkeypatch.setattr(verify.time, "sleep", lambda _seconds: web01.set_up(silent, True))
    outcome = run_one(web01)
    assert (outcome.status, outcome.error) == (Status.MOVED, None)
    assert web01.placement() == {"web01": ["xen-b: running"]}


def test_a_frozen_source_that_comes_back_is_not_taken_for_running(
    web01: FakeFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    web01.fail("xen-a", "migrate3", when="after", leave="source stopped", then_down=["xen-a"], message="lost")
    monkeypatch.setattr(verify.time, "sleep", lambda _seconds: web01.set_up("xen-a", True))
    outcome = run_one(web01)
    assert outcome.status is Status.FAILED
    assert "wake it on" in outcome.warnings[0]
    assert web01.in_xen() == {"web01": ["xen-a: running"]}


@pytest.mark.parametrize(("host", "call"), [("xen-b", "defineXML"), ("xen-b", "setAutostart"), ("xen-a", "undefine")])
def test_an_error_says_nothing_of_a_definition_that_is_not_so(web01: FakeFleet, host: str, call: str) -> None:
    web01.fail(host, call, when="after", message="the answer was lost")
    outcome = run_one(web01)
    at_source = "xen-a: shut off" in web01.placement()["web01"]
    assert ("xen-a still has the definition" in str(outcome.error)) == at_source


def test_a_transient_domain_has_no_definition_to_speak_of(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a", persistent=False)
    fleet.fail("xen-b", "hasManagedSaveImage", skip=1, message="no answer")
    outcome = run_one(fleet)
    assert fleet.placement() == {"web01": ["xen-b: running"]}
    assert "xen-a still has the definition" not in str(outcome.error)


def test_a_paused_domain_whose_move_fails_is_paused_again(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a", state="paused")
    fleet.fail("xen-a", "migrate3", message="no")
    assert run_one(fleet).status is Status.FAILED
    assert fleet.placement() == {"web01": ["xen-a: paused"]}


def test_a_domain_that_could_not_be_paused_again_is_told(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a", state="paused")
    fleet.fail("xen-a", "migrate3", message="no")
    fleet.fail("xen-a", "suspend", times=9, message="neither")
    outcome = run_one(fleet)
    assert outcome.status is Status.IN_DOUBT
    assert "could not pause it again after its failed move" in str(outcome.error)


def test_a_domain_that_could_not_be_paused_again_at_once_is_when_its_hosts_are_looked_at(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a", state="paused")
    fleet.fail("xen-a", "migrate3", message="no")
    fleet.fail("xen-a", "suspend", message="not now")
    assert run_one(fleet).status is Status.FAILED
    assert fleet.placement() == {"web01": ["xen-a: paused"]}


def test_a_part_that_only_xen_at_the_destination_knows_of_is_removed_and_told(web01: FakeFleet) -> None:
    web01.fail("xen-a", "migrate3", when="after", leave="stray", message="the connection was reset")
    outcome = run_one(web01)
    assert outcome.status is Status.FAILED
    assert "xen-b has no copy of it" in error(outcome)
    assert "Mended." in outcome.warnings[0]
    assert web01.placement() == {"web01": ["xen-a: running"]}
    assert web01.strays("xen-b") == []


def moves_beside_a_copy(fleet: FakeFleet, **values: Any) -> Outcome:
    """Make a move that libvirt calls done, after which the source's Xen has a copy that libvirt there doesn't know of."""
    copy = {**fleet.domain("web01", "xen-a"), **values}
    with ThreadPoolExecutor() as pool, fleet.hold("migrate3") as call:
        moved = pool.submit(run_one, fleet)
        call.wait()
        fleet.change_host("xen-a", strays={uuid_of("web01"): copy})
        call.let_go()
        return moved.result()


# what the copy is; what Xen there shows of it; why nothing is done
COULD_GO_ON: dict[str, tuple[dict[str, Any], str]] = {
    "runs": ({}, "Two copies run, or may."),
    "has run and is paused": ({"xen": "paused", "cpu_since": None}, "why it stands still is not known"),
    "is still being sent": ({"helper": "save"}, "a move of it is under way"),
}


@pytest.mark.parametrize(("values", "why"), COULD_GO_ON.values(), ids=COULD_GO_ON)
def test_a_domain_has_not_moved_for_certain_while_its_source_has_a_copy_that(
    web01: FakeFleet, values: dict[str, Any], why: str
) -> None:
    before = web01.kept("web01", "xen-a")
    outcome = moves_beside_a_copy(web01, **values)
    assert outcome.status is Status.IN_DOUBT
    assert why in error(outcome)
    assert web01.kept("web01", "xen-a") == before
    assert web01.strays("xen-a") == ["web01"]
    assert web01.placement() == {"web01": ["xen-a: shut off", "xen-b: running"]}


# what the copy is; what Xen there shows of it; what is left there; how many warnings
COULD_NOT: dict[str, tuple[dict[str, Any], list[str], int]] = {
    "has ended": ({"xen": "shut down", "cpu_since": None}, ["web01"], 0),
    "is suspended, and is destroyed": ({"xen": "suspended", "cpu_since": None}, [], 1),
    "never ran, and is destroyed": ({"xen": "paused", "cpu_since": None, "cpu_ns": 0}, [], 1),
}


@pytest.mark.parametrize(("values", "left", "warnings"), COULD_NOT.values(), ids=COULD_NOT)
def test_a_domain_has_moved_when_its_source_has_a_copy_that(
    web01: FakeFleet, values: dict[str, Any], left: list[str], warnings: int
) -> None:
    outcome = moves_beside_a_copy(web01, **values)
    assert (outcome.status, len(outcome.warnings)) == (Status.MOVED, warnings)
    assert web01.strays("xen-a") == left
    assert web01.placement() == {"web01": ["xen-b: running"]}


def test_a_definition_that_a_failed_move_left_at_its_destination_is_removed(web01: FakeFleet) -> None:
    before = web01.snapshot()
    web01.fail("xen-a", "migrate3", when="after", leave="definition left", message="Read-only file system")
    outcome = run_one(web01)
    assert outcome.status is Status.FAILED
    assert "xen-b has no copy of it" in error(outcome)
    assert web01.snapshot() == before


def test_a_definition_that_can_t_be_removed_there_is_told(web01: FakeFleet) -> None:
    web01.fail("xen-a", "migrate3", when="after", leave="definition left", message="Read-only file system")
    web01.fail("xen-b", "undefine", message="Read-only file system")
    outcome = run_one(web01)
    assert outcome.status is Status.FAILED
    assert "xen-b still has a definition of it, which could not be removed" in error(outcome)


def fails_while_somebody_defines(fleet: FakeFleet, xml: str, autostart: bool = False) -> Outcome:
    """Make a move that fails; during it the domain is defined at its destination by hand."""
    fleet.fail("xen-a", "migrate3", message="the cable is out")
    with ThreadPoolExecutor() as pool, fleet.hold("migrate3") as call:
        failed = pool.submit(run_one, fleet)
        call.wait()
        libvirt.open(fleet.uris()["xen-b"]).defineXML(xml).setAutostart(int(autostart))
        call.let_go()
        return failed.result()


RAN = domain_xml("web01")
LATER = domain_xml("web01", memory_mib=512)
OTHER = domain_xml("web01", more="<title>made by hand</title>", devices="<graphics type='vnc' passwd='hunter2'/>")

# what; the source's domain; the definition at the destination, and its autostart; what the error says of it
KEPT: dict[str, tuple[dict[str, Any], tuple[str, bool], str]] = {
    "it has what the source has not": ({}, (OTHER, False), "it has what xen-a has not (/devices/graphics; /title)"),
    "it has another memory": ({}, (LATER, False), "it has what xen-a has not (/currentMemory/text(); /memory/text())"),
    "it autostarts": ({}, (RAN, True), "it has what xen-a has not (autostart)"),
    "the domain is transient": (
        {"persistent": False},
        (RAN, False),
        "xen-a has none",
    ),
}


@pytest.mark.parametrize(("given", "by_hand", "why"), KEPT.values(), ids=KEPT)
def test_a_definition_that_somebody_made_at_the_destination_during_a_failed_move_is_kept_and_told(
    fleet: FakeFleet, given: dict[str, Any], by_hand: tuple[str, bool], why: str
) -> None:
    fleet.add_domain("web01", "xen-a", **given)
    outcome = fails_while_somebody_defines(fleet, *by_hand)
    assert outcome.status is Status.FAILED
    assert f"xen-b has a definition of it that was kept, as {why}: look at it" in error(outcome)
    assert "hunter2" not in error(outcome)
    xml, autostart = by_hand
    assert fleet.kept("web01", "xen-b") == (normal(xml), autostart)
    with pytest.raises(Blocked, match="web01"):
        run_one(fleet)


@pytest.mark.parametrize("autostart", [False, True])
def test_no_two_hosts_are_left_to_start_it_at_their_boot(fleet: FakeFleet, autostart: bool) -> None:
    fleet.add_domain("web01", "xen-a", autostart=True)
    outcome = fails_while_somebody_defines(fleet, OTHER, autostart)
    assert [fleet.domain("web01", host)["autostart"] for host in ("xen-a", "xen-b")] == [not autostart, autostart]
    assert ["was not given back: xen-b has it, too" in warning for warning in outcome.warnings] == [True] * autostart


@pytest.mark.parametrize("xml", [RAN, LATER], ids=["what ran", "what it is to be at its next boot"])
def test_a_definition_at_the_destination_of_which_the_source_has_everything_is_removed(
    fleet: FakeFleet, xml: str
) -> None:
    fleet.add_domain("web01", "xen-a", next_boot_xml=LATER, autostart=True)
    before = fleet.snapshot()
    assert "xen-b has no copy of it" in error(fails_while_somebody_defines(fleet, xml))
    assert fleet.snapshot() == before


def test_the_definition_that_a_failed_move_left_is_kept_when_the_source_has_none_any_more(web01: FakeFleet) -> None:
    web01.fail("xen-a", "migrate3", when="after", leave="definition left", message="Read-only file system")
    with ThreadPoolExecutor() as pool, web01.hold("migrate3") as call:
        failed = pool.submit(run_one, web01)
        call.wait()
        libvirt.open(web01.uris()["xen-a"]).lookupByName("web01").undefine()
        call.let_go()
        assert "xen-b has a definition of it that was kept, as xen-a has none: look at it" in error(failed.result())
    assert web01.kept("web01", "xen-b") == (normal(RAN), False)


def test_a_definition_that_can_t_be_compared_is_kept_and_told(
    web01: FakeFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_arguments: object) -> tuple[str, ...]:
        raise HypervisorError("xen-a", "show a domain's definition", "no answer")

    monkeypatch.setattr(XenHost, "missing", missing)
    web01.fail("xen-a", "migrate3", when="after", leave="definition left", message="Read-only file system")
    told = error(run_one(web01))
    assert "xen-b still has a definition of it, which could not be removed" in told
    assert web01.placement() == {"web01": ["xen-a: running", "xen-b: shut off"]}
