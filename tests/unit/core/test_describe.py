# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is made of what hosts tell of themselves: whole records, whatever was refused and whoever fell silent."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from types import SimpleNamespace
from typing import Any, cast

import pytest
from make import fleet, host, host_state, listed

from ansible_collections.xenfleet.migration.plugins.module_utils._core import describe
from ansible_collections.xenfleet.migration.plugins.module_utils._core.describe import gather_accounts
from ansible_collections.xenfleet.migration.plugins.module_utils._core.description import (
    Account,
    Description,
    Network,
    Pool,
    host_record,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import HypervisorError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import (
    DOMAIN_0_UUID,
    Host,
    HostFacts,
    HostState,
    Kind,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._core.snapshot import Hypervisors

ALL = frozenset(Kind)
PVH_ONLY = frozenset({Kind.PVH})
STATE = host_state(
    "xen-a", listed("Domain-0", 0, DOMAIN_0_UUID), listed("web01"), listed("db01", 2), listed("old", None), free_memory_kib=7
)  # fmt: skip

LIVE: dict[str, tuple[frozenset[Kind] | None, bool | None, dict[str, bool | None]]] = {
    "shadow paging": (ALL, True, {"pv": True, "pvh": True, "hvm": True}),
    "Debian": (ALL, False, {"pv": False, "pvh": True, "hvm": True}),
    "no shell": (ALL, None, {"pv": None, "pvh": True, "hvm": True}),
    "no PV, no shell": (PVH_ONLY, None, {"pv": False, "pvh": True, "hvm": False}),
    "no capabilities": (None, True, {"pv": None, "pvh": None, "hvm": None}),
    "no capabilities, Debian": (None, False, {"pv": False, "pvh": None, "hvm": None}),
}


def silent() -> Any:
    raise HypervisorError("xen-a", "say a word", "it is shy")


def telling(**answers: Callable[[], Any]) -> SimpleNamespace:
    """Return a hypervisor that answers so."""
    return SimpleNamespace(
        **{
            "description": lambda: Description(kinds=ALL),
            "facts": lambda: HostFacts(("192.0.2.11/24", "198.51.100.1/24"), ("xenbr0",), shadow_paging=True),
            **answers,
        }
    )


def account(over: HostState = STATE, **answers: Callable[[], Any]) -> Account:
    asked = {over.host.name: telling(**answers)} if over.unreachable is None else {}
    (found,) = gather_accounts(fleet(over), cast(Hypervisors, asked))
    return found


@pytest.mark.parametrize(("kinds", "paging", "live"), LIVE.values(), ids=LIVE.keys())
def test_a_host_can_move_live(kinds: frozenset[Kind] | None, paging: bool | None, live: dict[str, bool | None]) -> None:
    assert host_record(Account(STATE, Description(kinds=kinds), HostFacts(shadow_paging=paging)))["live"] == live


def test_a_host_is_told_of_with_its_domains_and_memory_but_without_its_control_domain() -> None:
    record = host_record(account())
    assert (record["reachable"], record["problem"], record["uri"]) == (True, None, "xen+ssh://root@xen-a/system")
    assert record["domains"] == {"active": ["db01", "web01"], "shut_off": ["old"]}
    assert record["memory_free_kib"] == 7


@pytest.mark.parametrize("accepts", [True, False])
def test_it_is_told_whether_plans_may_choose_it(accepts: bool) -> None:
    state = HostState(host("xen-a", accepts_domains=accepts), (), unreachable="no answer")
    assert host_record(Account(state))["accepts_domains"] is accepts


def test_networks_and_pools_are_plain_data() -> None:
    told = Description(networks=(Network("n", True, None),), pools=(Pool("p", True, 9, 4),))
    record = host_record(Account(STATE, told, HostFacts(bridges=())))
    assert record["networks"] == [{"name": "n", "active": True, "bridge": None}]
    assert record["pools"] == [{"name": "p", "active": True, "capacity_bytes": 9, "available_bytes": 4}]
    assert record["bridges"] == []


def test_what_no_shell_tells_is_null_and_nothing_else() -> None:
    record = host_record(account(facts=silent))
    assert (record["reachable"], record["addresses"], record["bridges"], record["live"]["pv"]) == (
        True,
        None,
        None,
        None,
    )
    assert record["live"]["pvh"]


ADDRESSES: dict[str, tuple[Host, str | None]] = {
    "its record says": (host("xen-a", migration_address="198.51.100.1"), "198.51.100.1"),
    "that is none, where its record says one that it doesn't have": (
        host("xen-a", migration_address="203.0.113.5"),
        None,
    ),
    "in its URI": (host("xen-a", uri="xen+ssh://root@198.51.100.1/system"), "198.51.100.1"),
    "of its own, where the URI names another": (host("xen-a", uri="xen+ssh://root@203.0.113.9/system"), "192.0.2.11"),
    "of its own, where it is this machine": (host("xen-a", uri="xen:///system"), "192.0.2.11"),
}


@pytest.mark.parametrize(("record", "address"), ADDRESSES.values(), ids=ADDRESSES.keys())
def test_memory_would_be_sent_to_the_address(record: Host, address: str) -> None:
    assert account(HostState(record)).migration_address == address


def test_memory_would_be_sent_to_no_address_where_none_is_known() -> None:
    assert account(HostState(host("xen-a", uri="xen:///system")), facts=silent).migration_address is None


def test_memory_would_be_sent_to_an_address_that_no_other_host_has() -> None:
    own = {"xen-a": ("10.0.2.15/24", "10.77.0.11/24"), "xen-b": ("10.0.2.15/24", "10.77.0.12/24")}
    states = [HostState(host(name, uri="xen+ssh://root@127.0.0.1/system")) for name in own]
    asked = {name: telling(facts=lambda name=name: HostFacts(own[name])) for name in own}
    accounts = gather_accounts(fleet(*states), cast(Hypervisors, asked))
    assert [found.migration_address for found in accounts] == ["10.77.0.11", "10.77.0.12"]


GONE = {
    "never there": ({"unreachable": "Host xen-a is away."}, {}, "Host xen-a is away."),
    "gone meanwhile": ({}, {"description": silent}, "Host xen-a could not say a word: it is shy."),
}


@pytest.mark.parametrize(("state", "answers", "problem"), GONE.values(), ids=GONE.keys())
def test_a_silent_host_has_a_whole_record_too(state: Any, answers: Any, problem: str) -> None:
    record = host_record(account(host_state("xen-a", listed("web01"), **state), **answers))
    assert (record.pop("reachable"), record.pop("problem")) == (False, problem)
    assert (record.pop("uri"), record.pop("accepts_domains")) == ("xen+ssh://root@xen-a/system", True)
    assert record.pop("live") == {"pv": None, "pvh": None, "hvm": None}
    assert record.pop("domains") == {"active": None, "shut_off": None}
    assert set(record.values()) == {None}
    assert {*record, "reachable", "problem", "uri", "accepts_domains", "live", "domains"} == set(host_record(account()))


def test_of_a_silent_host_its_own_record_is_still_known() -> None:
    unknown = Host("xen-a", "", problem="no way to it")
    assert host_record(account(HostState(unknown, unreachable="no way to it")))["uri"] is None
    away = HostState(host("xen-a", migration_address="203.0.113.5"), unreachable="away")
    assert account(away).migration_address == "203.0.113.5"


def test_a_shell_that_hangs_keeps_nobody_from_hearing_libvirt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(describe, "CONNECT_SECONDS", 0.3)
    never = Event()
    try:
        record = host_record(account(facts=lambda: never.wait(30)))
    finally:
        never.set()
    assert (record["reachable"], record["live"]) == (True, {"pv": None, "pvh": True, "hvm": True})
