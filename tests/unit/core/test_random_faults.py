# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random fleets under random schedules of moves, recoveries and faults: nothing runs twice, nothing is lost, reruns converge.

``SCHEDULES=20000 make unit ARGS=tests/unit/core/test_random_faults.py`` tries more of them than usual, ``FIRST_SCHEDULE=4711``
others. A failure names its seed and the fewest steps that still fail.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from schedules import Member, Schedule, schedule
from world import Broken, World

from fake_xen import migration, xen
from fake_xen.store import HostRecord

SCHEDULES = int(os.environ.get("SCHEDULES", "2000"))
FIRST = int(os.environ.get("FIRST_SCHEDULE", "0"))

REFUSED_RIGHTLY: dict[str, set[str]] = {
    # Which of two copies that ran is the right one is for a person to say.
    "a fault had it run twice": {"two_running", "copy_left", "two_stopped"},
    # Its move lost a host between defining it there and undefining it here, and either could be started.
    "it is shut off": {"defined_twice"},
    # It has moved since, so neither it nor what an earlier move left of it has ever run there.
    "it is paused, and a part of it was left": {"never_ran"},
    # Nor has it for longer than it takes to suspend it, which Xen's tenths of a second don't show.
    "it is paused, and was awaited in vain": {"never_ran"},
    # The daemon that knew that it had moved away was restarted before its definition was carried over.
    "libvirt forgot": {"definitions_differ"},
    # The copy that is destroyed, because it never ran, leaves the definition that libvirt made for it.
    "it is paused, and arrived": {"definitions_differ"},
    # Its destination refused to have it run, and it is nowhere else: whether it ran on somewhere since can't be told.
    "nothing but its note tells that it ran": {"never_ran"},
}
"""What is true of a domain -> the codes with which it may stay where it is."""


def problem(plan: Schedule, directory: Path, monkeypatch: pytest.MonkeyPatch) -> str | None:
    """Have a schedule happen; return what was wrong then, None if nothing was."""
    world = World(plan, directory)

    def leave(how: str, source: Any, there: Any, uuid: str, paused: bool = False) -> None:
        world.note(how, uuid)
        left(how, source, there, uuid, paused)

    def restart(record: HostRecord) -> None:
        world.note_forgotten(record)
        restarted(record)

    left, restarted = migration.leave, xen.restart_daemon
    with monkeypatch.context() as patched:
        patched.setattr(migration, "leave", leave)
        patched.setattr(xen, "restart_daemon", restart)
        try:
            for step in plan.steps:
                world.do(step)
                world.check()
            return "; ".join(_unlike(world, world.settle())) or None
        except Broken as broken:
            return str(broken)


def _unlike(world: World, refused: dict[str, set[str]]) -> Iterator[str]:
    for member in world.plan.members:
        unlike, codes = world.unlike(member), refused.get(member.name, set())
        rightly = {code for fact in _facts(world, member) for code in REFUSED_RIGHTLY[fact]}
        if unlike is not None and not codes & rightly:
            yield f"{member.name} {unlike} in the end, refused: {codes}, left by faults: {world.wrecks[member.name]}"


def _facts(world: World, member: Member) -> Iterator[str]:
    wrecks, paused = world.wrecks[member.name], member.state == "paused"
    facts = {
        "a fault had it run twice": "two running" in wrecks,
        "it is shut off": member.state == "shut off",
        "it is paused, and a part of it was left": paused and "stray" in wrecks,
        "it is paused, and was awaited in vain": paused and "awaited in vain" in wrecks,
        "libvirt forgot": member.name in world.forgotten,
        "it is paused, and arrived": paused and "shell left" in wrecks,
        "nothing but its note tells that it ran": not member.persistent and member.name in world.doubted,
    }
    return (fact for fact, true in facts.items() if true)


def fewest(plan: Schedule, directory: Path, monkeypatch: pytest.MonkeyPatch) -> Schedule:
    """Leave out of a schedule that fails whatever it fails without."""
    for smaller in _smaller(plan):
        if problem(smaller, directory, monkeypatch) is not None:
            return fewest(smaller, directory, monkeypatch)
    return plan


def _smaller(plan: Schedule) -> Iterator[Schedule]:
    for index, step in enumerate(plan.steps):
        before, after = plan.steps[:index], plan.steps[index + 1 :]
        yield replace(plan, steps=(*before, *after))
        for number in range(len(step.faults)):
            faults = (*step.faults[:number], *step.faults[number + 1 :])
            yield replace(plan, steps=(*before, replace(step, faults=faults), *after))


def test_no_domain_runs_twice_or_is_lost_and_reruns_converge(quick: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(FIRST, FIRST + SCHEDULES):
        plan = schedule(seed)
        wrong = problem(plan, quick, monkeypatch)
        if wrong is not None:
            least = fewest(plan, quick, monkeypatch)
            steps = "\n".join(map(str, (*least.members, *least.steps, least.wish)))
            pytest.fail(f"schedule {seed}: {wrong}\nfewest steps: {problem(least, quick, monkeypatch)}\n{steps}")
