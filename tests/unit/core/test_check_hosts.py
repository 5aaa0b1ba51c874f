# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What speaks against a destination: releases, CPU, bridges, networks, the way there, copies that libvirt doesn't know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from make import domain, fleet, host_state, move, shut_off

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import HypervisorError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import (
    Abilities,
    Domain,
    Finding,
    HostFacts,
    Kind,
    Needs,
    Severity,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._core.preflight import Situation, preflight
from ansible_collections.xenfleet.migration.plugins.module_utils._core.probe import Probed

CPU: Mapping[Kind, Mapping[str, int]] = {kind: {"1d": 0x0F, "1c": 0x03} for kind in Kind}
LIKE = HostFacts(("192.0.2.1/24",), ("xenbr0",), False, (4, 17), {}, frozenset(), frozenset({1}), CPU, CPU, writing="")
NEEDY = domain(needs=Needs(bridges=("xenbr0", "xenbr1"), networks=("lan", "dmz")))
WAY = ("xen-a", "192.0.2.12")


def check(
    source: HostFacts = LIKE,
    destination: HostFacts = LIKE,
    what: Domain | None = None,
    probed: Probed | None = None,
    versions: tuple[tuple[int, ...], tuple[int, ...]] = ((9, 0, 0), (9, 0, 0)),
    address: str | None = None,
    peer_uri: str | None = None,
) -> list[Finding]:
    hosts = fleet(*(host_state(name, free_memory_kib=2**30) for name in ("xen-a", "xen-b")))
    facts = {"xen-a": source, "xen-b": destination}
    abilities = {name: Abilities(False, True, version) for name, version in zip(facts, versions, strict=True)}
    asked = replace(move(what or domain()), address=address, encrypted=peer_uri is not None, peer_uri=peer_uri)
    return list(preflight([asked], Situation(hosts, facts, abilities, probed or Probed()))[1])


def brief(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.code, finding.severity.value) for finding in findings]


def test_hosts_that_are_alike_can_move_to_each_other() -> None:
    assert check() == []


XEN: dict[str, tuple[tuple[int, int], tuple[int, int], list[tuple[str, str]]]] = {
    "same": ((4, 17), (4, 17), []),
    "newer": ((4, 17), (4, 20), []),
    "next major": ((4, 20), (5, 0), []),
    "older": ((4, 20), (4, 17), [("xen_version", "blocks")]),
    "older, by number and not by letter": ((4, 10), (4, 9), [("xen_version", "blocks")]),
}


@pytest.mark.parametrize(("here", "there", "found"), XEN.values(), ids=XEN.keys())
def test_xen_may_be_newer_at_the_destination(here: Any, there: Any, found: Any) -> None:
    assert brief(check(replace(LIKE, xen_version=here), replace(LIKE, xen_version=there))) == found


FULL = "/etc/libvirt/libxl has 12 KiB left"
WRITING: dict[str, tuple[str | None, str | None, list[tuple[str, str]]]] = {
    "both can": ("", "", []),
    "the destination can't": ("", FULL, [("host_unwritable", "blocks")]),
    "the source can't": (FULL, "", [("host_unwritable", "warns")]),
    "neither can": (FULL, FULL, [("host_unwritable", "blocks"), ("host_unwritable", "warns")]),
    "the destination didn't tell": ("", None, [("not_checked", "warns")]),
    "the source didn't tell": (None, "", []),
}


@pytest.mark.parametrize(("here", "there", "found"), WRITING.values(), ids=WRITING.keys())
@pytest.mark.parametrize("what", [domain(), shut_off()], ids=["running", "shut off"])
def test_a_destination_has_to_be_able_to_keep_a_definition(what: Domain, here: Any, there: Any, found: Any) -> None:
    findings = check(replace(LIKE, writing=here), replace(LIKE, writing=there), what)
    assert brief(findings) == found
    assert all(FULL in finding.sentence for finding in findings if finding.code == "host_unwritable")


