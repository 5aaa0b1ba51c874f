# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host is emptied of its domains: one drain against a loop of tasks for one domain each, and a loop of ``virsh migrate``.

The same domains go to the same hosts each time, and come back in between. All of them are pinged: the longest time without an
answer is how long a guest is silent.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any

from tests.bench.virsh import virsh_migrate
from tests.support.lab import Lab, bring_up
from tests.support.playbooks import Playbooks

SOURCE = "xen-a"
WANTED_RATIO = 1.5
SILENCE_SLACK = 1.1
"""How much longer the guests may be silent than the peer's, on average, before it counts: from one round to the next the same
way was seen to differ by as much."""
LONGEST_SLACK = 1.5
"""The same of the longest silence of any guest: one gap among them decides."""

Way = Callable[[Mapping[str, str]], None]


@dataclass(frozen=True)
class Drained:
    """One time that the host was emptied: how long it took, and how long each guest was silent, in seconds."""

    seconds: float
    silences: tuple[float, ...]


def main() -> int:
    """Measure each way in turn, as often as asked; fail where a drain is slower than a peer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1, help="drains by each of the three (default: 1)")
    parser.add_argument("--domains", type=int, default=12, help="how many (default: 12)")
    parser.add_argument("--memory", type=int, default=96, help="MiB of each (default: 96)")
    parser.add_argument("--hosts", type=int, default=3, help="hosts in the lab (default: 3)")
    parser.add_argument("--release", default="12", help="Debian release of the hosts (default: 12)")
    options = parser.parse_args()
    lab = bring_up(*[options.release] * options.hosts)
    names = [f"drain{number:02d}" for number in range(options.domains)]
    lab.xenlab("guest", "add", "--host", SOURCE, "--memory", str(options.memory), "--", *names)
    with tempfile.TemporaryDirectory() as directory:
        found = measure(lab, names, Playbooks(Path(directory)), options.rounds)
    lab.xenlab("guest", "remove", "--", *names)
    return report(found)


def ways(lab: Lab, playbooks: Playbooks) -> dict[str, Way]:
    """Return what is measured, by name."""
    return {
        "xen_host_drain": lambda _plan: drain(lab, playbooks),
        "a loop of tasks": lambda plan: one_by_one(lab, playbooks, plan),
        "a loop of virsh migrate": lambda plan: by_virsh(lab, plan),
    }


def measure(lab: Lab, names: Sequence[str], playbooks: Playbooks, rounds: int) -> dict[str, list[Drained]]:
    """Return what was measured each time, by way.

    Before it, one domain goes to each destination and back: the first that ever come to an emulated host take longer.
    """
    each = ways(lab, playbooks)
    plan = planned(lab, playbooks)
    one_for_each = {host: name for name, host in plan.items()}
    by_virsh(lab, {name: host for host, name in one_for_each.items()})
    back(lab, playbooks, names)
    found: dict[str, list[Drained]] = {way: [] for way in each}
    for number in range(rounds):
        for way in [*each][number % 3 :] + [*each][: number % 3]:
            for name, host in plan.items():
                lab.xenlab("guest", "silence", "start", "--from", host, "--", name)
            begun = time.monotonic()
            each[way](plan)
            seconds = time.monotonic() - begun
            if lab.names(SOURCE) & set(names):
                raise RuntimeError(f"{way} left {lab.names(SOURCE)} on {SOURCE}")
            silences = tuple(heard(lab, name, host) for name, host in plan.items())
            found[way].append(Drained(seconds, silences))
            told = f"silence {mean(silences):4.2f} s, the longest {max(silences):4.1f} s"
            print(f"  {way:<24} {seconds:6.1f} s, {told}", flush=True)
            back(lab, playbooks, names)
    return found


def planned(lab: Lab, playbooks: Playbooks) -> dict[str, str]:
    """Return where a drain would bring each domain."""
    result = playbooks.start("--check", module="xen_host_drain", host=SOURCE, hosts=lab.uris).end().result
    return {step["domain"]: step["destination"] for step in result["plan"]}


def heard(lab: Lab, name: str, host: str) -> float:
    """Return the longest silence of a guest, in seconds."""
    told: dict[str, Any] = json.loads(lab.xenlab("guest", "silence", "stop", "--from", host, "--", name))
    if told["longest_silence"] is None:
        raise RuntimeError(f"{name} was never heard")
    return float(told["longest_silence"])


def drain(lab: Lab, playbooks: Playbooks) -> None:
    """Empty the host by one task."""
    result = playbooks.start(module="xen_host_drain", host=SOURCE, hosts=lab.uris).end().result
    if result.get("failed"):
        raise RuntimeError(result["msg"])


def one_by_one(lab: Lab, playbooks: Playbooks, plan: Mapping[str, str]) -> None:
    """Empty it by a task for each domain, in one run."""
    task = {
        "xenfleet.migration.xen_domain_migrate": {
            "name": "{{ item.key }}",
            "host": "{{ item.value }}",
            "hosts": lab.uris,
        },
        "loop": "{{ plan | dict2items }}",
    }
    python = "{{ ansible_playbook_python }}"
    variables = {"plan": dict(plan), "ansible_python_interpreter": python}
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "vars": variables, "tasks": [task]}
    playbooks.command("ansible-playbook", "-i", "localhost,", playbooks.write("one-by-one.json", [play]))


def by_virsh(lab: Lab, plan: Mapping[str, str]) -> None:
    """Empty it by libvirt's own client, one domain after the other."""
    for name, host in plan.items():
        virsh_migrate(lab, name, SOURCE, host)


def back(lab: Lab, playbooks: Playbooks, names: Sequence[str]) -> None:
    """Bring all of them back; they have ticked on since."""
    result = playbooks.migrate(name=list(names), host=SOURCE, hosts=lab.uris).result
    if result.get("failed"):
        raise RuntimeError(result["msg"])
    for name in names:
        lab.wait_for_tick_after(name, lab.ticks(name)["count"])


def report(found: Mapping[str, Sequence[Drained]]) -> int:
    """Print the medians, the ratios and the silence, with what was wanted of each; 1 where a drain is slower than a peer.

    Two moves at once can't be much faster where the source has one processor, which one move keeps busy; nor can its guests be
    silent for as short then. So that is told, and no failure.
    """
    seconds = {way: median(each.seconds for each in times) for way, times in found.items()}
    silence = {way: mean(one for each in times for one in each.silences) for way, times in found.items()}
    ours, *peers = found
    bad = 0
    for peer in peers:
        ratio = seconds[peer] / seconds[ours]
        verdict = "ok" if ratio >= WANTED_RATIO else "less than wanted" if ratio >= 1 else "SLOWER"
        print(
            f"{ours} {seconds[ours]:.1f} s, {peer} {seconds[peer]:.1f} s: {ratio:.2f} x, {WANTED_RATIO} wanted: {verdict}"
        )
        bad += ratio < 1
    for peer in peers:
        verdict = "ok" if silence[ours] <= SILENCE_SLACK * silence[peer] else "longer than wanted"
        print(f"a guest's silence, on average: {silence[ours]:.2f} s, with {peer} {silence[peer]:.2f} s: {verdict}")
    longest = {way: max(one for each in times for one in each.silences) for way, times in found.items()}
    theirs = max(longest[peer] for peer in peers)
    verdict = "ok" if longest[ours] <= LONGEST_SLACK * theirs else "longer than wanted"
    print(f"longest silence of a guest: {longest[ours]:.1f} s, theirs {theirs:.1f} s: {verdict}")
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
