# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which address of the destination memory is sent to."""

from __future__ import annotations

import socket
from dataclasses import dataclass

import pytest
from make import domain, fleet, host_state, move, shut_off

from ansible_collections.xenfleet.migration.plugins.module_utils._core import route
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Finding, Host, HostFacts, HostState


@dataclass(frozen=True)
class Case:
    """What is known of the destination and of the source, and the address that follows."""

    chosen: str
    own: tuple[str, ...] | None
    others: tuple[str, ...] | None = ("192.0.2.11/24",)
    uri_host: str = "192.0.2.12"
    resolves_to: str | None = None
    migration_address: str | None = None


CASES = {
    "the URI's address where it is the host's own": Case("192.0.2.12", ("10.0.0.12/24", "192.0.2.12/24")),
    "what the administrator said before all else": Case(
        "10.9.9.9", ("192.0.2.12/24", "10.9.9.9/8"), migration_address="10.9.9.9"
    ),
    "a link-local one that the administrator said": Case(
        "169.254.0.9", ("192.0.2.12/24",), migration_address="169.254.0.9"
    ),
    "what the administrator said where nobody could be asked": Case(
        "10.9.9.9", None, None, migration_address="10.9.9.9"
    ),
    "the address that a name means where it is the host's own": Case(
        "192.0.2.12", ("10.0.0.12/24", "192.0.2.12/24"), uri_host="xen-b", resolves_to="192.0.2.12"
    ),
    "an address in a network of both where the name means loopback": Case(
        "192.0.2.12", ("10.0.0.12/24", "192.0.2.12/24"), uri_host="xen-b", resolves_to="127.0.1.1"
    ),
    "an address in a network of both where the name is an ssh alias": Case(
        "192.0.2.12", ("10.0.0.12/24", "192.0.2.12/24"), uri_host="alias"
    ),
    "an address in a network of both where the URI's is a forwarder's": Case(
        "192.0.2.12", ("10.0.0.12/24", "192.0.2.12/24"), uri_host="203.0.113.5"
    ),
    "never the address that both have behind NAT": Case(
        "10.77.0.12", ("10.0.2.15/24", "10.77.0.12/24"), ("10.0.2.15/24", "10.77.0.11/24"), uri_host="127.0.0.1"
    ),
    "never the address that both have, even if the URI says it": Case(
        "10.77.0.12", ("10.0.2.15/24", "10.77.0.12/24"), ("10.0.2.15/24", "10.77.0.11/24"), uri_host="10.0.2.15"
    ),
    "any address of its own where no network is shared": Case("198.51.100.7", ("198.51.100.7/24",), uri_host="alias"),
    "an IPv4 address where the URI has an IPv6 one": Case(
        "192.0.2.12",
        ("2001:db8::12/64", "192.0.2.12/24"),
        ("2001:db8::11/64", "192.0.2.11/24"),
        uri_host="[2001:db8::12]",
    ),
    "an address in a network in which the source is with another prefix": Case(
        "192.0.2.12", ("10.0.0.12/24", "192.0.2.12/24"), ("192.0.2.11/32",), uri_host="alias"
    ),
    "the URI's address where the host could not be asked": Case("192.0.2.12", None),
    "the URI's address where the source could not be asked": Case("192.0.2.12", ("192.0.2.12/24",), None),
}