def test_an_older_libvirt_is_a_warning() -> None:
    (finding,) = check(versions=((11, 3, 0), (9, 0, 0)))
    assert (finding.code, finding.severity) == ("libvirt_version", Severity.WARNS)
    assert "xen-b has libvirt 9.0.0, older than 11.3.0 on xen-a" in finding.sentence
    assert check(versions=((9, 0, 0), (11, 3, 0))) == []


def words(**changes: int) -> dict[Kind, dict[str, int]]:
    return {**CPU, Kind.PVH: {**CPU[Kind.PVH], **changes}}  # type: ignore[dict-item]


FEATURES: dict[str, tuple[Mapping[Kind, Mapping[str, int]], str]] = {
    "a bit less": (words(**{"1d": 0x0D}), "1d 0x00000002"),
    "a word less": ({**CPU, Kind.PVH: {"1c": 0x03}}, "1d 0x0000000f"),
    "two words": (words(**{"1d": 0, "1c": 1}), "1d 0x0000000f, 1c 0x00000002"),
}


@pytest.mark.parametrize(("possible", "told"), FEATURES.values(), ids=FEATURES.keys())
def test_cpu_features_that_the_destination_can_t_give_block(possible: Any, told: str) -> None:
    (finding,) = check(destination=replace(LIKE, cpu_possible=possible))
    assert (finding.code, finding.blocks) == ("cpu_features", True)
    assert f"xen-b can't: {told} (" in finding.sentence


def test_only_the_features_of_the_domain_s_own_kind_count_and_more_is_fine() -> None:
    assert check(destination=replace(LIKE, cpu_possible=words(**{"1d": 0x0D})), what=domain(kind=Kind.HVM)) == []
    assert check(destination=replace(LIKE, cpu_possible=words(**{"1d": 0xFF, "new": 1}))) == []


def test_bridges_and_networks_that_are_not_there_block() -> None:
    found = check(what=NEEDY, probed=Probed(networks={"xen-b": frozenset({"dmz"})}))
    assert brief(found) == [("bridge_missing", "blocks"), ("network_missing", "blocks")]
    assert [finding.sentence for finding in found] == [
        "Domain web01 needs bridge xenbr1, which xen-b doesn't have.",
        "Domain web01 needs active virtual network dmz, which xen-b doesn't have.",
    ]


def test_a_shut_off_domain_can_do_without_for_now_and_minds_neither_releases_nor_cpu() -> None:
    off = replace(shut_off(), needs=NEEDY.needs)
    there = replace(LIKE, xen_version=(4, 1), cpu_possible=words(**{"1d": 0}), suspendable=frozenset())
    found = check(destination=there, what=off, probed=Probed(networks={"xen-b": frozenset({"lan"})}))
    assert brief(found) == [("bridge_missing", "warns"), ("network_missing", "warns")]


REACH: dict[str, tuple[Any, list[tuple[str, str]]]] = {
    "open": (None, []),
    "closed": ("No route to host", [("ports_unreachable", "blocks")]),
    "not tried": (HypervisorError("xen-a", "try", "no bash"), [("not_checked", "warns")]),
}


@pytest.mark.parametrize(("answer", "found"), REACH.values(), ids=REACH.keys())
def test_the_way_of_memory_is(answer: Any, found: list[tuple[str, str]]) -> None:
    told = check(probed=Probed(reach={WAY: answer}), address="192.0.2.12")
    assert brief(told) == sorted([*found, ("plain_transport", "informs")], key=lambda pair: pair[0] == "not_checked")


REFUSALS: dict[str, tuple[Any, list[tuple[str, str]]]] = {
    "may be": (None, []),
    "may not be": ("no polkit agent available", [("changes_refused", "blocks")]),
    "could not be tried": (HypervisorError("xen-b", "tell", "no answer"), [("not_checked", "warns")]),
}


@pytest.mark.parametrize("host", ["xen-a", "xen-b"])
@pytest.mark.parametrize(("answer", "found"), REFUSALS.values(), ids=REFUSALS.keys())
def test_changes_at_either_end(host: str, answer: Any, found: list[tuple[str, str]]) -> None:
    told = check(probed=Probed(refusals={host: answer}))
    assert brief(told) == found
    assert [finding for finding in told if host not in finding.sentence] == []


