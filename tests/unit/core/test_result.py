# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module returns for what became of the moves."""

from __future__ import annotations

from dataclasses import replace

import pytest
from make import domain, move, shut_off

from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import (
    Host,
    Outcome,
    Report,
    Status,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._core.result import failed, result, warnings

HOSTS = [Host("xen-a", "xen:///a"), Host("xen-b", "xen:///b")]
WEB = move(domain())
ARRIVED = domain("web01", "xen-b", id=7)


def report(*outcomes: Outcome, settled: tuple[object, ...] = (), **values: object) -> Report:
    return Report(settled=settled, outcomes=outcomes, **values)  # type: ignore[arg-type]


# status: changed, failed, the hosts that the diff shows before and afterwards
STATUSES = {
    Status.PLANNED: (True, False, "xen-a", "xen-b"),
    Status.MOVED: (True, False, "xen-a", "xen-b"),
    Status.FAILED: (False, True, "xen-a", "xen-a"),
    Status.INCOMPLETE: (True, True, "xen-a", "xen-b"),
    Status.IN_DOUBT: (True, True, "xen-a", "unknown"),
    Status.NOT_BEGUN: (False, True, "xen-a", "xen-a"),
    Status.ABORTED: (False, True, "xen-a", "xen-a"),
    Status.IN_PLACE: (False, False, "xen-b", "xen-b"),
}


@pytest.mark.parametrize("status", Status)
def test_a_status_decides_what_is_changed_and_what_failed(status: Status) -> None:
    made = report(Outcome(WEB, status, 1.0, ARRIVED, error="why"))
    changed, is_failed, before, after = STATUSES[status]
    told = result(made, HOSTS)
    assert (told["changed"], failed(made)) == (changed, is_failed)
    assert told["diff"] == {"before": {"web01": before}, "after": {"web01": after}}
    assert told["moves"][0]["status"] == status.value


def test_nothing_to_do_is_no_change() -> None:
    made = report(settled=(domain("web01", "xen-b"),))
    told = result(made, HOSTS)
    assert (told["changed"], told["moves"], failed(made)) == (False, [], False)
    assert told["msg"] == "web01 is on xen-b already."
    assert told["diff"] == {"before": {"web01": "xen-b"}, "after": {"web01": "xen-b"}}


def test_a_moved_domain_is_told_as_the_destination_shows_it() -> None:
    told = result(report(Outcome(WEB, Status.MOVED, 1.26, ARRIVED)), HOSTS)
    assert told["msg"] == "Moved web01 from xen-a to xen-b, live, in 1.3 s."
    assert told["domains"]["web01"] == {
        "name": "web01",
        "uuid": "uuid-of-web01",
        "host": "xen-b",
        "uri": "xen:///b",
        "id": 7,
        "state": "running",
        "persistent": True,
        "autostart": False,
    }


def test_a_renamed_domain_keeps_the_name_it_was_asked_by_as_its_key() -> None:
    renamed = replace(WEB, new_name="www")
    told = result(report(Outcome(renamed, Status.MOVED, 1.0, domain("www", "xen-b"))), HOSTS)
    assert told["domains"]["web01"]["name"] == "www"
    assert told["msg"] == "Moved web01 from xen-a to xen-b as www, live, in 1.0 s."


HOW = {"live": move(domain()), "not live": move(domain(), live=False), "its definition": move(shut_off(), live=False)}


@pytest.mark.parametrize(("words", "what"), HOW.items())
def test_a_plan_says_how_it_would_move(words: str, what: object) -> None:
    told = result(report(Outcome(what, Status.PLANNED)), HOSTS)  # type: ignore[arg-type]
    assert told["msg"] == f"Would move web01 from xen-a to xen-b, {words}."


def test_the_error_of_a_move_is_in_the_message() -> None:
    told = result(report(Outcome(WEB, Status.FAILED, 1.0, error="It was the cable.")), HOSTS)
    assert (told["msg"], told["moves"][0]["error"]) == ("It was the cable.", "It was the cable.")


def test_the_domain_of_a_move_in_doubt_is_not_told() -> None:
    assert result(report(Outcome(WEB, Status.IN_DOUBT, 1.0, error="?")), HOSTS)["domains"] == {}


def test_warnings_of_the_task_come_before_those_of_its_moves() -> None:
    made = report(Outcome(WEB, Status.MOVED, 1.0, ARRIVED, warnings=("second",)), warnings=("first",))
    assert warnings(made) == ("first", "second")


def test_a_move_that_libvirt_reported_an_error_for_is_not_told_as_the_task_s_own() -> None:
    ours = Outcome(WEB, Status.MOVED, 21.34, ARRIVED)
    assert result(report(ours), HOSTS)["msg"] == "Moved web01 from xen-a to xen-b, live, in 21.3 s."
    assert result(report(replace(ours, confirmed=False)), HOSTS)["msg"] == (
        "web01 went from xen-a to xen-b within 21.3 s, although libvirt reported an error to this task; another run may have"
        " moved it."
    )
