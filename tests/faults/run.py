# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Breaks real moves in every way of the catalogue, and writes down what came of it: a line each, and a file of JSON."""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.faults.catalogue import FAULTS, Fault, Kind
from tests.faults.hosts import Pair
from tests.faults.moment import Missed, Moment
from tests.faults.table import RESULTS, write_table
from tests.faults.trial import Record, Trial
from tests.support.lab import GUEST_MIB, Lab, bring_up
from tests.support.playbooks import Playbooks

NAME = "faulty"
TITLE = "kept for the next boot"
ATTEMPTS = 3
"""A host of an overloaded lab may not even answer the run that is to be broken."""


def main() -> int:
    """Run the trials, write the table, and fail if anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--release", default="12", help="Debian release of the two hosts: 12 (default), 13, or 12,13")
    parser.add_argument("-k", dest="word", default="", help="only faults with this in their name or moment")
    parser.add_argument("--missing", action="store_true", help="only trials of which there is no good result yet")
    parser.add_argument("--results", type=Path, default=RESULTS, help="the file of JSON that results are added to")
    options = parser.parse_args()
    lab = bring_up(*(options.release.split(",") * 2)[:2])
    versions = seen_versions(lab)
    bad = 0
    done = passed(options.results, options.release) if options.missing else set()
    for fault, moment in chosen(options.word):
        if (fault.name, moment.value) in done:
            continue
        begun = time.monotonic()
        record = one_trial(lab, fault, moment, options.release)
        record.versions = versions
        bad += bool(record.problems)
        keep(options.results, record)
        said = "; ".join(record.problems) or "ok"
        print(f"{fault.name}, {moment.value}: {said} ({time.monotonic() - begun:.0f} s)", flush=True)
        print(f"    told {record.told}; {record.seen}; {'; '.join(record.steps)}", flush=True)
    write_table(options.results)
    return 1 if bad else 0


def seen_versions(lab: Lab) -> str:
    """Return what the hosts run, as they tell it themselves."""
    ask = "echo Xen $(xl info xen_version), libvirt $(libvirtd --version | awk '{ print $NF }')"
    return " and ".join(dict.fromkeys(lab.xenlab("ssh", host, ask).strip() for host in ("xen-a", "xen-b")))


def chosen(word: str) -> Iterator[tuple[Fault, Moment]]:
    """Return the faults and moments whose names hold the word."""
    for fault in FAULTS:
        for moment in fault.moments:
            if word in f"{fault.name}, {moment.value}":
                yield fault, moment


def passed(results: Path, releases: str) -> set[tuple[str, str]]:
    """Return the trials, fault and moment, in which nothing was lost."""
    return {
        (record["fault"], record["moment"])
        for record in read(results)
        if record["release"] == releases and not record["problems"]
    }


def one_trial(lab: Lab, fault: Fault, moment: Moment, releases: str) -> Record:
    """Run one on a domain of its own, on clean hosts if the last one left anything."""
    record = Record(fault.name, moment.value, releases)
    missed = []
    for _attempt in range(ATTEMPTS):
        with tempfile.TemporaryDirectory() as directory:
            try:
                record = Trial(stage(lab, fault), NAME, Playbooks(Path(directory)), releases).run(fault, moment)
                break
            except Missed as error:
                missed.append(f"the moment was not reached: {error}")
            except (RuntimeError, TimeoutError) as error:
                record.problems = [f"the trial itself failed: {error}"]
                break
        lab.xenlab("reset")  # whatever was stopped is gone with it
    else:
        record.problems = missed
    if (
        record.problems
        or any(word in fault.name for word in ("loses power", "rebooted"))
        or fault.kind in {Kind.TRANSIENT, Kind.RENAMED}
    ):
        lab.xenlab("reset")
    return record


def stage(lab: Lab, fault: Fault) -> Pair:
    """Have a domain with autostart and a change for its next boot run on one of two hosts; return it as the source."""
    found = [guest for guest in lab.guests() if guest["name"] == NAME]
    if found and not fault.disk:
        source = found[0]["host"]
        return Pair(lab, source, "xen-b" if source == "xen-a" else "xen-a")
    if found:
        lab.xenlab("guest", "remove", "--all")
    disk = ["--disk", "shared"] if fault.disk else []
    lab.xenlab("guest", "add", "--host", "xen-a", "--memory", str(GUEST_MIB), "--autostart", *disk, "--", NAME)
    lab.xenlab("ssh", "xen-a", f"virsh desc {NAME} --title --config '{TITLE}'")
    return Pair(lab, "xen-a", "xen-b")


def read(results: Path) -> list[dict[str, Any]]:
    """Return what was kept, nothing where there is no file yet."""
    kept: list[dict[str, Any]] = json.loads(results.read_text()) if results.exists() else []
    return kept


def keep(results: Path, record: Record) -> None:
    """Add a record to the file, in place of an older one of the same trial, and have all in the catalogue's order."""
    kept = read(results)
    same = (record.fault, record.moment, record.release)
    kept = [old for old in kept if (old["fault"], old["moment"], old["release"]) != same]
    results.parent.mkdir(parents=True, exist_ok=True)
    results.write_text(json.dumps(sorted([*kept, record.as_dict()], key=_place), indent=1) + "\n")


def _place(record: dict[str, Any]) -> tuple[int, int, str]:
    names, moments = [fault.name for fault in FAULTS], [moment.value for moment in Moment]
    return names.index(record["fault"]), moments.index(record["moment"]), record["release"]


if __name__ == "__main__":
    raise SystemExit(main())
