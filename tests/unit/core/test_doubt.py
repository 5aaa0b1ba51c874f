# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is made of a domain's copies: which diagnosis, and which repairs."""

from __future__ import annotations

from typing import Any

import pytest
from copies import case, copy, words

from ansible_collections.xenfleet.migration.plugins.module_utils._core.doubt import diagnose
from ansible_collections.xenfleet.migration.plugins.module_utils._core.evidence import Case, Copy, Ending, Life
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import State


def a(life: Life, **values: Any) -> Copy:
    return copy("xen-a", life, **values)


def b(life: Life, **values: Any) -> Copy:
    return copy("xen-b", life, **values)


RUNS, MAY_RUN, PAUSED, NEVER_RAN = Life.RUNS, Life.MAY_RUN, Life.PAUSED, Life.NEVER_RAN
SUSPENDED, ENDED, OFF = Life.SUSPENDED, Life.ENDED, Life.OFF
JOB, TRANSIENT, AWAY, HELD = {"job": True}, {"persistent": False}, {"moved_away": True}, {"autostart_held": True}
RECEIVED = {**TRANSIENT, **JOB}
RECEIVING = {**RECEIVED, "moving": True, "was_moving": True}
AWAITS = {**RECEIVED, "awaits": True}
CRASHED = {"ending": Ending.CRASHED, "state": State.RUNNING}
SHUT_DOWN = {"ending": Ending.SHUT_DOWN, "state": State.RUNNING}
ASKED = {"ending": Ending.ASKED_TO_BOOT, "state": State.RUNNING}
UNSEEN = ("xen-c",)
CLEAR_A = "clear xen-a"
PAUSE_A, FORGET_A = "pause xen-a", "forget xen-a"
RESTART_A, RESTART_B = "restart xen-a", "restart xen-b"
DESTROY_A, DESTROY_B, WAKE_A, PASS_ON, UNDEFINE_A = (
    "destroy xen-a",
    "destroy xen-b",
    "wake xen-a",
    "carry xen-a xen-b",
    "undefine xen-a",
)


