# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fake fleet on which a schedule happens, and what must be true of it whatever happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from fleet import HELD, PAUSED, FakeFleet, domain_xml, kept, uuid_of
from running import connect, connect_read_only, run
from schedules import Member, Schedule, Step

from ansible_collections.xenfleet.migration.plugins.module_utils._core.at_once import AtOnce
from ansible_collections.xenfleet.migration.plugins.module_utils._core.connections import host_records
from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import Blocked, MigrationError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Report, Status
from ansible_collections.xenfleet.migration.plugins.module_utils._core.recover import Mended, Recovery, recover
from fake_xen import host, migration, store, xen
from fake_xen.document import normal

ROUNDS = 6
"""So many times recovery and moves are run, at most, until nothing changes."""


class Broken(AssertionError):
    """What must be true of a fleet is not."""


class Clock:
    """Time that goes on by a moment with every look at it, and otherwise only where somebody sleeps."""

    def __init__(self) -> None:
        self._now = 4e9  # later than the real time, at which the control domains were made

    def time(self) -> float:
        self._now += 0.001
        return self._now

    monotonic = time

    def sleep(self, seconds: float) -> None:
        self._now += seconds


class Here:
    """Takes a thread's place, and does its work at once: so that the same seed is the same schedule, to the call."""

    def __init__(self, target: Callable[[], None], daemon: bool) -> None:
        self.start, self.daemon = target, daemon

    def join(self, timeout: float | None = None) -> None:
        """Return at once: the work is done."""

    def is_alive(self) -> bool:
        return False


def later(name: str) -> str:
    """Return a definition that differs from what runs."""
    return domain_xml(name, memory_mib=512, more="<title>later</title>")