PEERS: dict[str, tuple[Any, list[tuple[str, str]]]] = {
    "open": (None, []),
    "closed": ("Permission denied", [("peer_unreachable", "blocks")]),
    "not tried": (HypervisorError("xen-a", "try", "no virsh"), [("not_checked", "warns")]),
}


@pytest.mark.parametrize(("answer", "found"), PEERS.values(), ids=PEERS.keys())
def test_the_way_of_encrypted_memory_is(answer: Any, found: list[tuple[str, str]]) -> None:
    """Nothing is said then of the ports that plain memory goes to, whatever was found about them."""
    probed = Probed(reach={WAY: "No route to host"}, peers={("xen-a", "xen-b"): answer})
    assert brief(check(probed=probed, address="192.0.2.12", peer_uri="xen+ssh://root@192.0.2.12/system")) == found


def test_a_copy_that_libvirt_does_not_know_of_blocks() -> None:
    (finding,) = check(destination=replace(LIKE, running={"uuid-of-web01": "web01--incoming"}))
    assert (finding.code, finding.blocks) == ("outside_libvirt", True)
    assert "Xen on xen-b runs domain web01 as web01--incoming" in finding.sentence


def test_another_domain_of_its_name_that_libvirt_does_not_know_of_blocks() -> None:
    (finding,) = check(destination=replace(LIKE, running={"uuid-of-another": "web01", "uuid-of-db01": "db01"}))
    assert (finding.code, finding.blocks) == ("outside_libvirt", True)
    assert "Xen on xen-b runs another domain with the name web01 (UUID uuid-of-another)" in finding.sentence


SUSPEND = {
    "pvh that can": (domain(), frozenset({1}), []),
    "pvh that can't": (domain(), frozenset({0}), [("unsuspendable", "warns")]),
    "pv that can't": (domain(kind=Kind.PV, id=7), frozenset({1}), [("unsuspendable", "warns")]),
    "hvm, which is suspended from outside": (domain(kind=Kind.HVM), frozenset({0}), []),
}


@pytest.mark.parametrize(("what", "can", "found"), SUSPEND.values(), ids=SUSPEND.keys())
def test_a_guest_takes_part_in_its_own_suspension(what: Domain, can: Any, found: list[tuple[str, str]]) -> None:
    asked = check(replace(LIKE, suspendable=can, shadow_paging=True), what=what)
    assert brief(asked) == found


def test_a_guest_that_xen_has_suspended_stays_where_it_is_whatever_libvirt_calls_it() -> None:
    (finding,) = check(replace(LIKE, suspended=frozenset({"uuid-of-web01"})))
    assert (finding.code, finding.blocks) == ("domain_state", True)
    assert "web01 on xen-a stands still" in finding.sentence
    assert "though libvirt calls it running" in finding.sentence
    assert check(replace(LIKE, suspended=frozenset({"another"}))) == []


def test_a_shut_off_domain_that_xen_has_all_the_same_stays_where_it_is() -> None:
    """Its definition would go, and the guest would stay."""
    shut_off = domain("web01", id=None)
    running = replace(LIKE, running={"uuid-of-web01": "web01"})
    (finding,) = [one for one in check(running, LIKE, what=shut_off) if one.blocks]
    assert finding.code == "domain_state"
    assert "libvirt on xen-a takes domain web01 for shut off, and Xen there has it" in finding.sentence
    assert check(replace(running, leaving=frozenset({"uuid-of-web01"})), LIKE, what=shut_off) == []
    assert check(LIKE, LIKE, what=shut_off) == []
    (unknown,) = check(replace(LIKE, running=None, problem="no shell"), LIKE, what=shut_off)
    assert (unknown.code, unknown.severity) == ("not_checked", Severity.WARNS)


def test_a_domain_without_hap_needs_shadow_paging_to_move_live() -> None:
    what = domain(needs=Needs(hap=False))
    assert brief(check(what=what)) == [("live_impossible", "blocks")]
    assert check(replace(LIKE, shadow_paging=True), what=what) == []
