# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One trial: a real move that is broken at one moment, and everything that is held against it afterwards."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from tests.faults.catalogue import Fault, Kind, Scene
from tests.faults.hosts import Defined, Pair, XenCopy
from tests.faults.moment import Missed, Moment, hold, release
from tests.support.lab import wait_for
from tests.support.playbooks import Playbooks, Running


@dataclass
class Record:
    """What was seen. ``problems`` are what must never be: none means that nothing was lost.

    ``undecided``: the domain is shut off on both hosts, with everything that it had, and a person has to say where it belongs.
    """

    fault: str
    moment: str
    release: str
    versions: str = ""
    told: str = ""
    message: str = ""
    seen: str = ""
    steps: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    undecided: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return asdict(self)


class Trial:
    """A domain that runs on the pair's source, and the task that is to move it."""

    def __init__(self, pair: Pair, name: str, playbooks: Playbooks, releases: str) -> None:
        self._pair = pair
        self._name = name
        self._arrives_as = name
        self._playbooks = playbooks
        self._releases = releases

    def run(self, fault: Fault, moment: Moment) -> Record:
        """Break a move; return what came of it, with everything mended that a person on duty would mend."""
        record = Record(fault.name, moment.value, self._releases)
        tick = self._prepared(fault.kind)
        before = self._defined(self._pair.source)
        options = {**self._wish(), **fault.options}
        scene = Scene(self._pair, self._name, lambda: self._playbooks.start(**options))
        if moment is Moment.BEFORE:
            fault.break_it(scene)
        with scene.again() as running:
            if moment is not Moment.BEFORE:
                self._hold(moment, running)
                scene = replace(scene, run=running)
                fault.break_it(scene)
                if fault.redefines:
                    before = self._redefined(before)
                release(self._pair)
            result = running.result_or_none()
        record.told, record.message = _told(result), str((result or {}).get("msg", ""))
        lost = moment in fault.costs_the_domain
        self._look(record, lost, fault.kind)
        record.told = "; the other: ".join([record.told, *map(_told, scene.others)])
        fault.mend_it(scene)
        self._converge(record, lost, fault.source_lost)
        if fault.kind is Kind.PAUSED:
            record.problems += self._resumed()
        self._judge(record, before, tick, lost)
        return record

    def _prepared(self, kind: Kind) -> dict[str, Any]:
        """Have the domain be what it is to be; return its newest tick."""
        if kind is Kind.TRANSIENT:
            self._pair.shell(self._pair.source, f"virsh undefine {self._name}")
        if kind is Kind.PAUSED:
            self._pair.shell(self._pair.source, f"virsh suspend {self._name}")
        if kind is Kind.RENAMED:
            self._arrives_as = f"{self._name}-renamed"
        return self._pair.lab.ticks(self._name)

    def _hold(self, moment: Moment, running: Running) -> None:
        try:
            hold(self._pair, self._name, self._arrives_as, moment, lambda: running.process.poll() is None)
        except Missed as missed:
            raise Missed(f"{missed}; the run: {(running.result_or_none() or {}).get('msg')}") from missed

    def _redefined(self, before: Defined | None) -> Defined | None:
        """Return what it is to have from now on: its new definition, and the autostart that the move holds back."""
        now = self._defined(self._pair.source)
        return replace(now, autostart=before.autostart) if now and before else None

    def _hosts(self) -> dict[str, str]:
        return self._pair.lab.hosts(self._pair.source, self._pair.destination)

    def _wish(self) -> dict[str, Any]:
        """Return what the task is to do, as its options."""
        renamed = {} if self._arrives_as == self._name else {"new_name": self._arrives_as}
        return {"name": self._name, "host": self._pair.destination, "hosts": self._hosts(), **renamed}

    def _name_at(self, host: str) -> str:
        return self._arrives_as if host == self._pair.destination else self._name

    def _defined(self, host: str) -> Defined | None:
        """Return what a host has of it, under the name that it had before."""
        found, name = self._pair.defined(host, self._name_at(host)), f"<name>{self._name}</name>"
        return found and replace(found, next_boot=found.next_boot.replace(f"<name>{self._name_at(host)}</name>", name))

    def _copies(self) -> dict[str, XenCopy | None]:
        return {
            host: self._pair.copy(host, self._name_at(host)) for host in (self._pair.source, self._pair.destination)
        }

    def _look(self, record: Record, lost: bool, kind: Kind) -> None:
        copies = self._copies()
        record.seen = ", ".join(
            f"{'source' if host == self._pair.source else 'destination'}: {self._word(host, copy)}"
            for host, copy in copies.items()
        )
        if all(copy is not None and copy.can_run for copy in copies.values()):
            record.problems.append("two copies run")
        claimed = None if lost else {"moved": self._pair.destination, "failed": self._pair.source}.get(record.told)
        shown = copies.get(claimed or "")
        if (
            claimed
            and self._pair.is_up(claimed)
            and not (shown and (shown.can_run or (shown.is_paused and kind is Kind.PAUSED)))
        ):
            record.problems.append(f"the task said {record.told}")

    def _resumed(self) -> list[str]:
        """Have the one copy that is still paused run on: then it is held against what any other has to be."""
        paused = [host for host, copy in self._copies().items() if copy is not None and copy.is_paused]
        if len(paused) != 1:
            return [f"paused on {' and '.join(paused) or 'no host'}"]
        self._pair.shell(paused[0], f"virsh resume {self._name_at(paused[0])}")
        return []

    def _word(self, host: str, copy: XenCopy | None) -> str:
        return str(copy) if copy else "nothing" if self._pair.is_up(host) else "off"

    def _converge(self, record: Record, lost: bool, source_lost: bool) -> None:
        """See whether the domain could be moved now, or is in its place; recover it where not, and see again."""
        if self._ready(record):
            return
        for _attempt in range(3):
            recovery = self._playbooks.recover(name=[*{self._name, self._arrives_as}], hosts=self._hosts())
            record.steps.append(f"recover: {_cases(recovery)}")
            if not any(case["code"] == "under_way" for case in recovery.get("cases", ())):
                break
            wait_for(self._transfers, lambda running: not running, "the memory to be sent")
        if self._ready(record):
            return
        told = {case["code"]: case["message"] for case in recovery.get("cases", ()) if case["status"] == "refused"}
        refused = [*told]
        if source_lost and refused == ["never_ran"]:
            self._do_what_is_said(told["never_ran"], record)
            if self._ready(record):
                return
        record.undecided = lost and refused == ["definitions_differ"]
        if not record.undecided:
            record.problems.append(f"a rerun is refused: {record.steps[-1]}")

    def _do_what_is_said(self, refusal: str, record: Record) -> None:
        """Have a copy run on that is the only one for certain, by the steps that the refusal names."""
        if "restart libvirt's daemon" in refusal:
            self._pair.shell(self._pair.destination, "systemctl restart libvirtd")
            record.steps.append("restart of libvirtd")
        self._pair.shell(self._pair.destination, f"virsh resume {self._arrives_as}")
        record.steps.append("virsh resume")

    def _transfers(self) -> bool:
        hosts = (self._pair.source, self._pair.destination)
        return any(self._pair.shell(host, "pgrep -x libxl-save-help || :") for host in hosts)

    def _ready(self, record: Record) -> bool:
        check = self._playbooks.check(**self._wish()).result
        codes = {finding["code"] for finding in check.get("findings", ())}
        blocking = sorted({finding["code"] for finding in check.get("findings", ()) if finding["severity"] == "blocks"})
        told = sorted(codes & {"autostart_held", "run_lost"})
        if not blocking and told:
            record.steps.append(f"rerun: {', '.join(told)}")
            return False
        if "move_unfinished" in codes:
            rerun = self._playbooks.migrate(**self._wish()).result
            record.steps.append(f"rerun: {rerun['msg']}")
            return not rerun.get("failed")
        record.steps.append("rerun: " + (", ".join(blocking) or ("ready" if check.get("moves") else "in its place")))
        return bool(check.get("ready"))

    def _judge(self, record: Record, before: Defined | None, tick: dict[str, Any], lost: bool) -> None:
        copies = {host: copy for host, copy in self._copies().items() if copy is not None}
        if lost and not copies:
            hosts = (self._pair.source, self._pair.destination)
            found = {host: self._defined(host) for host in hosts}
            home = [host for host in hosts if found[host]]
            if record.undecided:
                kept = [each for each in found.values() if each and before and _without_note(each) == before.next_boot]
                record.problems += [] if kept else ["the definition was lost"]
                return
        else:
            home = list(copies)
            record.problems += self._alive(copies, tick, lost)
        if len(home) != 1:
            record.problems.append(f"in {len(home)} places")
            return
        other = self._pair.source if home[0] == self._pair.destination else self._pair.destination
        now = self._defined(home[0])
        if (now is None) != (before is None):
            record.problems.append("the definition was lost" if now is None else "it has a definition now")
        if now and before and now.autostart != before.autostart:
            record.problems.append("autostart lost")
        if now and before and now.next_boot != before.next_boot:
            record.problems.append("next-boot configuration lost")
        if self._defined(other) is not None:
            record.problems.append("a stale definition is left")

    def _last_words(self) -> list[str]:
        """Return what each host's libvirt and the domain's console say: the lab is reset afterwards."""
        said = []
        for host in (self._pair.source, self._pair.destination):
            if self._pair.is_up(host):
                name = self._name_at(host)
                console = f"/var/log/xen/console/guest-{name}.log"
                ask = f"virsh domstate --reason {name} 2>&1 | head -n 1; tail -n 5 {console} 2>&1; true"
                said.append(f"{host}: {' / '.join(self._pair.shell(host, ask).split(chr(10)))}")
        return said

    def _alive(self, copies: dict[str, XenCopy], tick: dict[str, Any], lost: bool) -> list[str]:
        if len(copies) != 1 or not all(copy.can_run for copy in copies.values()):
            found = ", ".join(f"{copy} on {host}" for host, copy in copies.items())
            return [f"no one copy that runs: {found or 'none'}", *self._last_words()]
        name = self._name_at(*copies)
        now = self._pair.lab.wait_for_tick_after(name, self._pair.lab.ticks(name)["count"])
        if lost:
            return []  # its host has booted it anew
        return [] if now["boot"] == tick["boot"] and now["count"] > tick["count"] else ["not the same running guest"]


def _without_note(defined: Defined) -> str:
    """Return a definition without the note of an autostart that a move holds back: all else of it has to be what it was."""
    return re.sub(r"  <metadata>\s*<xenfleet-move:autostart [^>]*>\s*</metadata>\n", "", defined.next_boot)


def _told(result: dict[str, Any] | None) -> str:
    if result is None:
        return "run killed"
    moves = result.get("moves") or []
    blocking = sorted({finding["code"] for finding in result.get("findings", ()) if finding["severity"] == "blocks"})
    return moves[0]["status"] if moves else f"blocked: {', '.join(blocking)}" if blocking else "error"


def _cases(recovery: dict[str, Any]) -> str:
    told = [
        f"{case['code']} {case['status']}" + (f" ({case['error']})" if case["error"] else "")
        for case in recovery.get("cases", ())
    ]
    return ", ".join(told) or str(json.dumps(recovery.get("msg")))
