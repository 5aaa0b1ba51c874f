# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a survey of the fleet says: of domains found, missing and in more than one place, and of hosts that fall silent."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import pytest
from make import domain, fleet, host_state, listed

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import HypervisorError, InvalidInput
from ansible_collections.xenfleet.migration.plugins.module_utils._core.looking import closely, look_for
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import DOMAIN_0_UUID, Domain
from ansible_collections.xenfleet.migration.plugins.module_utils._core.snapshot import Hypervisors
from ansible_collections.xenfleet.migration.plugins.module_utils._core.survey import check_terms, survey_record

UUID = "0f1b1c52-6a53-4d0e-a6d7-3a51b4cbd7f4"
CONTROL = listed("Domain-0", 0, DOMAIN_0_UUID)
FLEET = fleet(
    host_state("xen-a", CONTROL, listed("web02", None), listed("web01"), listed("db01", 4, UUID), listed("twice")),
    host_state("xen-b", CONTROL, listed("web01", None), listed("twice"), listed("mail")),
    host_state("xen-c", unreachable="Host xen-c is away."),
)

QUESTIONS: dict[str, tuple[list[str] | None, list[str], list[str], list[str]]] = {
    "everything": (None, ["db01", "mail", "web01", "web02"], [], ["twice"]),
    "nothing": ([], [], [], []),
    "names in their order": (["web01", "db01"], ["web01", "db01"], [], []),
    "a UUID": ([UUID], ["db01"], [], []),
    "a domain by name, UUID and pattern is one": (["db01", UUID, "d*"], ["db01"], [], []),
    "a pattern before a name": (["w*", "web01"], ["web01", "web02"], [], []),
    "a pattern that fits nothing": (["x*"], [], [], []),
    "a name that isn't there": (["nobody", "mail"], ["mail"], ["nobody"], []),
    "a UUID that isn't there": ([UUID.replace("0", "9")], [], [UUID.replace("0", "9")], []),
    "two copies, which are not missing": (["twice", "twi*"], [], [], ["twice"]),
    "the control domain": (["Domain-0"], [], ["Domain-0"], []),
}


def inspected(host: str) -> SimpleNamespace:
    return SimpleNamespace(inspect=lambda uuid: domain(host=host, uuid=uuid))


def survey(terms: list[str] | None, over: Any = FLEET, **hypervisors: Any) -> dict[str, Any]:
    """Survey hosts that show the same whenever they are listed."""
    asked = {"xen-a": inspected("xen-a"), "xen-b": inspected("xen-b")}
    asked.update({name.replace("_", "-"): SimpleNamespace(inspect=inspect) for name, inspect in hypervisors.items()})
    for name, hypervisor in asked.items():
        hypervisor.state = partial(over.hosts.get, name)
    return survey_record(look_for(terms, over, cast(Hypervisors, asked), closely))


@pytest.mark.parametrize(("terms", "names", "missing", "ambiguous"), QUESTIONS.values(), ids=QUESTIONS.keys())
def test_a_survey_finds(terms: list[str] | None, names: list[str], missing: list[str], ambiguous: list[str]) -> None:
    found = survey(terms)
    assert [record["name"] for record in found["domains"]] == names
    assert set(found["placement"]) == set(names)
    assert found["missing"] == missing
    assert [record["name"] for record in found["ambiguous"]] == ambiguous


def test_an_active_domain_is_where_it_is_active() -> None:
    found = survey(["web01", "web02"])
    assert found["placement"] == {"web01": "xen-a", "web02": "xen-a"}
    assert [record["also_on"] for record in found["domains"]] == [["xen-b"], []]


def test_two_copies_are_told_with_their_places() -> None:
    (twice,) = survey(["twice"])["ambiguous"]
    assert twice["message"].startswith("Domain twice exists more than once: on xen-a (active")
    assert [(place["host"], place["name"], place["uuid"], place["id"]) for place in twice["places"]] == [
        ("xen-a", "twice", "uuid-of-twice", 1),
        ("xen-b", "twice", "uuid-of-twice", 1),
    ]


@pytest.mark.parametrize("terms", [None, ["old"], ["new"], ["old", "new"], ["*"]])
def test_a_domain_that_is_moved_under_a_new_name_is_no_two_domains(terms: list[str] | None) -> None:
    moving = fleet(host_state("xen-a", listed("old", 1, UUID)), host_state("xen-b", listed("new", 2, UUID)))
    found = survey(terms, moving)
    assert (found["domains"], found["missing"]) == ([], [])
    (moved,) = found["ambiguous"]
    assert {place["name"] for place in moved["places"]} == {"old", "new"}


def test_a_name_of_two_domains_has_no_placement() -> None:
    alike = fleet(host_state("xen-a", listed("web01", 1, UUID)), host_state("xen-b", listed("web01", 2, UUID[::-1])))
    by_uuid = fleet(
        host_state("xen-a", listed("web01", 1, UUID)), host_state("xen-b", listed("web01", 2, "f" + UUID[1:]))
    )
    assert survey(None, alike)["domains"] == []
    found = survey([UUID, "f" + UUID[1:]], by_uuid)
    assert [record["host"] for record in found["domains"]] == ["xen-a", "xen-b"]
    assert found["placement"] == {}


def test_every_host_is_told_of() -> None:
    assert survey([])["hosts"] == {
        "xen-a": {"reachable": True, "problem": None},
        "xen-b": {"reachable": True, "problem": None},
        "xen-c": {"reachable": False, "problem": "Host xen-c is away."},
    }


def test_a_host_that_falls_silent_while_it_is_looked_at_counts_as_one_that_never_answered() -> None:
    def silent(uuid: str) -> Domain:
        raise HypervisorError("xen-b", "show a domain", f"{uuid} was the last word")

    found = survey(["mail", "db01", "twice"], xen_b=silent)
    assert (found["placement"], found["missing"]) == ({"db01": "xen-a", "twice": "xen-a"}, ["mail"])
    assert not found["hosts"]["xen-b"]["reachable"]
    assert found["hosts"]["xen-b"]["problem"].startswith("Host xen-b could not show a domain")


@pytest.mark.parametrize(("term", "missing"), [("mail", ["mail"]), ("m*", []), (None, [])])
def test_a_domain_that_has_gone_when_it_is_looked_at_is_missing(term: str | None, missing: list[str]) -> None:
    gone: Callable[[str], None] = lambda _uuid: None  # noqa: E731
    found = survey(None if term is None else [term], xen_b=gone)
    assert "mail" not in found["placement"]
    assert found["missing"] == missing


@pytest.mark.parametrize("terms", [[""], ["web01", " "]])
def test_an_empty_name_is_refused(terms: list[str]) -> None:
    with pytest.raises(InvalidInput, match="name holds an empty text"):
        check_terms(terms)