@pytest.fixture(autouse=True)
def no_name_service(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve(monkeypatch, None)


def resolve(monkeypatch: pytest.MonkeyPatch, answer: str | None) -> None:
    """Have every name that isn't an address mean ``answer``."""
    real = socket.getaddrinfo

    def fake(name: str, *rest: object, **options: object) -> object:
        numeric = name.replace(".", "").isdigit() or ":" in name
        if not numeric and answer is None:
            raise socket.gaierror("Name or service not known")
        return real(name if numeric else answer, *rest, **options)  # type: ignore[arg-type, call-overload]

    monkeypatch.setattr(socket, "getaddrinfo", fake)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_memory_goes_to(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    if case.resolves_to:
        resolve(monkeypatch, case.resolves_to)
    host = Host("xen-b", f"xen+ssh://root@{case.uri_host}/system", case.migration_address)
    assert route.migration_address(host, HostFacts(case.others), HostFacts(case.own)) == case.chosen


DEAD_ENDS = {
    "nothing is known": (None, "alias"),
    "only loopback is known": (None, "127.0.0.1"),
    "the host has no address": ((), "192.0.2.12"),
    "the host has only what the source has": (("192.0.2.11/24",), "192.0.2.11"),
    "the host has only IPv6": (("2001:db8::12/64",), "alias"),
    "nothing is known but an IPv6 address": (None, "[2001:db8::12]"),
    "the host has only link-local addresses": (("fe80::1/64", "169.254.0.1/16"), "alias"),
}


@pytest.mark.parametrize(("own", "uri_host"), DEAD_ENDS.values(), ids=DEAD_ENDS.keys())
def test_a_finding_says_what_to_do_when(own: tuple[str, ...] | None, uri_host: str) -> None:
    host = Host("xen-b", f"xen+ssh://root@{uri_host}/system")
    answer = route.migration_address(host, HostFacts(("192.0.2.11/24",)), HostFacts(own, problem="no shell"))
    assert isinstance(answer, Finding)
    assert (answer.code, answer.blocks) == ("address_unknown", True)
    assert "No IPv4 address of xen-b is known" in answer.sentence
    assert "migration_address" in answer.sentence


def test_the_reason_why_a_host_could_not_be_asked_is_told() -> None:
    host = Host("xen-b", "xen+ssh://alias/system")
    answer = route.migration_address(host, HostFacts(), HostFacts(problem="Host xen-b could not tell."))
    assert isinstance(answer, Finding)
    assert "sent to: Host xen-b could not tell. Give" in answer.sentence


def test_a_migration_address_that_the_host_does_not_have_is_refused() -> None:
    host = Host("xen-b", "xen+ssh://root@xen-b/system", "192.0.2.99")
    answer = route.migration_address(host, HostFacts(), HostFacts(("192.0.2.12/24",)))
    assert isinstance(answer, Finding)
    assert (answer.code, answer.blocks) == ("address_unusable", True)
    assert "is 192.0.2.99, and it has no such address (192.0.2.12" in answer.sentence


def test_an_ipv6_migration_address_is_refused() -> None:
    host = Host("xen-b", "xen+ssh://alias/system", "2001:db8::12")
    answer = route.migration_address(host, HostFacts(), HostFacts())
    assert isinstance(answer, Finding)
    assert (answer.code, answer.blocks) == ("address_unusable", True)
    assert [word for word in ("xen-b", "2001:db8::12", "IPv4") if word not in answer.sentence] == []


def test_of_a_source_without_a_shell_the_uri_tells_which_network_is_near() -> None:
    """Not the first address of the destination, which here is one that every host has behind NAT."""
    source = HostState(Host("xen-a", "xen+tls://10.77.0.11/system"), free_memory_kib=1)
    facts = {"xen-a": HostFacts(problem="no shell"), "xen-b": HostFacts(("10.0.2.15/24", "10.77.0.12/24"))}
    routed, problems = route.route_moves([move(domain())], fleet(source, host_state("xen-b")), facts)
    assert ([each.address for each in routed], problems) == (["10.77.0.12"], ())


def test_only_active_domains_that_move_get_an_address() -> None:
    moves = [move(shut_off()), move(domain(), "xen-a", new_name="www")]
    hosts = fleet(host_state("xen-a"), host_state("xen-b"))
    assert route.route_moves(moves, hosts, {}) == (tuple(moves), ())


def test_a_dead_end_leaves_the_other_moves_their_addresses() -> None:
    facts = {"xen-a": HostFacts(("10.0.0.1/24",)), "xen-b": HostFacts(("10.0.0.2/24",)), "xen-c": HostFacts(())}
    hosts = fleet(*(host_state(name) for name in facts))
    routed, problems = route.route_moves([move(domain("w")), move(domain("d"), "xen-c")], hosts, facts)
    assert [each.address for each in routed] == ["10.0.0.2", None]
    assert [problem.code for problem in problems] == ["address_unknown"]
