# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random fleets, and random schedules of moves, recoveries and faults for them: plain data, made from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

HOSTS = ("xen-a", "xen-b", "xen-c", "xen-d")
NAMES = ("web01", "db01", "mail", "dns")
WRECKS = (
    "halfway",
    "under way",
    "source stopped",
    "stray",
    "awaited",
    "awaited in vain",
    "job held",
    "two running",
    "shell left",
)
READS = (
    "open",
    "listAllDomains",
    "lookupByUUIDString",
    "XMLDesc",
    "info",
    "state",
    "autostart",
    "isPersistent",
    "jobInfo",
)
WRITES = ("defineXML", "setAutostart", "setMetadata", "undefine", "suspend", "resume", "pMWakeup")


@dataclass(frozen=True)
class Member:
    """A domain as it begins, and is to stay but for its host."""

    name: str
    host: str
    state: str
    persistent: bool
    autostart: bool
    pending: bool


@dataclass(frozen=True)
class Step:
    """``migrate`` and ``recover`` with what is given to them, ``up`` and ``down`` of a host, a ``restart`` of its daemon.

    Or ``arrive``: transfers that go on without a caller come to their end. ``faults`` are planned before.
    """

    what: str
    given: Any = None
    faults: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Schedule:
    """What happens, and where each domain is to be in the end."""

    hosts: tuple[str, ...]
    members: tuple[Member, ...]
    steps: tuple[Step, ...]
    wish: dict[str, str]


def schedule(seed: int) -> Schedule:
    """Make a schedule; the same for the same seed."""
    random = Random(seed)
    hosts = HOSTS[: random.randint(2, 4)]
    members = tuple(_member(random, name, hosts) for name in NAMES[: random.randint(1, 4)])
    names = [member.name for member in members]
    steps = tuple(_step(random, names, hosts) for _number in range(random.randint(1, 5)))
    return Schedule(hosts, members, steps, {name: random.choice(hosts) for name in names})


def _member(random: Random, name: str, hosts: tuple[str, ...]) -> Member:
    state = random.choice(("running", "running", "running", "paused", "shut off"))
    persistent = state == "shut off" or random.random() < 0.8
    pending = persistent and state != "shut off" and random.random() < 0.4
    return Member(name, random.choice(hosts), state, persistent, persistent and random.random() < 0.5, pending)


def _step(random: Random, names: list[str], hosts: tuple[str, ...]) -> Step:
    what = random.choices(("migrate", "recover", "check", "down", "up", "restart", "arrive"), (12, 3, 1, 1, 2, 1, 1))[0]
    given: Any = random.choice(hosts)
    if what == "migrate":
        chosen = random.sample(names, random.randint(1, len(names)))
        given = {name: random.choice(hosts) for name in chosen}
    elif what in {"recover", "check"}:
        given = random.choice((None, names))
    faults = random.choices((0, 1, 2), (2, 5, 2))[0] if what in {"migrate", "recover"} else 0
    return Step(what, given, tuple(_fault(random, hosts) for _number in range(faults)))


def _fault(random: Random, hosts: tuple[str, ...]) -> dict[str, Any]:
    down = random.sample(hosts, 1) if random.random() < 0.25 else []
    on = random.choice(hosts)
    if random.random() < 0.5:
        leave = random.choice((None, *WRECKS, *WRECKS))
        when = "after" if leave or random.random() < 0.5 else "before"
        return {
            "on": on,
            "call": "migrate3",
            "when": when,
            "leave": leave,
            "then_down": down,
            "skip": random.choice((0, 0, 1)),
        }
    call = random.choice(random.choice((READS, WRITES)))
    return {
        "on": on,
        "call": call,
        "when": random.choice(("before", "after")),
        "skip": random.choice((0, 0, 1, 2, 5, 9)),
        "times": random.choice((1, 1, 2)),
        "then_down": down,
    }
