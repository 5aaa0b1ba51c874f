# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moves whose domain another run takes away while they wait for their turn, on the fake libvirt."""

from __future__ import annotations

from collections.abc import Callable

import libvirt
import pytest
from fleet import FakeFleet
from running import ONE_BY_ONE, Queue, connect, run

from ansible_collections.xenfleet.migration.plugins.module_utils._core.connections import host_records
from ansible_collections.xenfleet.migration.plugins.module_utils._core.migration import migrate
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Report, Status
from ansible_collections.xenfleet.migration.plugins.module_utils._core.request import Request
from ansible_collections.xenfleet.migration.plugins.module_utils._core.result import failed, result
from ansible_collections.xenfleet.migration.plugins.module_utils._core.wish import make_wishes

Meanwhile = Callable[[FakeFleet], None]


def moved_to(host: str, new_name: str | None = None) -> Meanwhile:
    return lambda fleet: _moved(fleet, host, new_name)


def _moved(fleet: FakeFleet, host: str, new_name: str | None) -> None:
    (outcome,) = run(fleet, {"web01": host}, new_name).outcomes
    assert outcome.status is Status.MOVED


def moved_and_stopped(fleet: FakeFleet) -> None:
    _moved(fleet, "xen-b", None)
    libvirt.open(fleet.uris()["xen-b"]).lookupByName("web01").destroy()


def moved_and_not_to_be_asked(fleet: FakeFleet) -> None:
    _moved(fleet, "xen-b", None)
    fleet.set_up("xen-b", False)


def removed(fleet: FakeFleet) -> None:
    domain = libvirt.open(fleet.uris()["xen-a"]).lookupByName("web01")
    domain.destroy()
    domain.undefine()


def late(fleet: FakeFleet, meanwhile: Meanwhile) -> Report:
    """Move web01 to xen-b, late."""
    hosts = host_records(fleet.uris())
    request = Request(hosts, make_wishes(None, None, {"web01": "xen-b"}, None, hosts), at_once=ONE_BY_ONE)
    return migrate(request, connect, places=Queue(fleet, lambda _move: meanwhile(fleet)))


@pytest.mark.parametrize("state", ["running", "paused", "shut off"])
def test_a_domain_that_is_where_it_was_to_be_needs_nothing(fleet: FakeFleet, state: str) -> None:
    fleet.add_domain("web01", "xen-a", state=state)
    report = late(fleet, moved_to("xen-b"))
    told = result(report, host_records(fleet.uris()))
    assert (told["changed"], failed(report)) == (False, False)
    assert told["msg"] == "web01 is on xen-b already: another run moved it while this one waited for its turn."
    assert [record["status"] for record in told["moves"]] == ["in place"]
    assert (told["domains"]["web01"]["host"], told["domains"]["web01"]["state"]) == ("xen-b", state)
    assert told["diff"] == {"before": {"web01": "xen-b"}, "after": {"web01": "xen-b"}}
    assert fleet.placement() == {"web01": [f"xen-b: {state}"]}


ELSEWHERE = {
    "moved elsewhere": (moved_to("xen-c"), "Another run has moved it elsewhere, or somebody removed it"),
    "removed": (removed, "Another run has moved it elsewhere, or somebody removed it"),
    "called otherwise": (moved_to("xen-b", "www"), "xen-b has it as www."),
    "stopped": (moved_and_stopped, "xen-b shows it shut off."),
    "not to be asked": (moved_and_not_to_be_asked, "Host xen-b could not"),
}


@pytest.mark.parametrize(("meanwhile", "why"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_anything_else_is_told_and_nothing_is_done(fleet: FakeFleet, meanwhile: Meanwhile, why: str) -> None:
    fleet.add_host("xen-c")
    fleet.add_domain("web01", "xen-a")
    report = late(fleet, meanwhile)
    (outcome,) = report.outcomes
    assert outcome.status is Status.FAILED
    assert str(outcome.error).startswith("Domain web01 is not on xen-a any more. ")
    assert why in str(outcome.error)
    assert result(report, host_records(fleet.uris()))["changed"] is False


def test_one_that_was_shut_down_meanwhile_is_left_as_it_is(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a", autostart=True)
    stop = libvirt.open(fleet.uris()["xen-a"]).lookupByName("web01").destroy
    (outcome,) = late(fleet, lambda _fleet: stop()).outcomes
    assert outcome.status is Status.FAILED
    assert "is shut off by now: somebody shut it down, or it ended by itself. Run" in str(outcome.error)
    assert fleet.domain("web01", "xen-a")["autostart"]


def test_a_source_that_can_t_be_asked_is_told_by_the_move_itself(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    (outcome,) = late(fleet, lambda fleet: fleet.set_up("xen-a", False)).outcomes
    assert outcome.status is Status.FAILED
    assert "Domain web01 was not touched. Host xen-a could not" in str(outcome.error)
