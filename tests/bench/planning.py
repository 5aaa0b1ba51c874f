# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans for clusters of up to 10,000 domains, against Ganeti's hbal on the same clusters: moves, evenness and time.

hbal comes with Debian's package ganeti-htools. It is given the clusters in the text format of its manual page, every domain
with as many virtual CPUs as GiB, so that what it makes of CPUs agrees with what it makes of memory. How even hosts are is
worked out here, the same way for both, from where either leaves the domains: the standard deviation of the share of memory in
use. Time is that of a core, so that what else the machine does makes little difference.
"""

from __future__ import annotations

import argparse
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import pstdev

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / ".build" / "collections"))

from ansible_collections.xenfleet.migration.plugins.module_utils._core.planner.applied import applied
from ansible_collections.xenfleet.migration.plugins.module_utils._core.planner.planning import plan
from ansible_collections.xenfleet.migration.plugins.module_utils._core.planner.values import (
    Balance,
    BringHome,
    Cluster,
    Drain,
    Machine,
    Place,
    Resident,
    Wish,
)

MIB = 1024
GIB = 1024 * MIB
HOST_GIB = 128
CROWDED_GIB = 77
"""With these, 96 % of all memory that is there for domains is in use."""
CONTROL_GIB = 4
DOMAINS_GIB = (1, 2, 2, 4, 4, 8)
SIZES = ((50, 1000), (100, 2000), (200, 4000))
BALANCED = (20, 200)
"""For a move, hbal looks at every domain and every host. With 50 hosts and 1,000 domains it isn't done after eight minutes."""
LARGE = (500, 10_000)
DRAIN = Drain(frozenset(["xen-000"]))
WANTED_SECONDS = 2.0
MOST_ROUNDS = "1000000"


@dataclass(frozen=True)
class Result:
    """What a planner came to: moves, domains that stay short of the wish, where all are then, and seconds of a core."""

    moves: int
    stuck: int
    at: Mapping[str, str]
    seconds: float


