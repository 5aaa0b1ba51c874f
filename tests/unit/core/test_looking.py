# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking at domains that were found, while they and their hosts come and go."""

from __future__ import annotations

from collections.abc import Callable, Collection
from threading import Barrier, Event
from typing import Any

import pytest
from make import domain, fleet, host_state, listed

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import HypervisorError, MigrationError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.find import Found
from ansible_collections.xenfleet.migration.plugins.module_utils._core.looking import (
    Sighting,
    closely,
    look_at,
    look_for,
    traits,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import (
    Domain,
    HostState,
    Listed,
    Place,
    State,
    Traits,
)


class Asked:
    """As much of a hypervisor as looking takes; it answers with what ``inspect`` returns."""

    def __init__(self, inspect: Callable[[str], Domain | None]) -> None:
        self.inspect = inspect


def place(name: str, host: str) -> Place:
    return Place(host, listed(name))


def look_closely(
    places: list[Place], **hosts: Callable[[str], Domain | None]
) -> tuple[dict[Place, Domain], dict[str, MigrationError]]:
    asked: Any = {name.replace("_", "-"): Asked(inspect) for name, inspect in hosts.items()}
    return look_at(places, asked, closely)


def look(places: list[Place], **hosts: Callable[[str], Domain | None]) -> dict[Place, Domain]:
    shown, problems = look_closely(places, **hosts)
    assert problems == {}
    return shown


def test_each_domain_is_looked_at_on_its_own_host() -> None:
    def inspect(on: str) -> Callable[[str], Domain]:
        return lambda uuid: domain(uuid.removeprefix("uuid-of-"), on)

    places = [place("web01", "xen-a"), place("db01", "xen-b"), place("web02", "xen-a")]
    found = look(places, xen_a=inspect("xen-a"), xen_b=inspect("xen-b"))
    assert found == {place: domain(place.listed.name, place.host) for place in places}


def test_hosts_are_looked_at_at_the_same_time() -> None:
    both = Barrier(2, timeout=10)

    def inspect(uuid: str) -> Domain:
        both.wait()  # or the barrier breaks
        return domain(uuid)

    assert len(look([place("web01", "xen-a"), place("db01", "xen-b")], xen_a=inspect, xen_b=inspect)) == 2


def test_a_domain_that_has_just_gone_is_left_out() -> None:
    def inspect(uuid: str) -> Domain | None:
        return None if uuid == "uuid-of-web01" else domain("web02")

    found = look([place("web01", "xen-a"), place("web02", "xen-a")], xen_a=inspect)
    assert found == {place("web02", "xen-a"): domain("web02")}


def test_nothing_to_look_at_asks_nobody() -> None:
    assert look([]) == {}


def test_a_host_that_refuses_is_a_problem_of_its_own() -> None:
    def refuse(uuid: str) -> Domain:
        raise HypervisorError("xen-b", "show a domain", f"{uuid} is none of your business")

    web01 = place("web01", "xen-a")
    shown, problems = look_closely([web01, place("db01", "xen-b")], xen_a=lambda _uuid: domain(), xen_b=refuse)
    assert shown == {web01: domain()}
    assert str(problems["xen-b"]).startswith("Host xen-b could not show a domain: uuid-of-db01 is none")


def test_a_host_that_does_not_answer_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{look_at.__module__}.CONNECT_SECONDS", 0.05)
    answer = Event()
    shown, problems = look_closely([place("db01", "xen-b")], xen_b=lambda _uuid: domain() if answer.wait(30) else None)
    answer.set()
    assert shown == {}
    assert str(problems["xen-b"]) == "Host xen-b could not show its domains: no answer within 0.05 s."


RUNNING, SHUT_OFF = Traits(1, State.RUNNING, True, False), Traits(None, State.SHUT_OFF, True, True)


class Listing:
    """As much of a hypervisor as looking by listings takes; it answers with these traits, or that it can't.

    Listed again, it shows ``later``, or all that it has traits of.
    """

    def __init__(self, *later: Listed, **told: Traits) -> None:
        self.told = told
        self.later = later
        self.asked: list[set[str]] = []

    def state(self) -> HostState:
        self._answer()
        return host_state("later", *(self.later or (listed(name, it.id, name) for name, it in self.told.items())))

    def traits(self, uuids: Collection[str]) -> dict[str, Traits]:
        self.asked.append(set(uuids))
        self._answer()
        return {uuid: self.told[uuid] for uuid in uuids if uuid in self.told}

    def _answer(self) -> None:
        if not self.told:
            raise HypervisorError("xen-a", "show its domains", "the connection was lost")


def look_by_listings(listings: dict[str, list[Listed]], terms: list[str] | None, **hosts: Listing) -> Sighting[Traits]:
    asked: Any = {name.replace("_", "-"): one for name, one in hosts.items()}
    return look_for(terms, fleet(*(host_state(name, *domains) for name, domains in listings.items())), asked, traits)


def seen(sighting: Sighting[Traits]) -> dict[str, Traits]:
    """Return ``web01 on xen-a`` -> traits."""
    return {f"{place.listed.name} on {place.host}": one for place, one in sighting.shown.items()}


def found(sighting: Sighting[Traits], term: str) -> list[str]:
    return [answer.place.host for answer in sighting.answers[term] if isinstance(answer, Found)]


WEB01, WEB02, DEFINED = listed("web01", 1, "web01"), listed("web02", 2, "web02"), listed("web01", None, "web01")


def test_only_the_hosts_of_what_was_found_are_asked_and_once() -> None:
    ours, other = Listing(web01=RUNNING, web02=RUNNING), Listing(db01=RUNNING)
    where = {"xen-a": [WEB01, WEB02], "xen-b": [listed("db01")]}
    sighting = look_by_listings(where, ["web01", "web*", "web02"], xen_a=ours, xen_b=other)
    assert seen(sighting) == {"web01 on xen-a": RUNNING, "web02 on xen-a": RUNNING}
    assert (ours.asked, other.asked) == ([{"web01", "web02"}], [])


@pytest.mark.parametrize("later", [(), (WEB01, WEB02)], ids=["also from the next listing", "only from its place"])
def test_a_domain_that_has_gone_is_not_found(later: tuple[Listed, ...]) -> None:
    where = {"xen-a": [WEB01, WEB02]}
    sighting = look_by_listings(where, ["web01", "web*"], xen_a=Listing(*later, web02=RUNNING))
    assert seen(sighting).keys() == {"web02 on xen-a"}
    assert (found(sighting, "web01"), found(sighting, "web*")) == ([], ["xen-a"])


def test_a_domain_that_has_gone_from_one_host_is_where_else_it_is() -> None:
    sighting = look_by_listings(
        {"xen-a": [WEB01, WEB02], "xen-b": [DEFINED]},
        ["web01"],
        xen_a=Listing(WEB01, WEB02, web02=RUNNING),
        xen_b=Listing(web01=SHUT_OFF),
    )
    assert seen(sighting) == {"web01 on xen-b": SHUT_OFF}
    assert found(sighting, "web01") == ["xen-b"]


def test_a_host_that_falls_silent_is_unreachable() -> None:
    sighting = look_by_listings(
        {"xen-a": [WEB01], "xen-b": [WEB02]}, ["web*"], xen_a=Listing(), xen_b=Listing(web02=RUNNING)
    )
    assert seen(sighting) == {"web02 on xen-b": RUNNING}
    hosts = sighting.fleet.hosts
    assert hosts["xen-a"].unreachable == "Host xen-a could not show its domains: the connection was lost."
    assert hosts["xen-b"].unreachable is None
