# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters for the planner's tests: written in few words, or made at random from a seed; and what every plan has to keep."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random

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
    Rules,
    Schedule,
    Step,
    Wish,
)

GIB = 1024 * 1024
NAMES = ("xen-a", "xen-b", "xen-c", "xen-d", "xen-e", "xen-f")


def cluster(
    hosts: Mapping[str, tuple[int, Mapping[str, int]]],
    homes: Mapping[str, str] | None = None,
    closed: Sequence[str] = (),
) -> Cluster:
    """Make a cluster from ``{"xen-a": (8, {"web01": 4})}``: GiB of the host, and of each domain on it."""
    machines = []
    residents = []
    for host, (total, domains) in hosts.items():
        machines.append(Machine(host, total * GIB, (total - sum(domains.values())) * GIB, host not in closed))
        residents += [
            Resident(name, f"uuid-of-{name}", host, need * GIB, (homes or {}).get(name))
            for name, need in domains.items()
        ]
    return Cluster(tuple(machines), tuple(residents))


def moves(schedule: Schedule) -> list[str]:
    """Return ``web01 xen-a xen-b`` for each step."""
    return [f"{step.resident.name} {step.source} {step.destination}" for step in schedule.steps]


def troubles(schedule: Schedule) -> dict[str, str]:
    """Return the code of each domain that is stuck."""
    return {stuck.resident.name: stuck.code for stuck in schedule.stuck}


def random_case(seed: int, most_hosts: int = 6, most_domains: int = 14) -> tuple[Cluster, Wish, Rules]:
    """Make a cluster, a wish and rules; the same for the same seed."""
    random = Random(seed)
    hosts = NAMES[: random.randint(2, most_hosts)]
    made = _random_cluster(random, hosts, random.randint(1, most_domains))
    return made, _random_wish(random, made, hosts), _random_rules(random, made, hosts)


def _random_cluster(random: Random, hosts: Sequence[str], number: int) -> Cluster:
    free = {host: random.choice((4, 8, 16)) for host in hosts}
    total = dict(free)
    residents = []
    for index in range(number):
        need = random.choice((0, 1, 1, 2, 2, 3, 4, 6))
        possible = [host for host in hosts if free[host] >= need]
        if possible:
            host = random.choice(possible)
            free[host] -= need
            home = random.choice((None, *hosts))
            residents.append(
                Resident(f"d{index:02}", f"uuid-{random.randrange(10**6):06}-{index}", host, need * GIB, home)
            )
    machines = [Machine(host, total[host] * GIB, free[host] * GIB, random.random() < 0.9) for host in hosts]
    return Cluster(tuple(machines), tuple(residents))


def _random_wish(random: Random, made: Cluster, hosts: Sequence[str]) -> Wish:
    some = frozenset(random.sample(hosts, random.choice((1, 1, 2))))
    chosen = [resident.uuid for resident in made.residents if random.random() < 0.5]
    return random.choice(
        (
            Drain(some),
            Drain(some),
            BringHome(random.choice((None, some))),
            Place({uuid: random.choice(hosts) for uuid in chosen}),
            Balance(random.choice((0.0, 0.05, 0.2))),
        )
    )


def _random_rules(random: Random, made: Cluster, hosts: Sequence[str]) -> Rules:
    names = [resident.name for resident in made.residents]
    uuids = [resident.uuid for resident in made.residents]
    random.shuffle(names)
    groups: list[frozenset[str]] = []
    while len(names) > 2 and random.random() < 0.6:
        groups.append(frozenset(names.pop() for _member in range(random.choice((2, 2, 3)) if len(names) > 2 else 2)))
    apart = tuple(group for group in groups if random.random() < 0.6)
    return Rules(
        reserve_kib=random.choice((0, 0, GIB // 2, GIB)),
        apart=apart,
        together=tuple(group for group in groups if group not in apart),
        pinned=frozenset(name for name in names if random.random() < 0.1),
        forbidden=frozenset((uuid, host) for uuid in uuids for host in hosts if random.random() < 0.05),
        allowed=frozenset(random.sample(hosts, random.randint(1, len(hosts)))) if random.random() < 0.15 else None,
    )


def shuffled(case: tuple[Cluster, Wish, Rules], seed: int) -> tuple[Cluster, Wish, Rules]:
    """Return the same case in another order."""
    made, wish, rules = case
    random = Random(seed)

    def mixed(things: Sequence[object]) -> tuple:  # type: ignore[type-arg]
        return tuple(random.sample(things, len(things)))

    if isinstance(wish, Place):
        wish = Place(dict(mixed(list(wish.placement.items()))))
    other_rules = replace(rules, apart=mixed(rules.apart), together=mixed(rules.together))
    return Cluster(mixed(made.machines), mixed(made.residents)), wish, other_rules


def check_steps(made: Cluster, wish: Wish, rules: Rules, steps: Sequence[Step]) -> None:
    """Assert that each step fits and is allowed, made one after the other."""
    free = {machine.name: machine.free_kib for machine in made.machines}
    at = {resident.uuid: resident.host for resident in made.residents}
    accepts = {machine.name for machine in made.machines if machine.accepts}
    drained = wish.hosts if isinstance(wish, Drain) else frozenset()
    known = set(made.residents)
    for step in steps:
        domain = step.resident
        assert domain in known, "the step has the domain as it was given"
        assert step.reason
        assert at[domain.uuid] == step.source != step.destination
        assert domain.need_kib == 0 or domain.need_kib + rules.reserve_kib <= free[step.destination], step
        assert step.destination in accepts - drained
        assert rules.allowed is None or step.destination in rules.allowed
        assert (domain.uuid, step.destination) not in rules.forbidden
        assert domain.name not in rules.pinned
        free[step.source] += domain.need_kib
        free[step.destination] -= domain.need_kib
        at[domain.uuid] = step.destination


def check_groups(made: Cluster, rules: Rules, schedule: Schedule) -> None:
    """Assert that no group is worse off than before: not more of those kept apart meet, none that is together is torn up."""
    before = {resident.name: resident.host for resident in made.residents}
    after = {resident.name: resident.host for resident in applied(made, schedule.steps).residents}
    moved = {step.resident.name for step in schedule.steps}
    for group in rules.apart:
        for one, other in itertools.combinations(sorted(group & set(after)), 2):
            assert after[one] != after[other] or not {one, other} & moved, (one, other)
    for group in rules.together:
        members = group & set(after)
        assert len({after[name] for name in members}) <= max(1, len({before[name] for name in members})), group


def check_end(made: Cluster, wish: Wish, rules: Rules, schedule: Schedule) -> None:
    """Assert that every domain is where it was wished to, or told of; and that nothing is left to do."""
    end = applied(made, schedule.steps)
    stuck = {each.resident.uuid for each in schedule.stuck}
    assert all(each.code and each.reason.endswith(".") for each in schedule.stuck)
    for resident in end.residents if not isinstance(wish, Balance) else ():
        assert (resident.uuid in stuck) == _is_short(resident, wish), resident
    again = plan(end, wish, rules)
    assert again.steps == ()
    assert [(each.resident.uuid, each.code) for each in again.stuck] == [
        (each.resident.uuid, each.code) for each in schedule.stuck
    ]


def _is_short(resident: Resident, wish: Wish) -> bool:
    if isinstance(wish, Drain):
        return resident.host in wish.hosts
    if isinstance(wish, Place):
        return resident.host != wish.placement.get(resident.uuid, resident.host)
    if isinstance(wish, BringHome):
        wanted = resident.home is not None and (wish.hosts is None or resident.home in wish.hosts)
        return wanted and resident.host != resident.home
    raise TypeError(wish)