def main() -> int:
    """Compare drains and balances; 1 if we need more moves, leave hosts less even, or take longer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="of the clusters (default: 1)")
    parser.add_argument("--small", action="store_true", help="only the smallest cluster, and the largest for us alone")
    options = parser.parse_args()
    print("planning against hbal: moves, standard deviation of the share of memory in use, seconds of a core")
    ok = True
    for hosts, domains in SIZES[:1] if options.small else SIZES:
        ok &= compare("one host drained", build(hosts, domains, options.seed), DRAIN)
    ok &= compare("one of hosts that were even drained", build(*SIZES[0], options.seed, even=True), DRAIN)
    ok &= compare("balanced", build(*BALANCED, options.seed), Balance())
    made = build(*LARGE, options.seed)
    wishes: Mapping[str, Wish] = {
        "one host drained": DRAIN,
        "50 hosts drained": Drain(frozenset(f"xen-{number:03}" for number in range(50))),
        "all brought home": BringHome(),
        "balanced": Balance(),
    }
    for label, wish in wishes.items():
        ok &= alone(label, made, wish)
    crowded = build(*LARGE, options.seed, even=True, host_gib=CROWDED_GIB)
    ok &= alone("all change places where memory is short", crowded, exchange(crowded, options.seed))
    return 0 if ok else 1


def build(hosts: int, domains: int, seed: int, even: bool = False, host_gib: int = HOST_GIB) -> Cluster:
    """Make a cluster; where each domain is at home is random, and so is where it is, unless hosts are to be even."""
    random = Random(seed)
    free = {f"xen-{number:03}": host_gib - CONTROL_GIB for number in range(hosts)}
    residents = []
    for number in range(domains):
        emptiest = max(free, key=lambda name: free[name])
        need = min(random.choice(DOMAINS_GIB), free[emptiest])
        host = emptiest if even else random.choice([name for name, gib in free.items() if gib >= need])
        free[host] -= need
        home = f"xen-{random.randrange(hosts):03}"
        residents.append(Resident(f"d{number:05}", f"uuid-{number:05}", host, need * GIB, home))
    machines = tuple(Machine(name, host_gib * GIB, gib * GIB) for name, gib in free.items())
    return Cluster(machines, tuple(residents))


def exchange(made: Cluster, seed: int) -> Place:
    """Have domains of one size change places at random: there is room for all in the end, and little on the way."""
    random = Random(seed)
    placement: dict[str, str] = {}
    for need in sorted({resident.need_kib for resident in made.residents}):
        alike = [resident for resident in made.residents if resident.need_kib == need]
        hosts = random.sample([resident.host for resident in alike], len(alike))
        placement.update({resident.uuid: host for resident, host in zip(alike, hosts, strict=True)})
    return Place(placement)


def compare(label: str, made: Cluster, wish: Wish) -> bool:
    """Print what hbal and we make of a wish; return whether we are no worse in anything."""
    drained = wish.hosts if isinstance(wish, Drain) else frozenset()
    ours, theirs = by_us(made, wish), by_hbal(made, drained)
    print(
        f"{len(made.machines)} hosts, {len(made.residents)} domains, {label} (before: {unevenness(made, drained):.5f})"
    )
    results = {"hbal": theirs, "xenfleet.migration": ours}
    deviations = {who: unevenness(placed(made, result.at), drained) for who, result in results.items()}
    for who, result in results.items():
        print(f"  {who:20} {result.moves:6} moves   {deviations[who]:.5f}   {result.seconds:8.3f} s")
    even = deviations["xenfleet.migration"] <= deviations["hbal"] + 1e-9
    ok = ours.moves <= theirs.moves and ours.stuck <= theirs.stuck and even and ours.seconds < theirs.seconds
    print(f"  {theirs.seconds / ours.seconds:.0f} times as fast: {'ok' if ok else 'NOT OK'}", flush=True)
    return ok


def alone(label: str, made: Cluster, wish: Wish) -> bool:
    """Print what we make of a wish; return whether it was in time."""
    drained = wish.hosts if isinstance(wish, Drain) else frozenset()
    result = by_us(made, wish)
    before, after = unevenness(made, drained), unevenness(placed(made, result.at), drained)
    ok = result.seconds <= WANTED_SECONDS
    print(
        f"{len(made.machines)} hosts, {len(made.residents)} domains, {label}: {result.moves} moves, {result.stuck} stuck,"
        f" {before:.5f} to {after:.5f}, {result.seconds:.3f} s, at most {WANTED_SECONDS:.0f} wanted:"
        f" {'ok' if ok else 'TOO SLOW'}",
        flush=True,
    )
    return ok


def by_us(made: Cluster, wish: Wish) -> Result:
    """Plan, and time that."""
    begun = time.process_time()
    schedule = plan(made, wish)
    seconds = time.process_time() - begun
    end = applied(made, schedule.steps)
    return Result(
        len(schedule.steps), len(schedule.stuck), {resident.name: resident.host for resident in end.residents}, seconds
    )


def by_hbal(made: Cluster, drained: frozenset[str]) -> Result:
    """Have hbal plan. Its time is all of its process, reading the file included, which is a small part of it."""
    with tempfile.TemporaryDirectory() as directory:
        data, saved = Path(directory, "cluster.data"), Path(directory, "end")
        data.write_text(in_htools_format(made), encoding="ascii")
        options = ["--evac-mode", *(word for host in sorted(drained) for word in ("-O", host))] if drained else []
        command = ["hbal", "-t", str(data), "-S", str(saved), "-l", MOST_ROUNDS, *options]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        try:
            done = subprocess.run(command, check=True, capture_output=True, text=True)
        except FileNotFoundError:
            raise SystemExit("hbal is not there: install ganeti-htools (make setup does)") from None
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        length = re.search(r"Solution length=(\d+)", done.stdout)
        at = read_placement(Path(f"{saved}.balanced").read_text(encoding="ascii"))
    return Result(int(length[1]) if length else 0, sum(host in drained for host in at.values()), at, seconds)


def in_htools_format(made: Cluster) -> str:
    """Return a cluster as hbal reads it: groups, nodes, instances, tags and policies, in MiB."""
    specs = "128,1,0,0,1,1|128,1,0,0,1,1;1048576,1024,1048576,16,8,64|ext|1000.0|1000.0"
    nodes = [
        f"{machine.name}|{machine.total_kib // MIB}|{CONTROL_GIB * 1024}|{machine.free_kib // MIB}|0|0|128|"
        f"{'M' if index == 1 else 'N'}|group-uuid|1"
        for index, machine in enumerate(made.machines)
    ]
    instances = [
        f"{each.name}|{each.need_kib // MIB}|0|{each.need_kib // GIB}|running|Y|{each.host}||ext||1"
        for each in made.residents
    ]
    tags: list[str] = []
    sections = (["group|group-uuid|preferred||"], nodes, instances, tags, [f"|{specs}", f"group|{specs}"])
    return "\n\n".join("\n".join(section) for section in sections) + "\n"


def read_placement(text: str) -> Mapping[str, str]:
    """Return name -> host from what hbal saved."""
    instances = text.split("\n\n")[2].splitlines()
    return {fields[0]: fields[6] for fields in (line.split("|") for line in instances)}


def placed(made: Cluster, at: Mapping[str, str]) -> Cluster:
    """Return the cluster with its domains there."""
    free = {machine.name: machine.free_kib for machine in made.machines}
    for resident in made.residents:
        free[resident.host] += resident.need_kib
        free[at[resident.name]] -= resident.need_kib
    return Cluster(tuple(Machine(each.name, each.total_kib, free[each.name]) for each in made.machines), made.residents)


def unevenness(made: Cluster, drained: frozenset[str]) -> float:
    """Return the standard deviation of the shares of memory in use, over the hosts that take domains."""
    return pstdev(shares([machine for machine in made.machines if machine.name not in drained]))


def shares(machines: Sequence[Machine]) -> list[float]:
    """Return which share of each host's memory is in use."""
    return [1 - machine.free_kib / machine.total_kib for machine in machines]


if __name__ == "__main__":
    raise SystemExit(main())
