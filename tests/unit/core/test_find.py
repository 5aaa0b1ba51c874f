# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding domains by name, UUID or pattern, and looking closely at those that were found."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Event
from typing import Any

import pytest
from make import domain, fleet, host_state, listed

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import HypervisorError, MigrationError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.find import (
    Found,
    find,
    inspect_found,
    is_pattern,
    not_found,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._core.locate import Place
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import DOMAIN_0_UUID, Domain

UUID = "0f1b1c52-6a53-4d0e-a6d7-3a51b4cbd7f4"
CONTROL = listed("Domain-0", 0, DOMAIN_0_UUID)
FLEET = fleet(
    host_state("xen-a", CONTROL, listed("web02"), listed("web01", None), listed("we*", 7), listed("db01", 4, UUID)),
    host_state("xen-b", CONTROL, listed("web10"), listed("Web03"), listed(UUID.replace("0", "1"), None)),
)

TERMS = {
    "a name": ("web01", ["web01"]),
    "the beginning of a name": ("web", []),
    "a name in other letters": ("WEB01", []),
    "a UUID": (UUID, ["db01"]),
    "a UUID in capitals": (UUID.upper(), ["db01"]),
    "a UUID that nobody has": (UUID.replace("0", "2"), []),
    "a name that looks like a UUID": (UUID.replace("0", "1"), [UUID.replace("0", "1")]),
    "a UUID without its dashes": (UUID.replace("-", ""), []),
    "a star, in the order of names": ("web*", ["web01", "web02", "web10"]),
    "a question mark": ("web0?", ["web01", "web02"]),
    "a set of letters": ("[Ww]eb0[23]", ["Web03", "web02"]),
    "a pattern that fits nothing": ("mail*", []),
    "a name that is a pattern, too": ("we*", ["we*"]),
    "everything but the control domains": ("*", [UUID.replace("0", "1"), "Web03", "db01", "we*", "web01", "web02", "web10"]),
    "the control domain by its name": ("Domain-0", []),
    "the control domain by its UUID": (DOMAIN_0_UUID, []),
    "the control domain by a pattern": ("Domain-*", []),
    "nothing": ("", []),
}  # fmt: skip


@pytest.mark.parametrize(("term", "names"), TERMS.values(), ids=TERMS.keys())
def test_domains_are_found_by(term: str, names: list[str]) -> None:
    assert [found.place.listed.name for found in find(FLEET, term)] == names


def test_a_domain_is_where_it_is_listed() -> None:
    assert find(FLEET, "web10") == (Found(Place("xen-b", listed("web10"))),)


PATTERNS = {"web*": True, "web?": True, "web[01]": True, "web01": False, UUID: False, "web.+": False, "web]": False}


@pytest.mark.parametrize(("term", "pattern"), PATTERNS.items())
def test_a_term_is_a_pattern_only_with_the_characters_of_one(term: str, pattern: bool) -> None:
    assert is_pattern(term) is pattern


@pytest.mark.parametrize("term", ["web01", UUID, "web*"])
def test_a_domain_is_where_it_is_active_and_its_definitions_are_told(term: str) -> None:
    shut_off, active = listed("web01", None, UUID), listed("web01", 3, UUID)
    hosts = fleet(host_state("xen-a", shut_off), host_state("xen-b", active), host_state("xen-c", shut_off))
    rest = (Place("xen-a", shut_off), Place("xen-c", shut_off))
    assert find(hosts, term) == (Found(Place("xen-b", active), rest),)


def test_a_copy_under_another_name_is_found_by_its_uuid() -> None:
    original, copy = listed("web01", 2, UUID), listed("web01--incoming", None, UUID)
    hosts = fleet(host_state("xen-a", copy), host_state("xen-b", original))
    assert find(hosts, UUID) == (Found(Place("xen-b", original), (Place("xen-a", copy),)),)


def twice(first: int | None, second: int | None) -> Any:
    return fleet(host_state("xen-a", listed("web01", first)), host_state("xen-b", listed("web01", second)))


def namesakes() -> Any:
    return fleet(
        host_state("xen-a", listed("web01", 1, "uuid-1")), host_state("xen-b", listed("web01", None, "uuid-2"))
    )


AMBIGUOUS = {
    "two domains of one name": (
        namesakes(),
        "They are different domains: ask for one by its UUID, or rename the other.",
    ),
    "active on two hosts": (twice(1, 2), "It is being moved just now, or two copies run: look at both hosts."),
    "shut off on two hosts": (twice(None, None), "See which definition is the right one, and undefine the other."),
}


@pytest.mark.parametrize(("hosts", "advice"), AMBIGUOUS.values(), ids=AMBIGUOUS.keys())
@pytest.mark.parametrize("term", ["web01", "web*"])
def test_a_domain_has_no_place_that_is(hosts: Any, advice: str, term: str) -> None:
    with pytest.raises(MigrationError) as error:
        find(hosts, term)
    said = str(error.value)
    assert said.startswith("Domain web01 exists more than once: on xen-a (")
    assert "and on xen-b (" in said
    assert said.endswith(advice)


MISSING = {
    "every host was asked": (
        fleet(host_state("xen-a"), host_state("xen-b")),
        "No domain web01 was found on xen-a, xen-b.",
    ),
    "one host is silent": (
        fleet(host_state("xen-a"), host_state("xen-b", unreachable="it is off")),
        "No domain web01 was found on xen-a. It may be on xen-b, which could not be asked.",
    ),
    "all hosts are silent": (
        fleet(host_state("xen-a", unreachable="off"), host_state("xen-b", unreachable="off")),
        "No domain web01 was found on any host. It may be on xen-a, xen-b, which could not be asked.",
    ),
}


@pytest.mark.parametrize(("hosts", "sentence"), MISSING.values(), ids=MISSING.keys())
def test_a_missing_domain_is_told_when(hosts: Any, sentence: str) -> None:
    assert find(hosts, "web01") == ()
    assert not_found(hosts, "web01") == sentence


class Asked:
    """As much of a hypervisor as looking takes; it answers with what ``inspect`` returns."""

    def __init__(self, inspect: Callable[[str], Domain | None]) -> None:
        self.inspect = inspect


def place(name: str, host: str) -> Place:
    return Place(host, listed(name))


def look(places: list[Place], **hosts: Callable[[str], Domain | None]) -> dict[Place, Domain]:
    asked: Any = {name.replace("_", "-"): Asked(inspect) for name, inspect in hosts.items()}
    return inspect_found(places, asked)


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


def test_a_host_that_refuses_is_an_error() -> None:
    def refuse(uuid: str) -> Domain:
        raise HypervisorError("xen-b", "show a domain", f"{uuid} is none of your business")

    with pytest.raises(HypervisorError, match="Host xen-b could not show a domain: uuid-of-db01 is none"):
        look([place("web01", "xen-a"), place("db01", "xen-b")], xen_a=lambda _uuid: domain(), xen_b=refuse)


def test_a_host_that_does_not_answer_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{find.__module__}.CONNECT_SECONDS", 0.05)
    answer = Event()
    with pytest.raises(HypervisorError, match=r"xen-b could not show its domains: no answer within 0\.05 s"):
        look([place("db01", "xen-b")], xen_b=lambda _uuid: domain() if answer.wait(30) else None)
    answer.set()
