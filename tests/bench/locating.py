# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where 1,000 domains on 20 hosts are, against 10 of them: whole ansible-playbook runs on the fake libvirt."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

from tests.support.playbooks import Playbooks

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "fake_libvirt"))

from fleet import FakeFleet

HOSTS = 20
FEW, MANY = 10, 1000
WANTED_RATIO = 3.0
LOOKUP = "xenfleet.migration.xen_domain_location"


def main() -> int:
    """Measure in pairs, few and many in turns; 1 if many take too long or too many calls."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="runs with each number of domains (default: 5)")
    rounds = parser.parse_args().rounds
    print(f"where {FEW} and {MANY} domains on {HOSTS} hosts of the fake libvirt are, each asked for by its name:")
    print("seconds of a whole ansible-playbook run, its own start included; calls to the fake cross no network")
    with tempfile.TemporaryDirectory() as directory:
        fleets = {number: build(Path(directory) / str(number), number) for number in (FEW, MANY)}
        times = {number: [locate(fleets[number], number)] for number in fleets}  # the first is only to warm up
        opened = {number: fleet.calls("open") for number, fleet in fleets.items()}
        for _round in range(rounds):
            for number, fleet in fleets.items():
                times[number].append(locate(fleet, number))
                print(f"  {number:>5} domains  ansible-playbook  {times[number][-1]:5.2f} s", flush=True)
    return report({number: seconds[1:] for number, seconds in times.items()}, opened)


def build(directory: Path, number: int) -> FakeFleet:
    """Return 20 hosts with so many domains, evenly spread."""
    fleet = FakeFleet(directory)
    hosts = [f"xen-{host:02}" for host in range(HOSTS)]
    for host in hosts:
        fleet.add_host(host, memory_mib=64 * 1024)
    fleet.add_domains({name: hosts[index % HOSTS] for index, name in enumerate(names(number))})
    return fleet


def names(number: int) -> list[str]:
    """Return the names of so many domains."""
    return [f"web{index:04}" for index in range(number)]


def locate(fleet: FakeFleet, number: int) -> float:
    """Have a whole ansible-playbook run find all domains, and count the records; return how long it takes."""
    playbooks = Playbooks(fleet.directory, fleet.environment())
    addresses = {host: {"ansible_host": at, "ansible_user": "root"} for host, at in fleet.addresses().items()}
    inventory = playbooks.write("inventory.json", {"xen_hosts": {"hosts": addresses}})
    book = playbooks.write("locate.json", [play(number)])
    begun = time.monotonic()
    output = playbooks.command("ansible-playbook", "-i", inventory, book)
    seconds = time.monotonic() - begun
    if f"{number} records" not in output:
        raise RuntimeError(output)
    return seconds


def play(number: int) -> dict[str, Any]:
    """Return a play of one task, which makes every record of the domains and says how many there are."""
    task = {"ansible.builtin.debug": {"msg": f"{{{{ query('{LOOKUP}', domains) | length }}}} records"}}
    return {
        "name": "Locate",
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": {"domains": names(number)},
        "tasks": [{"name": "Say how many were found", **task}],
    }


def report(times: Mapping[int, list[float]], opened: Mapping[int, int]) -> int:
    """Print the medians, their ratio and the connections; 1 if there is more of anything than wanted."""
    few, many = (median(times[number]) for number in (FEW, MANY))
    ok = many / few <= WANTED_RATIO and opened[MANY] == HOSTS
    print(f"locating on {HOSTS} hosts: {FEW} domains {few:.2f} s, {MANY} domains {many:.2f} s (medians)")
    print(f"connections opened for {MANY} domains: {opened[MANY]}, {HOSTS} wanted")
    print(f"ratio {many / few:.2f}, at most {WANTED_RATIO:.0f} wanted: {'ok' if ok else 'NOT OK'}")
    return 0 if ok else 1


if __name__ == "__main__":
    raise SystemExit(main())
