# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where 1,000 domains on 20 hosts of the fake libvirt are, against 10: whole ansible-playbook runs, and the lookup alone."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from tests.support.playbooks import Playbooks

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "fake_libvirt"))

from fleet import FakeFleet

ALONE = Path(__file__).with_name("lookup_alone.py")
HOSTS = 20
WANTED_RATIO = 3.0
LOOKUP = "xenfleet.migration.xen_domain_location"
FEW = "10 running"
FLEETS: Mapping[str, tuple[int, Sequence[str]]] = {
    FEW: (10, ["running"]),
    "1,000 running": (1000, ["running"]),
    "1,000, a third of them paused": (1000, ["running", "paused", "shut off"]),
}
"""How many domains, and the states that they have in turns."""


def main() -> int:
    """Measure all fleets in turns; 1 if many domains take too long or too many connections."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="runs with each number of domains (default: 5)")
    rounds = parser.parse_args().rounds
    print(f"where domains on {HOSTS} hosts of the fake libvirt are, each asked for by its name; in seconds:")
    print("a whole ansible-playbook run, its own start included, and the lookup alone, over open connections")
    with tempfile.TemporaryDirectory() as directory:
        located = [Located(Path(directory) / str(index), label) for index, label in enumerate(FLEETS)]
        opened = [one.connections() for one in located]  # by the first run, which is also to warm up
        for _round in range(rounds):
            for one in located:
                print(one.measure(), flush=True)
    print(f"connections opened by each run: {opened}, {HOSTS} wanted")
    few, *many = located
    ok = [one.is_fast_beside(few) for one in many]
    return 0 if all(ok) and set(opened) == {HOSTS} else 1


class Located:
    """A fleet, and how long it took to locate its domains."""

    def __init__(self, directory: Path, label: str) -> None:
        self._label = label
        number, states = FLEETS[label]
        self._names = [f"web{index:04}" for index in range(number)]
        self._fleet = build(directory, self._names, states)
        self._playbooks = Playbooks(directory, self._fleet.environment())
        addresses = {host: {"ansible_host": at, "ansible_user": "root"} for host, at in self._fleet.addresses().items()}
        self._inventory = self._playbooks.write("inventory.json", {"xen_hosts": {"hosts": addresses}})
        self._book = self._playbooks.write("locate.json", [play(self._names)])
        self._times: dict[str, list[float]] = {"ansible-playbook": [], "lookup alone": []}

    def connections(self) -> int:
        """Return how many connections one ansible-playbook run opens."""
        self._run()
        return self._fleet.calls("open")

    def measure(self) -> str:
        """Take each time once more, and return them in words."""
        self._times["ansible-playbook"].append(self._run())
        alone = self._playbooks.command("python3", str(ALONE), self._inventory, *self._names)
        self._times["lookup alone"].append(float(alone))
        return f"  {self._label:30}" + "".join(f"  {what} {taken[-1]:.3f}" for what, taken in self._times.items())

    def is_fast_beside(self, few: Located) -> bool:
        """Print the medians of both and their ratios; return whether no ratio is above the wanted one."""
        ratios = []
        for what, taken in self._times.items():
            ours, theirs = median(taken), median(few._times[what])
            ratios.append(ours / theirs)
            verdict = "ok" if ratios[-1] <= WANTED_RATIO else "NOT OK"
            print(
                f"{what}: {FEW} {theirs:.3f} s, {self._label} {ours:.3f} s (medians), ratio {ratios[-1]:.2f},"
                f" at most {WANTED_RATIO:.0f} wanted: {verdict}"
            )
        return max(ratios) <= WANTED_RATIO

    def _run(self) -> float:
        begun = time.monotonic()
        output = self._playbooks.command("ansible-playbook", "-i", self._inventory, self._book)
        taken = time.monotonic() - begun
        if f"{len(self._names)} records" not in output:
            raise RuntimeError(output)
        return taken


def build(directory: Path, names: Sequence[str], states: Sequence[str]) -> FakeFleet:
    """Return 20 hosts with these domains, evenly spread, in these states in turns."""
    fleet = FakeFleet(directory)
    hosts = [f"xen-{host:02}" for host in range(HOSTS)]
    for host in hosts:
        fleet.add_host(host, memory_mib=64 * 1024)
    for turn, state in enumerate(states):
        fleet.add_domains(
            {name: hosts[index % HOSTS] for index, name in enumerate(names) if index // HOSTS % len(states) == turn},
            state,
        )
    return fleet


def play(names: Sequence[str]) -> dict[str, Any]:
    """Return a play of one task, which makes every record of the domains and says how many there are."""
    task = {"ansible.builtin.debug": {"msg": f"{{{{ query('{LOOKUP}', domains) | length }}}} records"}}
    return {
        "name": "Locate",
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": {"domains": names},
        "tasks": [{"name": "Say how many were found", **task}],
    }


if __name__ == "__main__":
    raise SystemExit(main())
