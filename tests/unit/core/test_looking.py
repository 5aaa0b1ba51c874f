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
from ansible_collections.xenfleet.migration.plugins.module_utils._core.find import Index, find
from ansible_collections.xenfleet.migration.plugins.module_utils._core.locate import Place
from ansible_collections.xenfleet.migration.plugins.module_utils._core.looking import (
    closely,
    look_at,
    look_at_found,
    traits,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Domain, Fleet, Listed, State, Traits


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
    """As much of a hypervisor as looking by listings takes; it answers with these traits, or that it can't."""

    def __init__(self, **told: Traits) -> None:
        self.told = told
        self.asked: list[set[str]] = []

    def traits(self, uuids: Collection[str]) -> dict[str, Traits]:
        self.asked.append(set(uuids))
        if not self.told:
            raise HypervisorError("xen-a", "show its domains", "the connection was lost")
        return {uuid: self.told[uuid] for uuid in uuids if uuid in self.told}


def look_by_listings(
    listed_ones: dict[str, list[Listed]], terms: list[str], **hosts: Listing
) -> tuple[Fleet, dict[str, Traits]]:
    """Return the fleet as it proves to be, and what was seen: ``web01 on xen-a`` -> traits."""
    asked: Any = {name.replace("_", "-"): one for name, one in hosts.items()}
    states = [host_state(name, *domains) for name, domains in listed_ones.items()]
    proved, shown = look_at_found(terms, fleet(*states), asked, traits)
    return proved, {f"{place.listed.name} on {place.host}": one for place, one in shown.items()}


def found(proved: Fleet, term: str) -> list[str]:
    return [one.place.host for one in find(Index(proved), term)]


WEB01, WEB02, DEFINED = listed("web01", 1, "web01"), listed("web02", 2, "web02"), listed("web01", None, "web01")


def test_only_the_hosts_of_what_was_found_are_asked_and_once() -> None:
    ours, other = Listing(web01=RUNNING, web02=RUNNING), Listing(db01=RUNNING)
    where = {"xen-a": [WEB01, WEB02], "xen-b": [listed("db01")]}
    _fleet, shown = look_by_listings(where, ["web01", "web*", "web02"], xen_a=ours, xen_b=other)
    assert shown == {"web01 on xen-a": RUNNING, "web02 on xen-a": RUNNING}
    assert (ours.asked, other.asked) == ([{"web01", "web02"}], [])


def test_a_domain_that_has_gone_is_not_found() -> None:
    proved, shown = look_by_listings({"xen-a": [WEB01, WEB02]}, ["web01", "web*"], xen_a=Listing(web02=RUNNING))
    assert shown == {"web02 on xen-a": RUNNING}
    assert (found(proved, "web01"), found(proved, "web*")) == ([], ["xen-a"])


def test_a_domain_that_has_gone_from_one_host_is_where_else_it_is() -> None:
    proved, shown = look_by_listings(
        {"xen-a": [WEB01, WEB02], "xen-b": [DEFINED]},
        ["web01"],
        xen_a=Listing(web02=RUNNING),
        xen_b=Listing(web01=SHUT_OFF),
    )
    assert shown == {"web01 on xen-b": SHUT_OFF}
    assert found(proved, "web01") == ["xen-b"]


def test_a_host_that_falls_silent_is_unreachable() -> None:
    proved, shown = look_by_listings(
        {"xen-a": [WEB01], "xen-b": [WEB02]}, ["web*"], xen_a=Listing(), xen_b=Listing(web02=RUNNING)
    )
    assert shown == {"web02 on xen-b": RUNNING}
    assert proved.hosts["xen-a"].unreachable == "Host xen-a could not show its domains: the connection was lost."
    assert proved.hosts["xen-b"].unreachable is None
