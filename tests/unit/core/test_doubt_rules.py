# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules that hold for whatever copies of a domain there are: tried with all of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from copies import case, copy, words

from ansible_collections.xenfleet.migration.plugins.module_utils._core.doubt import Diagnosis, diagnose
from ansible_collections.xenfleet.migration.plugins.module_utils._core.evidence import Case, Copy, Life
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import State
from ansible_collections.xenfleet.migration.plugins.module_utils._core.repair import (
    CarryOver,
    Destroy,
    LetRun,
    Undefine,
    Wake,
)

RUNS, PAUSED, NEVER_RAN, SUSPENDED, OFF = Life.RUNS, Life.PAUSED, Life.NEVER_RAN, Life.SUSPENDED, Life.OFF
JOB, TRANSIENT, AWAY = {"job": True}, {"persistent": False}, {"moved_away": True}
RECEIVED = {**TRANSIENT, **JOB}


def kinds(host: str) -> Iterator[Copy | None]:
    """Yield everything that a host may show of a domain."""
    yield None
    for life in Life:
        for more in ({}, JOB, TRANSIENT, RECEIVED) if life is not OFF else ({}, AWAY):
            yield copy(host, life, **more)
        if life is not OFF:
            yield copy(host, life, known=False)
            yield copy(host, life, id=None, state=State.SHUT_OFF)
            yield copy(host, life, state=State.RUNNING)
            yield copy(host, life, moving=True)
            yield copy(host, life, moving=None, **JOB)


def everything() -> Iterator[tuple[Case, Diagnosis]]:
    """Yield all cases of up to two copies, a third that is simple, with and without a silent host, and their diagnoses."""
    thirds = [None, *(copy("xen-c", life) for life in (RUNS, NEVER_RAN, SUSPENDED, OFF))]
    for first, second, third in product(kinds("xen-a"), kinds("xen-b"), thirds):
        copies = [one for one in (first, second, third) if one is not None]
        for unseen, named in (((), True), ((), False), (("xen-d",), True)):
            found = case(*copies, unseen=unseen)
            yield found, diagnose(found, {}, named)


ALL = list(everything())


def of(kind: type[Any]) -> list[tuple[Case, Any, list[str]]]:
    """Return all repairs of a kind with their cases and with all steps there; there are some, or a rule would say nothing."""
    found = [(one, repair, said) for one, said in ALL for repair in said.repairs if isinstance(repair, kind)]
    assert len(found) > 100
    return [(one, repair, list(map(words, said.repairs))) for one, repair, said in found]


def others(found: Case, host: str) -> list[Copy]:
    return [one for one in found.copies if one.host != host]


def on(found: Case, host: str) -> Copy:
    return next(one for one in found.copies if one.host == host)


def test_a_copy_that_has_run_is_destroyed_only_where_another_is_proven_to_run() -> None:
    for found, repair, _steps in of(Destroy):
        victim = on(found, repair.host)
        assert victim.life in {NEVER_RAN, SUSPENDED}
        runs = [one for one in others(found, repair.host) if one.life is RUNS]
        keeps = [one for one in others(found, repair.host) if one.life in {PAUSED, SUSPENDED}]
        assert runs or (victim.life is NEVER_RAN and len(keeps) == 1), str(found)
        assert repair.xen_id == victim.xen.id  # type: ignore[union-attr]


def test_of_the_copies_with_memory_one_that_has_run_is_always_left() -> None:
    for found, said in ALL:
        gone = {repair.host for repair in said.repairs if isinstance(repair, Destroy)}
        left = [one for one in found.copies if one.host not in gone and one.life in {RUNS, PAUSED, SUSPENDED}]
        assert left or not gone, str(found)


def test_a_copy_is_woken_only_where_no_other_can_run_and_all_hosts_were_asked() -> None:
    for found, repair, steps in of(Wake):
        gone = {step.partition("destroy ")[2] for step in steps}
        assert not found.unseen
        assert [one for one in others(found, repair.host) if one.active and one.host not in gone] == [], str(found)
        assert steps[-1] == f"wake {repair.host}"
        woken = on(found, repair.host)
        assert (woken.life, woken.domain is not None and woken.domain.active) == (SUSPENDED, True)


def test_a_copy_that_never_ran_is_made_to_run_only_where_it_is_the_only_one_and_its_source_says_that_it_was_moved() -> (
    None
):
    found_any = [(found, repair) for found, said in ALL for repair in said.repairs if isinstance(repair, LetRun)]
    assert found_any
    for found, repair in found_any:
        rest = others(found, repair.host)
        assert rest
        assert not found.unseen
        assert all(not one.active and one.domain is not None and one.domain.moved_away for one in rest), str(found)
        assert on(found, repair.host).life is NEVER_RAN


@pytest.mark.parametrize("moving", [True, None])
def test_nothing_is_done_to_memory_that_is_being_sent_or_may_be(moving: bool | None) -> None:
    concerned = [
        (found, said) for found, said in ALL if any(one.active and one.moving is moving for one in found.copies)
    ]
    assert len(concerned) > 1000
    for found, said in concerned:
        assert [repair for repair in said.repairs if not isinstance(repair, (CarryOver, Undefine))] == [], str(found)
        assert moving is None or said.code == "under_way"


def test_a_definition_is_removed_only_where_it_is_shut_off_and_another_host_keeps_one() -> None:
    for found, repair, _steps in of(Undefine):
        assert [one for one in others(found, repair.host) if one.defined], str(found)
        assert on(found, repair.host).life is OFF


def test_a_daemon_that_has_a_part_in_a_copy_is_restarted_before_the_copy_is_destroyed() -> None:
    for found, repair, steps in of(Destroy):
        victim = on(found, repair.host)
        before = steps[: steps.index(f"destroy {repair.host}")]
        assert f"restart {repair.host}" in before or victim.domain is None or not victim.domain.active, str(found)