CERTAIN: dict[str, tuple[Case, str, list[str]]] = {
    "a job that nobody holds any more": (case(a(RUNS, **JOB)), "job_held", [RESTART_A]),
    "a job on a paused domain": (case(a(PAUSED, **JOB)), "job_held", [RESTART_A]),
    "libvirt takes what runs for paused": (case(a(RUNS, state=State.PAUSED)), "libvirt_mistaken", [RESTART_A]),
    "libvirt takes what runs for migrating": (case(a(RUNS, state=State.MIGRATING)), "libvirt_mistaken", [RESTART_A]),
    "one that was paused before its move runs": (case(a(RUNS, to_pause=True)), "pause_lost", [PAUSE_A]),
    "one that was paused before its move is paused, which is noted still": (
        case(a(PAUSED, to_pause=True)), "note_left", [FORGET_A]),
    "the same, of a copy that never ran": (case(a(NEVER_RAN, noted=True)), "note_left", [FORGET_A]),
    "one that runs and has the note of another copy": (case(a(RUNS, noted=True)), "note_left", [FORGET_A]),
    "one with such a note, where transfers could not be asked for": (
        case(a(PAUSED, to_pause=True, moving=None)), "note_left", [FORGET_A]),
    "a guest that asked to be booted, and was paused before its move": (
        case(a(ENDED, to_pause=True, **ASKED)), "ended", [CLEAR_A, "boot xen-a"]),
    "one that was paused before its move runs, and its destination waits for it": (
        case(a(RUNS, to_pause=True), b(OFF, awaits=True, **TRANSIENT)), "pause_lost", [PAUSE_A]),
    "the same, with a job": (case(a(RUNS, to_pause=True, **JOB)), "job_held", [RESTART_A]),
    "the same, and a copy that never ran": (
        case(a(RUNS, to_pause=True), b(NEVER_RAN, known=False)), "copy_left", [DESTROY_B]),
    "libvirt takes what is paused for running": (case(a(PAUSED, state=State.RUNNING)), "libvirt_mistaken", [RESTART_A]),
    "a copy beside a running one": (case(a(RUNS), b(NEVER_RAN, **RECEIVED)), "copy_left", [RESTART_B, DESTROY_B]),
    "a copy that libvirt doesn't know": (case(a(RUNS), b(NEVER_RAN, known=False)), "copy_left", [DESTROY_B]),
    "a copy whose libvirt could not be asked": (
        case(a(RUNS), b(NEVER_RAN, by_libvirt=False), unseen=("xen-b",)), "copy_left", [RESTART_B, DESTROY_B]),
    "what libvirt has not noticed the end of, beside one that runs": (
        case(a(RUNS), b(ENDED, gone=True, **RECEIVED)), "libvirt_mistaken", [RESTART_B]),
    "what libvirt has not noticed the end of, where it came from, too": (
        case(a(SUSPENDED, state=State.RUNNING, **JOB), b(ENDED, gone=True, **RECEIVED)),
        "suspended", [RESTART_B, RESTART_A, WAKE_A]),
    "the same beside a shell and the one that runs": (
        case(a(SUSPENDED, **JOB), b(RUNS), copy("xen-c", ENDED, gone=True, **JOB)),
        "copy_left", ["restart xen-c", RESTART_A, PASS_ON, DESTROY_A]),
    "a guest that crashed": (case(a(ENDED, **CRASHED)), "ended", [CLEAR_A]),
    "a guest that crashed, and whose definition boots it": (
        case(a(ENDED, on_crash="restart", **CRASHED)), "ended", [CLEAR_A, "boot xen-a"]),
    "what libvirt has not noticed the end of": (case(a(ENDED, gone=True, **JOB)), "libvirt_mistaken", [RESTART_A]),
    "a copy that libvirt only has a definition of": (
        case(a(RUNS), b(NEVER_RAN, id=None, state=State.SHUT_OFF)), "copy_left", [DESTROY_B]),
    "a copy beside one with a job": (
        case(a(RUNS, **JOB), b(NEVER_RAN, known=False)), "copy_left", [RESTART_A, DESTROY_B]),
    "a shell beside a running one": (
        case(a(SUSPENDED, **JOB, state=State.RUNNING), b(RUNS)), "copy_left", [RESTART_A, PASS_ON, DESTROY_A]),
    "a shell that was being destroyed": (
        case(a(SUSPENDED, given_up=True, **JOB), b(RUNS)), "copy_left", [RESTART_A, PASS_ON, DESTROY_A]),
    "a shell of a transient domain": (
        case(a(SUSPENDED, **RECEIVED), b(RUNS, **TRANSIENT)), "copy_left", [RESTART_A, DESTROY_A]),
    "two copies beside a running one": (
        case(a(RUNS), b(NEVER_RAN, known=False), copy("xen-c", NEVER_RAN, known=False)),
        "copy_left", [DESTROY_B, "destroy xen-c"]),
    "a copy beside a paused domain": (case(a(PAUSED), b(NEVER_RAN, known=False)), "copy_left", [DESTROY_B]),
    "a copy beside a paused domain with a job": (
        case(a(PAUSED, **JOB), b(NEVER_RAN, **RECEIVED)), "copy_left", [RESTART_A, RESTART_B, DESTROY_B]),
    "the caller died halfway": (
        case(a(SUSPENDED, **JOB, state=State.RUNNING), b(NEVER_RAN, **RECEIVED)),
        "suspended", [RESTART_A, RESTART_B, DESTROY_B, WAKE_A]),
    "a source that stands still": (case(a(SUSPENDED, state=State.RUNNING)), "suspended", [RESTART_A, WAKE_A]),
    "a source whose daemon was restarted": (case(a(SUSPENDED)), "suspended", [WAKE_A]),
    "a source whose daemon was restarted, and a copy": (
        case(a(SUSPENDED), b(NEVER_RAN, known=False)), "suspended", [DESTROY_B, WAKE_A]),
    "a guest that shut down": (case(a(ENDED, **SHUT_DOWN)), "ended", [CLEAR_A]),
    "a guest that shut down, and a job": (case(a(ENDED, **SHUT_DOWN, **JOB)), "ended", [RESTART_A, CLEAR_A]),
    "a guest that asked to be booted": (case(a(ENDED, **ASKED)), "ended", [CLEAR_A, "boot xen-a"]),
    "a guest that asked to be booted, and is not to be": (
        case(a(ENDED, **ASKED, boots_again=False)), "ended", [CLEAR_A]),
    "a transient one that shut down": (case(a(ENDED, **SHUT_DOWN, **TRANSIENT)), "ended", [CLEAR_A]),
    "a definition left by a move": (case(a(OFF, **AWAY), b(RUNS)), "stale_definition", [PASS_ON]),
    "a definition that the running one lacks": (case(a(OFF), b(RUNS, **TRANSIENT)), "stale_definition", [PASS_ON]),
    "a definition of which all is there": (case(a(OFF), b(RUNS)), "stale_definition", [UNDEFINE_A]),
    "a definition beside a paused domain": (case(a(OFF), b(PAUSED)), "stale_definition", [UNDEFINE_A]),
    "one that was never made to run where it arrived": (
        case(a(OFF, **AWAY), b(NEVER_RAN)), "held_back", ["run xen-b", PASS_ON]),
    "one that was moved while it was paused, and a definition": (
        case(a(OFF, **AWAY), b(NEVER_RAN, came_paused=True)), "stale_definition", [PASS_ON]),
    "one that went down with its source, and is still received": (
        case(a(OFF), b(NEVER_RAN, **RECEIVING)), "deserted", ["end xen-b"]),
    "one that runs, and that is still received elsewhere": (
        case(a(RUNS), b(NEVER_RAN, **RECEIVING)), "deserted", ["end xen-b"]),
    "one that libvirt elsewhere still waits for": (case(a(RUNS), b(OFF, **AWAITS)), "memory_awaited", [RESTART_B]),
    "one with a job that libvirt elsewhere still waits for": (
        case(a(RUNS, **JOB), b(OFF, **AWAITS)), "job_held", [RESTART_A]),
    "one that is shut off, and that libvirt elsewhere still waits for": (
        case(a(OFF), b(OFF, **AWAITS)), "memory_awaited", [RESTART_B]),
    "a definition left by a move, and a third host that still waits": (
        case(a(OFF, **AWAY), b(RUNS), copy("xen-c", OFF, **AWAITS)), "stale_definition", [PASS_ON, "restart xen-c"]),
    "two definitions, one left by a move": (case(a(OFF, **AWAY), b(OFF)), "stale_definition", [UNDEFINE_A]),
    "two definitions, one whose autostart a move holds back": (
        case(a(OFF, **HELD), b(OFF)), "stale_definition", [UNDEFINE_A]),
}  # fmt: skip
REFUSED: dict[str, tuple[Case, str]] = {
    "two that run": (case(a(RUNS), b(RUNS)), "two_running"),
    "two that may run": (case(a(MAY_RUN), b(MAY_RUN)), "two_running"),
    "one that runs and one that may": (case(a(RUNS), b(MAY_RUN)), "two_running"),
    "a copy beside one that may run": (case(a(MAY_RUN), b(NEVER_RAN, known=False)), "unproven"),
    "a shell beside one that may run": (case(a(SUSPENDED), b(MAY_RUN)), "unproven"),
    "a paused one that has run beside one that runs": (case(a(PAUSED), b(RUNS)), "copy_left"),
    "a crashed one beside one that runs": (case(a(ENDED), b(RUNS)), "copy_left"),
    "a running one that xl started": (case(a(RUNS, known=False)), "outside_libvirt"),
    "a paused one that xl started": (case(a(PAUSED, known=False)), "outside_libvirt"),
    "a suspended one that xl started": (case(a(SUSPENDED, known=False)), "outside_libvirt"),
    "one that libvirt takes for shut off": (case(a(RUNS, id=None, state=State.SHUT_OFF)), "outside_libvirt"),
    "one that runs where libvirt could not be asked": (case(a(RUNS, by_libvirt=False), unseen=("xen-a",)), "unproven"),
    "one that stands still where libvirt could not be asked": (
        case(a(SUSPENDED, by_libvirt=False), unseen=("xen-a",)), "unproven"),
    "what libvirt has not noticed the end of, and would boot": (
        case(a(RUNS), b(ENDED, gone=True, autostart=True, **JOB)), "libvirt_mistaken"),
    "a guest that crashed, and whose definition keeps it": (
        case(a(ENDED, on_crash="preserve", **CRASHED)), "ended"),
    "a transient one that crashed, and whose definition boots it": (
        case(a(ENDED, on_crash="restart", **CRASHED, **TRANSIENT)), "ended"),
    "two that run, and what libvirt has not noticed the end of": (
        case(a(RUNS), b(RUNS), copy("xen-c", ENDED, gone=True, **JOB)), "two_running"),
    "two that were paused": (case(a(PAUSED), b(PAUSED)), "two_stopped"),
    "one paused, one suspended": (case(a(SUSPENDED), b(PAUSED)), "two_stopped"),
    "two suspended": (case(a(SUSPENDED), b(SUSPENDED)), "two_stopped"),
    "one that has crashed": (case(a(ENDED)), "ended"),
    "one that has crashed, and a copy": (case(a(ENDED), b(NEVER_RAN)), "ended"),
    "a guest that shut down, as libvirt knows": (
        case(a(ENDED, ending=Ending.SHUT_DOWN, state=State.SHUTTING_DOWN, id=None)), "ended"),
    "a transient one that asked to be booted": (case(a(ENDED, **ASKED, **TRANSIENT)), "ended"),
    "a guest that shut down, and a copy": (case(a(ENDED, **SHUT_DOWN), b(NEVER_RAN, **RECEIVED)), "ended"),
    "a guest that shut down, and a definition elsewhere": (case(a(ENDED, **SHUT_DOWN), b(OFF)), "ended"),
    "a guest that shut down, while a host is silent": (case(a(ENDED, **SHUT_DOWN), unseen=UNSEEN), "ended"),
    "a guest that shut down, and that xl had started": (case(a(ENDED, known=False, **SHUT_DOWN)), "ended"),
    "one that libvirt takes for running, and that crashed": (case(a(ENDED, state=State.RUNNING)), "ended"),
    "only copies, one of them with a definition": (case(a(NEVER_RAN), b(NEVER_RAN, **TRANSIENT)), "never_ran"),
    "only copies": (case(a(NEVER_RAN, **TRANSIENT), b(NEVER_RAN, **TRANSIENT)), "never_ran"),
    "a copy whose source is gone": (case(b(NEVER_RAN, **RECEIVED)), "never_ran"),
    "a copy that libvirt doesn't know, and nothing else": (case(b(NEVER_RAN, known=False)), "never_ran"),
    "a copy, while a host is silent": (case(b(NEVER_RAN, **TRANSIENT), unseen=UNSEEN), "never_ran"),
    "one that was never made to run where it arrived, while a host is silent": (
        case(a(OFF, **AWAY), b(NEVER_RAN), unseen=UNSEEN), "held_back"),
    "a copy beside a definition": (case(a(OFF), b(NEVER_RAN, **TRANSIENT)), "never_ran"),
    "a suspended one while a host is silent": (case(a(SUSPENDED, state=State.RUNNING), unseen=UNSEEN), "suspended"),
    "halfway while a host is silent": (case(a(SUSPENDED, **JOB), b(NEVER_RAN, **RECEIVED), unseen=UNSEEN), "suspended"),
    "a source that was destroying it, and what arrived": (
        case(a(SUSPENDED, given_up=True, **JOB), b(NEVER_RAN, **RECEIVED)), "given_up"),
    "a source that was destroying it": (case(a(SUSPENDED, given_up=True)), "given_up"),
    "a source that was destroying it, while a host is silent": (
        case(a(SUSPENDED, given_up=True), b(NEVER_RAN, **RECEIVED), unseen=UNSEEN), "given_up"),
    "two definitions": (case(a(OFF), b(OFF)), "defined_twice"),
    "two definitions that moves left": (case(a(OFF, **AWAY), b(OFF, **AWAY)), "defined_twice"),
    "two definitions whose autostart moves hold back": (case(a(OFF, **HELD), b(OFF, **HELD)), "defined_twice"),
    "three definitions": (case(a(OFF), b(OFF), copy("xen-c", OFF, **AWAY)), "defined_twice"),
    "a job of which it is unknown what it is for": (case(a(RUNS, moving=None, **JOB)), "unproven"),
    "halfway, and it is unknown whether the copy is being received": (
        case(a(SUSPENDED, **JOB), b(NEVER_RAN, moving=None, **RECEIVED)), "unproven"),
}  # fmt: skip
WELL: dict[str, Case] = {
    "one that runs": case(a(RUNS)),
    "one that has not shown yet that it runs": case(a(MAY_RUN)),
    "a paused one": case(a(PAUSED)),
    "one that was moved while it was paused": case(a(NEVER_RAN)),
    "a transient one that was moved while it was paused": case(a(NEVER_RAN, **TRANSIENT)),
    "a persistent one that was moved while it was paused, while a host is silent": case(a(NEVER_RAN), unseen=UNSEEN),
    "one that is shut off": case(a(OFF)),
    "one whose move may have noted just now that it is paused": case(a(RUNS, pause_noted=True)),
    "one that was moved away from here, and is nowhere": case(a(OFF, **AWAY)),
    "one that runs while a host is silent": case(a(RUNS), unseen=UNSEEN),
    "one that runs where transfers could not be asked for": case(a(RUNS, moving=None)),
}


