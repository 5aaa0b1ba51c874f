# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What listings tell of domains on the fake libvirt, and how many calls it takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import libvirt
import pytest
from fleet import FakeFleet, uuid_of
from shell import run_here

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import HostUnreachable, HypervisorError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Host, State, Traits
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.xen_host import XenHost, connector

DOMAINS: dict[str, tuple[dict[str, Any], Traits]] = {
    "runs": ({}, Traits(1, State.RUNNING, True, False)),
    "runs-by-itself": ({"autostart": True}, Traits(2, State.RUNNING, True, True)),
    "runs-once": ({"persistent": False}, Traits(3, State.RUNNING, False, False)),
    "rests": ({"state": "shut off"}, Traits(None, State.SHUT_OFF, True, False)),
    "rests-today": ({"state": "shut off", "autostart": True}, Traits(None, State.SHUT_OFF, True, True)),
    "waits": ({"state": "paused", "autostart": True}, Traits(4, State.PAUSED, True, True)),
    "arrives": ({"state": "migrating", "persistent": False}, Traits(5, State.MIGRATING, False, False)),
    "ends": ({"state": "shutting down"}, Traits(6, State.SHUTTING_DOWN, True, False)),
    "failed": ({"state": "crashed"}, Traits(7, State.CRASHED, True, False)),
}
WANTED = {uuid_of(name): traits for name, (_options, traits) in DOMAINS.items()}


@pytest.fixture
def xen_a(fleet: FakeFleet) -> XenHost:
    for name, (options, _traits) in DOMAINS.items():
        fleet.add_domain(name, "xen-a", **options)
    return connector(run_here, read_only=True)(Host("xen-a", fleet.uris()["xen-a"]))


def test_domains_are_shown_as_they_are(xen_a: XenHost) -> None:
    assert xen_a.traits(WANTED.keys()) == WANTED


def test_only_those_in_question_are_shown(xen_a: XenHost) -> None:
    asked = [uuid_of("rests"), uuid_of("waits"), uuid_of("nobody")]
    assert xen_a.traits(asked) == {uuid: WANTED[uuid] for uuid in asked[:2]}


def test_a_close_look_says_the_same(xen_a: XenHost) -> None:
    looks = {uuid: xen_a.inspect(uuid) for uuid in WANTED}
    assert {uuid: Traits(it.id, it.state, it.persistent, it.autostart) for uuid, it in looks.items() if it} == WANTED


CALLS = {
    "runs or is shut off": (["runs", "runs-by-itself", "runs-once", "rests", "rests-today"], {"listAllDomains": 5}),
    "is paused": (["runs", "waits"], {"listAllDomains": 8, "state": 1}),
    "is neither": (["waits", "arrives", "ends", "failed"], {"listAllDomains": 8, "state": 4}),
    "is not there": (["nobody"], {"listAllDomains": 8, "lookupByUUIDString": 1}),
}


@pytest.mark.parametrize(("names", "calls"), CALLS.values(), ids=CALLS.keys())
def test_listings_are_made_for_all_and_one_call_for_what(
    fleet: FakeFleet, xen_a: XenHost, names: list[str], calls: dict[str, int]
) -> None:
    before = fleet.calls_of_hosts()["xen-a"]
    xen_a.traits([uuid_of(name) for name in names])
    assert fleet.calls_of_hosts()["xen-a"] - before == calls


@pytest.mark.parametrize("when", range(5))
def test_a_domain_that_changes_between_two_listings_is_shown_as_it_was_or_is(
    fleet: FakeFleet, xen_a: XenHost, monkeypatch: pytest.MonkeyPatch, when: int
) -> None:
    """It is shut off before, and runs from the listing ``when`` onwards: which of the two is told, it is told of once."""
    before_listing(monkeypatch, when, lambda: start(fleet, "rests"))
    told = xen_a.traits([uuid_of("rests")])[uuid_of("rests")]
    assert told in (WANTED[uuid_of("rests")], Traits(8, State.RUNNING, True, False))


@pytest.mark.parametrize("when", range(5))
def test_a_domain_that_vanishes_between_two_listings_is_shown_as_it_was_or_not_at_all(
    fleet: FakeFleet, xen_a: XenHost, monkeypatch: pytest.MonkeyPatch, when: int
) -> None:
    wanted = {uuid: WANTED[uuid] for uuid in (uuid_of("runs-once"), uuid_of("rests"))}
    before_listing(monkeypatch, when, lambda: remove(fleet, *wanted))
    told = xen_a.traits(wanted.keys())
    assert told.items() <= wanted.items()
    assert (len(told) == 0) is (when == 0)


CHANGES: dict[str, tuple[str, Callable[[Any], object], Traits | None]] = {
    "vanishes": ("arrives", lambda domain: domain.destroy(), None),
    "is resumed": ("waits", lambda domain: domain.resume(), Traits(4, State.RUNNING, True, True)),
    "is shut off": ("waits", lambda domain: domain.destroy(), Traits(None, State.SHUT_OFF, True, True)),
}


@pytest.mark.parametrize(("name", "change", "traits"), CHANGES.values(), ids=CHANGES.keys())
def test_a_paused_domain_is_shown_as_it_is_when_before_its_state_is_asked_it(
    fleet: FakeFleet,
    xen_a: XenHost,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    change: Callable[[Any], object],
    traits: Traits | None,
) -> None:
    really = libvirt.virDomain.state
    changes = iter([lambda: change(libvirt.open(fleet.uris()["xen-a"]).lookupByName(name))])
    monkeypatch.setattr(libvirt.virDomain, "state", lambda domain: (next(changes, int)(), really(domain))[1])
    assert xen_a.traits([uuid_of(name)]) == ({uuid_of(name): traits} if traits is not None else {})


def test_a_host_that_dies_between_two_listings_is_an_error(
    fleet: FakeFleet, xen_a: XenHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    before_listing(monkeypatch, 2, lambda: fleet.set_up("xen-a", False))
    with pytest.raises(HypervisorError, match="Host xen-a could not show its domains: "):
        xen_a.traits(WANTED.keys())
    with pytest.raises(HostUnreachable):
        xen_a.traits(WANTED.keys())


def test_a_domain_that_can_t_be_asked_is_an_error_and_not_gone(fleet: FakeFleet, xen_a: XenHost) -> None:
    fleet.fail("xen-a", "state", message="no answer")
    with pytest.raises(HypervisorError, match=r"Host xen-a could not show its domains: .*no answer"):
        xen_a.traits(WANTED.keys())


def before_listing(monkeypatch: pytest.MonkeyPatch, number: int, happen: Callable[[], object]) -> None:
    """Have something happen just before the listing of this number, counted from 0."""
    really, count = libvirt.virConnect.listAllDomains, iter(range(100))

    def listing(connection: Any, flags: int = 0) -> Any:
        if next(count) == number:
            happen()
        return really(connection, flags)

    monkeypatch.setattr(libvirt.virConnect, "listAllDomains", listing)


def start(fleet: FakeFleet, name: str) -> None:
    libvirt.open(fleet.uris()["xen-a"]).lookupByName(name).create()


def remove(fleet: FakeFleet, *uuids: str) -> None:
    connection = libvirt.open(fleet.uris()["xen-a"])
    for domain in map(connection.lookupByUUIDString, uuids):
        (domain.destroy if domain.isActive() else domain.undefine)()