class World:
    """The fleet of one schedule; ``wrecks`` are what faults made of its domains: name -> what was left.

    ``doubted`` are domains of which a run told that it doesn't know, or hasn't done, all; ``forgotten`` those that a daemon
    knew to have moved away.
    """

    def __init__(self, plan: Schedule, directory: Path) -> None:
        self.plan = plan
        self.fleet = FakeFleet(directory, in_memory=True)
        self.wrecks: dict[str, set[str]] = {member.name: set() for member in plan.members}
        self.doubted: set[str] = set()
        self.forgotten: set[str] = set()
        for name in plan.hosts:
            self.fleet.add_host(name, memory_mib=16384)
        for member in plan.members:
            self._add(member)

    def _add(self, member: Member) -> None:
        self.fleet.add_domain(
            member.name,
            member.host,
            state=member.state,
            persistent=member.persistent,
            autostart=member.autostart,
            next_boot_xml=later(member.name) if member.pending else None,
        )

    def note(self, how: str, uuid: str) -> None:
        """Keep in mind what a fault makes of a domain."""
        next(found for name, found in self.wrecks.items() if uuid_of(name) == uuid).add(how)

    def note_forgotten(self, record: store.HostRecord) -> None:
        """Keep in mind which domains a daemon no longer knows to have moved away once it is restarted."""
        self.forgotten |= {
            found["name"]
            for found in record["domains"].values()
            if (found["id"], found["reason"]) == (None, host.SHUTOFF_MIGRATED)
        }

    def do(self, step: Step) -> None:
        """Do a step; errors that the core raises on purpose are how some steps end."""
        for fault in step.faults:
            self.fleet.fail(**fault)
        with suppress(MigrationError):
            self._do(step)
        self.fleet.mend()

    def _do(self, step: Step) -> None:
        if step.what == "migrate":
            self.migrate(step.given)
        elif step.what == "recover":
            self.recover(step.given)
        elif step.what == "check":
            self._check_mode(step.given)
        elif step.what == "restart":
            self._restart(step.given)
        elif step.what == "arrive":
            self.arrive()
        else:
            self.fleet.set_up(step.given, step.what == "up")

    def migrate(self, placement: dict[str, str]) -> Report:
        report = run(self.fleet, placement, at_once=AtOnce(), stop_on_failure=False)
        unsettled = {Status.IN_DOUBT, Status.INCOMPLETE}
        doubtful = (outcome for outcome in report.outcomes if outcome.status in unsettled)
        self.doubted |= {outcome.move.domain.name for outcome in doubtful}
        return report

    def _check_mode(self, terms: Any) -> None:
        before = self.fleet.snapshot()
        try:
            self.recover(terms, check=True)
        finally:
            if self.fleet.snapshot() != before:
                raise Broken("check mode changed something")

    def recover(self, terms: Any, check: bool = False) -> Recovery:
        return recover(host_records(self.fleet.uris()), terms, check, connect_read_only if check else connect)

    def _restart(self, name: str) -> None:
        with store.transaction(self.fleet.directory) as fleet:
            if not xen.helpers(fleet["hosts"][name]):
                xen.restart_daemon(fleet["hosts"][name])

    def arrive(self) -> None:
        """Have all transfers without a caller come to their end."""
        with store.transaction(self.fleet.directory) as fleet:
            hosts = fleet["hosts"]
            for source in hosts.values():
                for uuid in [found["uuid"] for found in source["domains"].values() if found["helper"] == "save"]:
                    there = next(record for record in hosts.values() if _helper(record, uuid) == "restore")
                    migration.finish_transfer(source, there, uuid)

    def check(self) -> None:
        """Raise ``Broken`` where a domain runs twice, is lost, or has lost what it is besides its memory."""
        with store.reading(self.fleet.directory) as fleet:
            for member in self.plan.members:
                problem = "; ".join(self._wrong(member, fleet))
                if problem:
                    raise Broken(f"{member.name} {problem}")

    def _wrong(self, member: Member, fleet: store.Fleet) -> Iterator[str]:
        uuid = uuid_of(member.name)
        records = fleet["hosts"].values()
        copies = [copy for record in records for copy in xen.active(record) if copy["uuid"] == uuid]
        known = [record["domains"][uuid] for record in records if uuid in record["domains"]]
        running = [copy for copy in copies if copy["xen"] == "running"]
        if len(running) > 1 and "two running" not in self.wrecks[member.name]:
            yield "runs twice"
        whole = [copy for copy in known if copy["id"] is not None and copy["helper"] != "restore"]
        if member.state != "shut off" and not whole:
            yield "has lost its memory"
        if member.state == "shut off" and copies:
            yield "was started"
        if member.persistent and not any(self._is_whole(member, found) for found in known):
            yield "has lost its definition"

    def _is_whole(self, member: Member, found: store.DomainRecord) -> bool:
        wanted = normal(later(member.name) if member.pending else domain_xml(member.name))
        return kept(found) == (wanted, member.autostart)

    def settle(self) -> dict[str, set[str]]:
        """When all faults are over, run recovery and moves until nothing changes; return by domain what was refused then."""
        for name in self.plan.hosts:
            self.fleet.set_up(name, True)
        for _round in range(ROUNDS):
            self.arrive()
            changed, refused = self._round()
            self.check()
            if not changed:
                return refused
        raise Broken(f"reruns still change something after {ROUNDS} rounds; refused: {refused}")

    def _round(self) -> tuple[bool, dict[str, set[str]]]:
        names = [member.name for member in self.plan.members]
        treated = self.recover(names).treatments
        changed = any(one.mended in {Mended.REPAIRED, Mended.FAILED} for one in treated)
        refused: dict[str, set[str]] = {name: set() for name in names}
        for one in treated:
            if one.case is not None and one.mended is not Mended.REPAIRED:
                refused[one.case.name].add(one.diagnosis.code)
        for name in names:
            changed |= self._move(name, refused[name])
        return changed, {name: codes for name, codes in refused.items() if codes}

    def _move(self, name: str, refused: set[str]) -> bool:
        try:
            report = self.migrate({name: self.plan.wish[name]})
        except Blocked as blocked:
            refused |= {finding.code for finding in blocked.findings if finding.blocks}
            return False
        except MigrationError as error:
            refused.add(str(error))
            return False
        refused |= {outcome.error for outcome in report.outcomes if outcome.error is not None}
        return bool(report.outcomes or report.finished)

    def unlike(self, member: Member) -> str | None:
        """Say in what a domain is not in its place with everything that it had, None if it is."""
        there = self.plan.wish[member.name]
        placed = self.fleet.placement().get(member.name)
        if placed != [f"{there}: {member.state}"]:
            return f"is at {placed}"
        in_xen = self.fleet.in_xen().get(member.name, [])
        if in_xen not in [[], [f"{there}: {member.state}"]]:
            return f"is in Xen at {in_xen}"
        found = self.fleet.domain(member.name, there)
        if member.persistent != (found["next_boot"] is not None):
            return "became persistent or transient"
        if HELD in (found["next_boot"] or ""):
            return "is kept from its autostart"
        if PAUSED in str(found):
            return "is noted to be paused again"
        return "holds a job" if found["job_held"] else None


def _helper(record: store.HostRecord, uuid: str) -> str | None:
    return record["domains"][uuid]["helper"] if uuid in record["domains"] else None
