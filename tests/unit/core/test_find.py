# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding domains by name, UUID or pattern."""

from __future__ import annotations

from typing import Any

import pytest
from make import Walked, fleet, host, host_state, listed

from ansible_collections.xenfleet.migration.plugins.module_utils._core.find import (
    Ambiguous,
    Answer,
    Found,
    find,
    find_all,
    is_pattern,
    not_found,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import DOMAIN_0_UUID, HostState, Place

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


def names_of(answers: tuple[Answer, ...]) -> list[str]:
    return [answer.place.listed.name for answer in answers if isinstance(answer, Found)]


@pytest.mark.parametrize(("term", "names"), TERMS.values(), ids=TERMS.keys())
def test_domains_are_found_by(term: str, names: list[str]) -> None:
    assert names_of(find(FLEET, term)) == names


def test_all_domains_are_what_a_star_means_but_for_a_domain_of_that_name() -> None:
    assert find_all(FLEET) == find(FLEET, "*")
    star = fleet(host_state("xen-a", CONTROL, listed("*"), listed("web01")))
    assert (names_of(find_all(star)), names_of(find(star, "*"))) == (["*", "web01"], ["*"])


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
    (answer,) = find(hosts, term)
    assert isinstance(answer, Ambiguous)
    assert (answer.called, [place.host for place in answer.places]) == ("web01", ["xen-a", "xen-b"])
    assert answer.problem.startswith("Domain web01 exists more than once: on xen-a (")
    assert "and on xen-b (" in answer.problem
    assert answer.problem.endswith(advice)


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


def test_a_thousand_terms_take_no_thousand_searches() -> None:
    before, names = Walked.times, [f"web{number}" for number in range(1000)]
    hosts = fleet(HostState(host("xen-a"), Walked(listed(name, number) for number, name in enumerate(names))))
    assert [name for name in names if names_of(find(hosts, name)) != [name]] == []
    assert Walked.times - before == 1
