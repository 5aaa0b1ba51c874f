# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking for a domain that moves from xen-a to xen-b meanwhile, on the fake libvirt."""

from __future__ import annotations

from threading import Event
from typing import Any

import libvirt
import pytest
from fleet import FakeFleet, uuid_of
from running import connect_read_only, run_one

from ansible_collections.xenfleet.migration.plugins.module_utils._core.connections import host_records
from ansible_collections.xenfleet.migration.plugins.module_utils._core.find import Ambiguous, Found
from ansible_collections.xenfleet.migration.plugins.module_utils._core.looking import (
    Look,
    closely,
    look_for,
    not_at_all,
    traits,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Fleet
from ansible_collections.xenfleet.migration.plugins.module_utils._core.snapshot import take_snapshot
from ansible_collections.xenfleet.migration.plugins.module_utils._core.survey import survey_domains

EVERY_LOOK = pytest.mark.parametrize("look", [not_at_all, traits, closely])
A_LOOK = pytest.mark.parametrize("look", [traits, closely])


@pytest.fixture
def hosts(fleet: FakeFleet) -> FakeFleet:
    fleet.add_domain("web01", "xen-a")
    fleet.add_domain("web02", "xen-a")
    return fleet


def listed(hosts: FakeFleet) -> Any:
    """Return open connections, and the fleet as it is now."""
    return take_snapshot(host_records(hosts.uris()), connect_read_only)


def listed_during_the_move(hosts: FakeFleet, before: str, after: str) -> Any:
    """Return open connections, and the fleet with one host as it was before the move and the other as it is after it."""
    hypervisors, old = listed(hosts)
    run_one(hosts)
    _hypervisors, new = listed(hosts)
    return hypervisors, Fleet({before: old.hosts[before], after: new.hosts[after]})


def places(term: str, hypervisors: Any, fleet: Fleet, look: Look[Any]) -> list[tuple[str, list[str]]]:
    """Return where what a term finds is, and where else."""
    return [
        (answer.place.host, [place.host for place in answer.also_on])
        for answer in look_for([term], fleet, hypervisors, look).answers[term]
        if isinstance(answer, Found)
    ]


@EVERY_LOOK
@pytest.mark.parametrize("term", ["web01", uuid_of("web01")])
@pytest.mark.parametrize(("before", "after"), [("xen-a", "xen-b"), ("xen-b", "xen-a")])
def test_a_domain_that_two_listings_or_none_have_shown_is_where_it_is(
    hosts: FakeFleet, look: Look[Any], term: str, before: str, after: str
) -> None:
    hypervisors, fleet = listed_during_the_move(hosts, before, after)
    assert places(term, hypervisors, fleet, look) == [("xen-b", [])]


@A_LOOK
@pytest.mark.parametrize("term", ["web01", uuid_of("web01"), "*01"])
def test_a_domain_that_has_gone_from_its_place_is_where_it_went(hosts: FakeFleet, look: Look[Any], term: str) -> None:
    hypervisors, fleet = listed(hosts)
    run_one(hosts)
    assert places(term, hypervisors, fleet, look) == [("xen-b", [])]


@A_LOOK
def test_a_domain_that_left_only_its_definition_is_where_it_runs(hosts: FakeFleet, look: Look[Any]) -> None:
    hypervisors, fleet = listed(hosts)
    source, destination = (libvirt.open(hosts.uris()[name]) for name in ("xen-a", "xen-b"))
    source.lookupByName("web01").migrate3(destination, {libvirt.VIR_MIGRATE_PARAM_URI: "tcp://192.0.2.12"})
    assert places("web01", hypervisors, fleet, look) == [("xen-b", ["xen-a"])]


@EVERY_LOOK
@pytest.mark.parametrize("term", ["web09", "twice"])
def test_what_is_nowhere_or_twice_for_good_takes_one_more_listing(hosts: FakeFleet, look: Look[Any], term: str) -> None:
    for name in ("xen-a", "xen-b"):
        hosts.add_domain("twice", name)
    hypervisors, fleet = listed(hosts)
    before = hosts.all_calls()
    (answer,) = look_for([term], fleet, hypervisors, look).answers[term] or (None,)
    assert isinstance(answer, Ambiguous) is (term == "twice")
    calls = {"listAllDomains": 1, "info": 1, "getFreeMemory": 1}
    assert hosts.all_calls() - before == 2 * sum(calls.values())


def test_a_survey_finds_a_domain_that_no_listing_has_shown(hosts: FakeFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    """It moves when xen-b has been listed and xen-a not yet."""
    really, away = libvirt.virConnect.listAllDomains, Event()
    in_the_way = iter([True])

    def listing(connection: Any, flags: int = 0) -> Any:
        if connection.getURI() == hosts.uris()["xen-b"]:
            shown = really(connection, flags)
            away.set()
            return shown
        if next(in_the_way, False):
            assert away.wait(10)
            run_one(hosts)
        return really(connection, flags)

    monkeypatch.setattr(libvirt.virConnect, "listAllDomains", listing)
    found = survey_domains(["web01"], host_records(hosts.uris()), connect_read_only)
    assert (found["placement"], found["missing"], found["ambiguous"]) == ({"web01": "xen-b"}, [], [])
