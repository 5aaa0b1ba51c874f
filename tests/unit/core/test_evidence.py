# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What two looks at all hosts tell of a domain's copies."""

from __future__ import annotations

from typing import Any

import pytest
from make import domain, shut_off

from ansible_collections.xenfleet.migration.plugins.module_utils._core.evidence import (
    Case,
    HostEvidence,
    Life,
    Look,
    XenCopy,
    XenState,
    cases,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import DOMAIN_0_UUID, Domain, State

UUID = "uuid-of-web01"
GOES_ON, PAUSED, SUSPENDED, ENDED = XenState.GOES_ON, XenState.PAUSED, XenState.SUSPENDED, XenState.ENDED


def xen(state: XenState = GOES_ON, tenths: int = 50, has_run: bool = True, number: int = 1) -> XenCopy:
    return XenCopy(number, "web01", state, tenths, has_run)


def look(libvirt: Domain | None, xen_copy: XenCopy | None, asked: bool = True, **more: Any) -> Look:
    """Return a look at xen-a, by libvirt and, if its shell was ``asked``, by Xen."""
    evidence = HostEvidence({UUID: xen_copy} if xen_copy else {}, frozenset(), frozenset(), True)
    shell = evidence if asked else HostEvidence(problem="no shell")
    return Look({"xen-a": more.get("evidence", shell)}, {"xen-a": {UUID: libvirt} if libvirt else {}})


def only(first: Look, now: Look) -> Case:
    (found,) = cases(first, now)
    return found


NS = 10**9
LIVES: dict[str, tuple[Domain | None, XenCopy | None, Domain | None, XenCopy | None, Life]] = {
    "runs, by libvirt's CPU time": (domain(cpu_time_ns=NS), xen(), domain(cpu_time_ns=NS + 1), xen(), Life.RUNS),
    "may run: it used no CPU time": (domain(), xen(), domain(), xen(), Life.MAY_RUN),
    "runs, by Xen's CPU time": (None, xen(tenths=50), None, xen(tenths=51), Life.RUNS),
    "may run: Xen's CPU time stands": (None, xen(), None, xen(), Life.MAY_RUN),
    "may run: it was started anew": (domain(id=1), xen(), domain(id=2, cpu_time_ns=9 * NS), xen(number=2), Life.MAY_RUN),
    "may run: only Xen shows it, and anew": (None, xen(number=1), None, xen(number=2, tenths=99), Life.MAY_RUN),
    "may run: it was not there before": (None, None, domain(cpu_time_ns=9 * NS), xen(), Life.MAY_RUN),
    "is paused, and ran": (domain(), xen(), domain(state=State.PAUSED), xen(PAUSED), Life.PAUSED),
    "never ran": (domain(), xen(), domain(state=State.PAUSED), xen(PAUSED, 0, False), Life.NEVER_RAN),
    "is suspended, whatever libvirt says": (domain(), xen(), domain(cpu_time_ns=9 * NS), xen(SUSPENDED), Life.SUSPENDED),
    "has ended in Xen": (domain(), xen(), domain(cpu_time_ns=9 * NS), xen(ENDED), Life.ENDED),
    "has ended, and libvirt has not noticed": (domain(), xen(), domain(cpu_time_ns=9 * NS), None, Life.ENDED),
    "is shut off": (shut_off(), None, shut_off(), None, Life.OFF),
    "is a copy that libvirt takes for shut off": (shut_off(), xen(), shut_off(), xen(PAUSED, 0, False), Life.NEVER_RAN),
}  # fmt: skip
WITHOUT_A_SHELL: dict[str, tuple[Domain, Domain, Life]] = {
    "runs": (domain(cpu_time_ns=NS), domain(cpu_time_ns=NS + 1), Life.RUNS),
    "may run": (domain(), domain(), Life.MAY_RUN),
    "is paused": (domain(), domain(state=State.PAUSED), Life.PAUSED),
    "may run although it is said to migrate": (domain(), domain(state=State.MIGRATING), Life.MAY_RUN),
    "is suspended": (domain(), domain(state=State.PM_SUSPENDED), Life.SUSPENDED),
    "has crashed": (domain(), domain(state=State.CRASHED), Life.ENDED),
    "is shut off": (domain(), shut_off(), Life.OFF),
}


@pytest.mark.parametrize(("before", "xen_before", "after", "xen_after", "life"), LIVES.values(), ids=LIVES.keys())
def test_a_copy(
    before: Domain | None, xen_before: XenCopy | None, after: Domain | None, xen_after: XenCopy | None, life: Life
) -> None:
    (copy,) = only(look(before, xen_before), look(after, xen_after)).copies
    assert (copy.life, copy.by_xen) == (life, True)


@pytest.mark.parametrize(("before", "after", "life"), WITHOUT_A_SHELL.values(), ids=WITHOUT_A_SHELL.keys())
def test_by_libvirt_alone_a_copy(before: Domain, after: Domain, life: Life) -> None:
    found = only(look(before, None, asked=False), look(after, None, asked=False))
    (copy,) = found.copies
    assert (copy.life, copy.by_xen, copy.moving) == (life, False, None)
    assert found.unseen == {"xen-a": "no shell"}


MISTAKEN: dict[str, tuple[Domain | None, XenCopy | None, bool]] = {
    "both say that it runs": (domain(), xen(), False),
    "both say that it is paused": (domain(state=State.PAUSED), xen(PAUSED), False),
    "both say that it is suspended": (domain(state=State.PM_SUSPENDED), xen(SUSPENDED), False),
    "it runs and is said to migrate": (domain(state=State.MIGRATING), xen(), True),
    "it is suspended and said to run": (domain(), xen(SUSPENDED), True),
    "it runs and is said to be shut off": (shut_off(), xen(), True),
    "it runs and is not known": (None, xen(), True),
    "Xen was not asked": (domain(), None, False),
}


@pytest.mark.parametrize(("libvirt", "shown", "mistaken"), MISTAKEN.values(), ids=MISTAKEN.keys())
def test_libvirt_is_mistaken_where(libvirt: Domain | None, shown: XenCopy | None, mistaken: bool) -> None:
    seen = look(libvirt, shown, asked=shown is not None)
    (copy,) = only(seen, seen).copies
    assert copy.libvirt_is_mistaken is mistaken


@pytest.mark.parametrize(
    ("transfers", "moving"), [(frozenset({1}), True), (frozenset({2}), False), (frozenset(), False), (None, None)]
)
def test_a_copy_is_moving_by_its_own_number_only(transfers: frozenset[int] | None, moving: bool | None) -> None:
    seen = look(domain(id=1), None, evidence=HostEvidence({UUID: xen()}, transfers, frozenset(), True))
    (copy,) = only(seen, seen).copies
    assert copy.moving is moving


def test_cases_are_put_together_by_uuid_over_all_hosts_and_never_of_control_domains() -> None:
    known = {"xen-a": {UUID: shut_off(), DOMAIN_0_UUID: domain("Domain-0")}, "xen-b": {UUID: domain("www", "xen-b")}}
    evidence = {"xen-a": HostEvidence({}, frozenset()), "xen-c": HostEvidence({UUID: xen(PAUSED)}, frozenset())}
    seen = Look(evidence, known, {"xen-d": "no answer"})
    (found,) = cases(seen, seen)
    assert [copy.host for copy in found.copies] == ["xen-a", "xen-b", "xen-c"]
    assert (found.name, found.terms, found.unseen) == ("www", {UUID, "web01", "www"}, {"xen-d": "no answer"})


@pytest.mark.parametrize(("wanted", "count"), [(None, 2), (["web01"], 1), ([UUID], 1), (["nobody"], 0), ([], 0)])
def test_cases_are_chosen_by_name_or_uuid(wanted: list[str] | None, count: int) -> None:
    other = domain("db01")
    seen = Look({}, {"xen-a": {UUID: domain(), other.uuid: other}})
    assert len(cases(seen, seen, wanted)) == count