UNDER_WAY: dict[str, Case] = {
    "sent and received": case(a(RUNS, moving=True, was_moving=True), b(NEVER_RAN, **RECEIVING)),
    "received, and it was sent a moment ago": case(a(SUSPENDED, was_moving=True), b(NEVER_RAN, **RECEIVING)),
    "received since a moment ago": case(a(OFF), b(NEVER_RAN, **RECEIVED, moving=True)),
    "received, while a host is silent": case(a(OFF), b(NEVER_RAN, **RECEIVING), unseen=UNSEEN),
    "sent": case(a(RUNS, moving=True, was_moving=True)),
}


@pytest.mark.parametrize("found", UNDER_WAY.values(), ids=UNDER_WAY.keys())
def test_under_way_is_memory_that_is(found: Case) -> None:
    diagnosis = diagnose(found, {})
    assert (diagnosis.code, diagnosis.repairs, diagnosis.doubtful) == ("under_way", (), False)


@pytest.mark.parametrize(("found", "code", "repairs"), CERTAIN.values(), ids=CERTAIN.keys())
def test_certain_is(found: Case, code: str, repairs: list[str]) -> None:
    diagnosis = diagnose(found, {})
    assert (diagnosis.code, list(map(words, diagnosis.repairs))) == (code, repairs)
    assert diagnosis.doubtful
    assert diagnosis.sentence.endswith(f"To mend it: {', then '.join(map(str, diagnosis.repairs))}.")


