# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller is killed before or after any call of a move that changes something: recovery and a rerun lose nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from itertools import count, product
from pathlib import Path
from typing import NamedTuple

import libvirt
import pytest
from fleet import HELD, PAUSED, FakeFleet
from running import recovery, run, told

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import MigrationError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Severity
from ansible_collections.xenfleet.migration.plugins.module_utils._core.recover import Mended

ENDS = ("xen-a", "xen-b")
CHANGING = ("setMetadata", "setAutostart", "resume", "suspend", "migrate3", "defineXML", "undefine")
OLDER, NEWER = 9_000_000, 11_003_000
"""Libvirts that keep a domain paused where it arrives, and that have it run at once."""


class Kill(NamedTuple):
    """At which call of a host the controller ends, and with it all that it could do: ``nth`` from 0."""

    host: str
    call: str
    nth: int
    when: str


def fleet_with(directory: Path, version: int, state: str, persistent: bool) -> FakeFleet:
    shutil.rmtree(directory, ignore_errors=True)
    fleet = FakeFleet(directory, in_memory=True)
    for name in ENDS:
        fleet.add_host(name)
        fleet.change_host(name, libvirt_version=version)
    fleet.add_domain("web01", "xen-a", state=state, persistent=persistent, autostart=persistent)
    return fleet


def is_killed(fleet: FakeFleet, kill: Kill) -> bool:
    """Make the move until then; return whether it came so far."""
    fleet.fail(kill.host, kill.call, kill.when, skip=kill.nth, message="killed", then_down=ENDS)
    attempt(fleet, "rerun")
    struck = not fleet.planned()
    for name in ENDS:
        fleet.set_up(name, True)
    return struck


def attempt(fleet: FakeFleet, step: str) -> None:
    try:
        if step == "rerun":
            run(fleet, {"web01": "xen-b"})
        else:
            recovery(fleet, "web01")
    except MigrationError:
        return  # what is refused is to be recovered


def kills(directory: Path, version: int, state: str, persistent: bool) -> Iterator[tuple[Kill, FakeFleet]]:
    """Yield each kill, and the fleet as that left it."""
    for host, call, when in product(ENDS, CHANGING, ("before", "after")):
        for nth in count():
            kill = Kill(host, call, nth, when)
            fleet = fleet_with(directory, version, state, persistent)
            if not is_killed(fleet, kill):
                break
            yield kill, fleet


def lost(fleet: FakeFleet, before: tuple[str | None, bool], state: str) -> str | None:
    """Say what isn't as it was, None if nothing."""
    places = fleet.placement().get("web01", [])
    if places not in [[f"{host}: {state}"] for host in ENDS]:
        return f"is at {places}"
    host = places[0].split(":")[0]
    if fleet.in_xen() != {"web01": places}:
        return f"is in Xen at {fleet.in_xen()}"
    if fleet.kept("web01", host) != before:
        return "its definition is another one"
    noted = [note for note in (HELD, PAUSED) if note in str(fleet.domain("web01", host))]
    return f"still has the notes {noted}" if noted else None


KEPT = (Kill("xen-a", "migrate3", 0, "after"), Kill("xen-b", "resume", 0, "before"))
"""A transient domain, which is nowhere else, has arrived and was not made to run: whether it ran on elsewhere can't be told."""
STEPS = (("recover",), ("rerun", "recover"), ("recover", "rerun"))


@pytest.mark.parametrize("steps", STEPS, ids=" then ".join)
@pytest.mark.parametrize("persistent", [True, False], ids=["persistent", "transient"])
@pytest.mark.parametrize("state", ["running", "paused"])
@pytest.mark.parametrize("version", [OLDER, NEWER], ids=["libvirt 9.0", "libvirt 11.3"])
def test_nothing_is_lost(quick: Path, version: int, state: str, persistent: bool, steps: Sequence[str]) -> None:
    before = fleet_with(quick, version, state, persistent).kept("web01", "xen-a")
    tried, wrong = 0, []
    for kill, fleet in kills(quick, version, state, persistent):
        for step in steps:
            attempt(fleet, step)
        tried += 1
        problem = lost(fleet, before, state)
        if problem is not None:
            wrong.append(f"{' '.join(map(str, kill))}: {problem}")
    kept = [f"{' '.join(map(str, kill))}: is at ['xen-b: paused']" for kill in KEPT]
    assert wrong == kept * ((version, state, persistent) == (OLDER, "running", False))
    assert tried > len(wrong)


@pytest.mark.parametrize("kill", KEPT, ids=lambda kill: f"{kill.call}, {kill.when}")
def test_a_transient_domain_that_was_not_made_to_run_is_told_of(quick: Path, kill: Kill) -> None:
    """By a rerun, too; and once somebody who knows has it run, the note of that goes."""
    fleet = fleet_with(quick, OLDER, "running", persistent=False)
    assert is_killed(fleet, kill)
    assert told(recovery(fleet, "web01")) == [("never_ran", Mended.REFUSED)]
    report = run(fleet, {"web01": "xen-b"})
    assert [(finding.code, finding.severity) for finding in report.findings] == [("run_lost", Severity.WARNS)]
    libvirt.open(fleet.uris()["xen-b"]).lookupByName("web01").resume()
    assert told(recovery(fleet, "web01")) == [("note_left", Mended.REPAIRED)]
    assert (told(recovery(fleet)), PAUSED in str(fleet.domain("web01", "xen-b"))) == ([], False)
    assert fleet.placement() == {"web01": ["xen-b: running"]}
