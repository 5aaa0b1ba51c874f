# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What speaks against a move before it is begun."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from make import MIB, domain, fleet, host_state, listed, move, shut_off

from ansible_collections.xenfleet.migration.plugins.module_utils._core import preflight as preflight_module
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import (
    Abilities,
    Domain,
    Finding,
    HostFacts,
    Kind,
    Limit,
    Move,
    Needs,
    OnTimeout,
    Severity,
    State,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._core.preflight import Situation, preflight

XEN = Abilities(bandwidth=False, rename_in_move=True)
CPU = {kind: {"1d": 0x0F} for kind in Kind}
HAP_ONLY = HostFacts(
    ("192.0.2.1/24",), ("xenbr0",), False, (4, 17), {}, frozenset(), frozenset({1}), CPU, CPU, True, "", ""
)
SHADOW = replace(HAP_ONLY, shadow_paging=True)
SILENT = HostFacts(problem="no shell")
NO_SHELL = replace(SILENT, root=False)


def check(
    *moves: Move, free_mib: int = 4096, abilities: Abilities = XEN, facts: HostFacts = HAP_ONLY, **values: Any
) -> list[Finding]:
    names = ("xen-a", "xen-b")
    hosts = fleet(*(host_state(name, listed(f"on-{name}"), free_memory_kib=free_mib * MIB) for name in names))
    return list(
        preflight(moves, Situation(hosts, dict.fromkeys(names, facts), dict.fromkeys(names, abilities), **values))[1]
    )


def codes(findings: Sequence[Finding]) -> list[str]:
    return [finding.code for finding in findings]


def test_nothing_speaks_against_an_ordinary_move() -> None:
    assert check(move()) == []


BLOCKED: dict[str, tuple[Domain, str, str]] = {
    "is migrating": (domain(state=State.MIGRATING), "domain_state", "xen_domain_recover mends that"),
    "is shutting down": (domain(state=State.SHUTTING_DOWN), "domain_state", "wait until it is shut off"),
    "has crashed": (domain(state=State.CRASHED), "domain_state", "destroy or restart"),
    "sleeps": (domain(state=State.PM_SUSPENDED), "domain_state", "wake it up"),
    "is in a state without a name": (domain(state=State.UNKNOWN), "domain_state", "no name for"),
    "has a device of its host": (domain(host_devices=2), "host_devices", "2 device(s)"),
    "has a device of its host and is shut off": (shut_off(host_devices=1), "host_devices", "detach"),
    "has a saved memory image": (shut_off(managed_save=True), "managed_save", "start it"),
}


@pytest.mark.parametrize(("what", "code", "advice"), BLOCKED.values(), ids=BLOCKED.keys())
def test_a_domain_does_not_move_that(what: Domain, code: str, advice: str) -> None:
    (finding,) = check(move(what))
    assert (finding.code, finding.blocks) == (code, True)
    assert "Domain web01 on xen-a" in finding.sentence
    assert advice in finding.sentence


def test_a_paused_domain_moves() -> None:
    assert check(move(domain(state=State.PAUSED))) == []


STOPPABLE: dict[str, tuple[Limit, Move, HostFacts, str | None]] = {
    "live, on a host with a shell of root's": (Limit(60), move(), HAP_ONLY, None),
    "shut off": (Limit(60), move(shut_off()), SILENT, None),
    "without a shell": (Limit(60), move(), NO_SHELL, "no shell"),
    "on a host that didn't answer": (Limit(60), move(), SILENT, None),
    "by somebody who isn't root": (Limit(60), move(), replace(HAP_ONLY, root=False), "no shell of root's"),
    "not live": (Limit(60), move(live=False), HAP_ONLY, "is not live"),
    "without a shell, to be seen through": (Limit(60, OnTimeout.WAIT), move(), NO_SHELL, None),
    "without a shell, and without a timeout": (Limit(), move(), NO_SHELL, None),
}


@pytest.mark.parametrize(("limit", "made", "facts", "why"), STOPPABLE.values(), ids=STOPPABLE.keys())
def test_a_move_can_be_stopped_at_its_timeout(limit: Limit, made: Move, facts: HostFacts, why: str | None) -> None:
    found = [finding for finding in check(made, facts=facts, limit=limit) if finding.code == "abort_impossible"]
    assert [finding.blocks for finding in found] == ([] if why is None else [True])
    assert all(str(why) in finding.sentence and "on_timeout: wait" in finding.sentence for finding in found)


LIVE = {
    "pvh": (Kind.PVH, HAP_ONLY, []),
    "hvm": (Kind.HVM, HAP_ONLY, []),
    "pvh, on a host that can't be asked": (Kind.PVH, SILENT, ["not_checked"]),
    "pv": (Kind.PV, HAP_ONLY, ["live_impossible"]),
    "pv, with shadow paging": (Kind.PV, SHADOW, []),
}


@pytest.mark.parametrize(("kind", "facts", "found"), LIVE.values(), ids=LIVE.keys())
def test_only_pv_needs_shadow_paging_for_a_live_move(kind: Kind, facts: HostFacts, found: list[str]) -> None:
    assert codes(check(move(domain(kind=kind)), facts=facts)) == found


def test_a_move_that_is_not_live_needs_no_paging() -> None:
    assert check(move(domain(kind=Kind.PV), live=False)) == []


def test_what_a_host_can_t_tell_is_told_as_not_checked_and_is_a_warning() -> None:
    (finding,) = check(move(domain(kind=Kind.PV, needs=Needs(bridges=("xenbr0",)))), facts=SILENT)
    assert (finding.code, finding.severity, finding.domain) == ("not_checked", Severity.WARNS, "web01")
    assert finding.sentence == (
        "Not checked for domain web01: whether xen-a can move it live, whether it stands still, whether it can be suspended,"
        " whether xen-b runs it outside libvirt, whether xen-b can keep its definition, the releases of Xen, CPU features,"
        " bridges of xen-b: no shell."
    )


LIMITED = replace(move(), bandwidth=10.0)
UNLIMITABLE: dict[str, tuple[Move, HostFacts, str]] = {
    "without a shell": (LIMITED, NO_SHELL, r"no shell of root's on xen-a \(no shell\)"),
    "by another user's shell": (LIMITED, replace(HAP_ONLY, root=False), "no shell of root's on xen-a"),
    "on a host that can't": (
        LIMITED,
        replace(HAP_ONLY, throttling="it has no python3"),
        "xen-a can't .*: it has no python3",
    ),
    "encrypted": (replace(LIMITED, encrypted=True), HAP_ONLY, "libvirt's own connection"),
}


@pytest.mark.parametrize(("limited", "facts", "why"), UNLIMITABLE.values(), ids=UNLIMITABLE.keys())
def test_a_bandwidth_that_can_t_be_kept_blocks(limited: Move, facts: HostFacts, why: str) -> None:
    (finding,) = [found for found in check(limited, facts=facts) if found.code == "bandwidth_impossible"]
    assert finding.blocks
    assert re.search(f"^The move of web01 can't be limited to 10 MiB/s: .*{why}", finding.sentence)


@pytest.mark.parametrize("abilities", [XEN, Abilities(True, True)])
def test_a_bandwidth_is_fine_where_the_driver_or_a_shell_can_limit(abilities: Abilities) -> None:
    facts = NO_SHELL if abilities.bandwidth else HAP_ONLY
    assert "bandwidth_impossible" not in codes(check(LIMITED, abilities=abilities, facts=facts))


def test_a_host_that_didn_t_tell_may_still_limit() -> None:
    (finding,) = check(LIMITED, facts=replace(HAP_ONLY, throttling=None, problem="it did not say"))
    assert (finding.code, finding.severity) == ("not_checked", Severity.WARNS)
    assert finding.sentence == "Not checked for domain web01: whether its bandwidth can be limited: it did not say."


def test_a_domain_in_its_place_can_t_be_renamed() -> None:
    (finding,) = check(move(domain(), "xen-a", live=False, new_name="www"))
    assert finding.code == "rename_in_place"
    assert "web01 is on xen-a already and was to be called www" in finding.sentence


def test_a_rename_in_place_is_not_held_against_what_a_live_move_needs() -> None:
    assert codes(check(move(domain(kind=Kind.PV), "xen-a", new_name="www"), free_mib=0)) == ["rename_in_place"]


def test_a_driver_that_can_t_rename_blocks() -> None:
    assert codes(check(move(new_name="www"), abilities=Abilities(False, False))) == ["rename_impossible"]


@pytest.mark.parametrize("holder", ["xen-a", "xen-b"])
def test_a_new_name_that_is_taken_blocks(holder: str) -> None:
    (finding,) = check(move(new_name=f"on-{holder}"))
    assert finding.code == "name_taken"
    assert f"taken on {holder} (active" in finding.sentence


def test_too_little_memory_blocks_with_the_numbers() -> None:
    (finding,) = check(move(domain(mib=512)), free_mib=512)
    assert finding.code == "memory_short"
    assert "web01 from xen-a to xen-b needs 519 MiB" in finding.sentence
    assert "xen-b 512 MiB" in finding.sentence


def test_a_shut_off_domain_needs_no_memory() -> None:
    assert check(move(shut_off()), free_mib=0) == []


def test_what_the_control_domain_can_give_counts() -> None:
    hosts = fleet(host_state("xen-a"), host_state("xen-b", free_memory_kib=0, reclaimable_kib=300 * MIB))
    names = ("xen-a", "xen-b")
    situation = Situation(hosts, dict.fromkeys(names, HAP_ONLY), dict.fromkeys(names, XEN))
    assert preflight([move()], situation) == ((move(),), ())


def test_everything_is_told_at_once() -> None:
    first = replace(move(domain(kind=Kind.PV, host_devices=1)), bandwidth=1.0)
    second = move(shut_off("db01", managed_save=True))
    found = codes(check(first, second, free_mib=1, facts=replace(HAP_ONLY, throttling="no")))
    assert found == ["host_devices", "bandwidth_impossible", "live_impossible", "managed_save", "memory_short"]


def test_an_order_that_can_t_be_decided_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_what: object) -> None:
        raise preflight_module.OrderUnknown

    monkeypatch.setattr(preflight_module, "order_moves", unknown)
    assert codes(check(move())) == ["order_unknown"]