@pytest.mark.parametrize(("found", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_not_certain_is(found: Case, code: str) -> None:
    diagnosis = diagnose(found, {})
    assert (diagnosis.code, diagnosis.repairs, diagnosis.doubtful) == (code, (), True)
    assert [str(one) for one in found.copies if str(one) not in diagnosis.sentence] == []


@pytest.mark.parametrize("found", WELL.values(), ids=WELL.keys())
def test_well_is(found: Case) -> None:
    diagnosis = diagnose(found, {})
    assert (diagnosis.code, diagnosis.repairs, diagnosis.doubtful) == ("healthy", (), False)


GIVEN_UP = a(SUSPENDED, given_up=True)


@pytest.mark.parametrize(
    ("found", "is_named"),
    [
        (case(GIVEN_UP, b(NEVER_RAN)), True),
        (case(GIVEN_UP, b(NEVER_RAN, **JOB)), False),
        (case(GIVEN_UP, b(NEVER_RAN, known=False)), False),
        (case(GIVEN_UP, b(NEVER_RAN), copy("xen-c", NEVER_RAN)), False),
        (case(GIVEN_UP, b(NEVER_RAN), unseen=UNSEEN), False),
        (case(GIVEN_UP), False),
    ],
    ids=["alone", "not whole", "unknown to libvirt", "one of two", "while a host is silent", "nowhere"],
)
def test_of_what_was_given_up_the_copy_that_arrived_is_named_only_if_no_other_can_be_it(
    found: Case, is_named: bool
) -> None:
    diagnosis = diagnose(found, {})
    assert diagnosis.code == "given_up"
    assert ("The copy on xen-b is the domain then" in diagnosis.sentence) is is_named
    assert ("Where the domain arrived is not known" in diagnosis.sentence) is not is_named


def test_a_definition_whose_autostart_is_held_back_is_given_up_only_by_its_name() -> None:
    diagnosis = diagnose(case(a(OFF, **HELD), b(OFF)), {}, named=False)
    assert (diagnosis.code, diagnosis.repairs) == ("defined_twice", ())


def test_a_guest_that_shut_down_is_cleared_away_only_by_its_name() -> None:
    diagnosis = diagnose(case(a(ENDED, **SHUT_DOWN)), {}, named=False)
    assert (diagnosis.code, diagnosis.repairs) == ("ended", ())


def test_one_that_was_suspended_on_purpose_is_woken_only_by_its_name() -> None:
    found = case(a(SUSPENDED))
    assert (diagnose(found, {}, named=False).repairs, diagnose(found, {}, named=False).code) == ((), "suspended")
    assert list(map(words, diagnose(found, {}, named=True).repairs)) == [WAKE_A]


@pytest.mark.parametrize("unnamed", [a(SUSPENDED, state=State.RUNNING), a(SUSPENDED, **JOB)])
def test_one_that_nobody_can_have_suspended_on_purpose_is_woken_without_its_name(unnamed: Copy) -> None:
    assert list(map(words, diagnose(case(unnamed), {}, named=False).repairs)) == [RESTART_A, WAKE_A]


DIFFER = {
    "a definition beside a running one": (
        case(a(OFF), b(RUNS)),
        "undefine it on xen-a when nothing of it is wanted any more.",
    ),
    "a definition left by a move beside another": (
        case(a(OFF, **AWAY), b(OFF)),
        "undefine it on the host that has the wrong one.",
    ),
}


@pytest.mark.parametrize(("found", "advice"), DIFFER.values(), ids=DIFFER.keys())
def test_a_definition_that_has_more_than_the_other_is_not_thrown_away(found: Case, advice: str) -> None:
    diagnosis = diagnose(found, {"xen-a": ("autostart", "memory")})
    assert (diagnosis.code, diagnosis.repairs) == ("definitions_differ", ())
    assert "has what xen-b has not (autostart; memory)" in diagnosis.sentence
    assert diagnosis.sentence.endswith(advice)


RESTART_FIRST = {
    "libvirt holds a job on it": (case(b(NEVER_RAN, **RECEIVED)), True),
    "it holds none": (case(a(OFF), b(NEVER_RAN, **TRANSIENT)), False),
}


@pytest.mark.parametrize(("found", "first"), RESTART_FIRST.values(), ids=RESTART_FIRST)
def test_what_never_ran_is_resumed_after_a_restart_of_the_daemon_if(found: Case, first: bool) -> None:
    """libvirt 11.3 refuses it otherwise (seen on Debian 13)."""
    said = diagnose(found, {}).sentence
    assert ("restart libvirt's daemon on xen-b, which holds a job for its move, then have it run on" in said) is first
    assert "have it run on (virsh resume)" in said
