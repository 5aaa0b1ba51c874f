# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding domains in a doubtful state and mending what is certain, private to this collection."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from .doubt import (
    AUTOSTART_HELD,
    FOR_DEFINITIONS,
    HEALTHY,
    MEMORY_AWAITED,
    NOTE_LEFT,
    PAUSE_LOST,
    PORT_HELD,
    UNDER_WAY,
    Diagnosis,
    Differences,
    counting,
    diagnose,
)
from .errors import MigrationError
from .evidence import Case, Life, Look, cases
from .left_definition import lost_with
from .look import take_look
from .model import Host
from .repair import CarryOver, RestartDaemon
from .snapshot import Connect, Hypervisors, opened

APART_SECONDS = 20
"""How far two looks are apart. What stands still for so long is nobody's work any more: the steps between two phases of a move
were seen to take up to 5 s on overloaded hosts. A guest with nothing to do was always seen to use some CPU time within it."""

ALIVE_SECONDS = 60
"""How long a domain that was made to run on may take to show that it does."""

POLL_SECONDS = 1

TRANSFER_SECONDS = 3600
"""How long a transfer that has lost its caller is waited for, at most: an hour is enough for 256 GiB at 1 GBit/s, and more than
a lost one takes to be noticed (TCP gives up after some 15 minutes)."""

ROUNDS = 5
"""A repair can leave a domain to be paused, that a definition to be seen to, and that a note to be taken away and an autostart
to be given back."""


class Mended(str, Enum):
    """What became of what was found. ``LEFT``: nothing is wrong with it, as far as can be seen, and nothing was done."""

    LEFT = "left alone"
    REFUSED = "refused"
    PLANNED = "planned"
    REPAIRED = "repaired"
    FAILED = "failed"


@dataclass(frozen=True)
class Treatment:
    """What was found, what became of it, and why if that is not what was wanted. ``case`` is None for what is a host's own."""

    case: Case | None
    diagnosis: Diagnosis
    mended: Mended
    error: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """Say in words what was found, and what became of it."""
        if self.error is not None:
            return self.error
        if self.mended is Mended.REPAIRED:
            return f"Mended. {self.diagnosis.sentence.replace(' To mend it:', ' Done:')}"
        return self.diagnosis.sentence


@dataclass(frozen=True)
class Recovery:
    """Everything that was looked at. ``healthy`` are names; ``missing`` are terms asked for that no host shows.

    ``unseen`` are the hosts that could not be asked for everything, and why.
    """

    treatments: tuple[Treatment, ...]
    healthy: tuple[str, ...]
    missing: tuple[str, ...]
    unseen: Mapping[str, str]


def recover(hosts: Sequence[Host], terms: Sequence[str] | None, check: bool, connect: Connect) -> Recovery:
    """Look at the domains with these names or UUIDs, or at all there are; mend what is certain, unless this is a ``check``."""
    with opened(hosts, connect) as (hypervisors, fleet):
        silent = {name: state.unreachable for name, state in fleet.hosts.items() if state.unreachable is not None}
        first = take_look(hypervisors, terms, silent)
        everyone = cases(first, first, terms)
        suspects = [case.uuid for case in everyone if _diagnosis(case, hypervisors, terms).code != HEALTHY]
        treatments: list[Treatment] = []
        if suspects or _waiting(first):
            time.sleep(APART_SECONDS)
            now = take_look(hypervisors, suspects, silent)
            treatments += [_treat(case, hypervisors, terms, check) for case in cases(first, now, suspects)]
            treatments += _free_ports(first, hypervisors, treatments, check)
    sick = {treatment.case.uuid for treatment in treatments if treatment.case and treatment.mended is not Mended.LEFT}
    healthy = tuple(sorted(case.name for case in everyone if case.uuid not in sick))
    return Recovery(tuple(treatments), healthy, _missing(everyone, terms), first.unseen)


def mend(uuid: str, hypervisors: Hypervisors, patience: float | None = None) -> Treatment | None:
    """Mend what a move that has just ended left of a domain, on its two hosts; None if nothing of it is there.

    Its definition is left where it is: whoever made the move carries that over. A transfer that goes on without its caller has
    its guest suspended in the end, and nobody would have it run on: so that is waited for, for ``patience`` seconds, if that is
    not None, and for ``TRANSFER_SECONDS`` at most.
    """
    first = _at_rest(uuid, hypervisors, min(TRANSFER_SECONDS, patience if patience is not None else TRANSFER_SECONDS))
    time.sleep(APART_SECONDS)
    found = cases(first, take_look(hypervisors, [uuid]), [uuid])
    return _treat(found[0], hypervisors, [uuid], check=False, definitions=False) if found else None


def _at_rest(uuid: str, hypervisors: Hypervisors, patience: float) -> Look:
    """Look until no memory of the domain is being sent, as far as can be asked, or patience is over."""
    deadline = time.monotonic() + patience
    while True:
        look = take_look(hypervisors, [uuid])
        copies = [copy for case in cases(look, look, [uuid]) for copy in case.copies]
        sent = any(copy.moving and copy.life is not Life.NEVER_RAN for copy in copies)
        if not sent or time.monotonic() >= deadline:
            return look
        time.sleep(POLL_SECONDS)


def _missing(everyone: Sequence[Case], terms: Sequence[str] | None) -> tuple[str, ...]:
    known = {term for case in everyone for term in case.terms}
    return tuple(term for term in terms or () if term not in known)


def _diagnosis(case: Case, hypervisors: Hypervisors, terms: Collection[str] | None) -> Diagnosis:
    named = terms is not None and not case.terms.isdisjoint(terms)
    return diagnose(case, _differences(case, hypervisors), named)


def _differences(case: Case, hypervisors: Hypervisors) -> Differences:
    """Ask what would be lost with each definition on a host where the domain is shut off."""
    kept = counting(case)
    others = [copy for copy in case.copies if copy is not kept and copy.life is Life.OFF and copy.defined]
    if kept is None or kept.domain is None:
        return {}
    there = hypervisors[kept.host]
    return {copy.host: lost_with(hypervisors[copy.host].definition(case.uuid), case.uuid, there) for copy in others}


def _treat(
    case: Case, hypervisors: Hypervisors, terms: Collection[str] | None, check: bool, definitions: bool = True
) -> Treatment:
    try:
        diagnosis = _diagnosis(case, hypervisors, terms)
    except MigrationError as error:
        unclear = Diagnosis("unclear", f"{case.name}: {case}. What more there is to know could not be asked: {error}")
        return Treatment(case, unclear, Mended.REFUSED, unclear.sentence)
    if not definitions and diagnosis.code in {AUTOSTART_HELD, NOTE_LEFT}:
        diagnosis = replace(diagnosis, code=HEALTHY)  # whoever made the move sees to that
    if not definitions and diagnosis.code == MEMORY_AWAITED:
        return Treatment(case, diagnosis, Mended.LEFT)  # nothing that a restart under other moves is worth
    if not diagnosis.doubtful:
        return Treatment(case, diagnosis, Mended.LEFT)
    if not diagnosis.repairs:
        return Treatment(case, diagnosis, Mended.REFUSED, diagnosis.sentence)
    if check:
        return Treatment(case, diagnosis, Mended.PLANNED)
    return _repaired(case, diagnosis, hypervisors, definitions)


def _repaired(case: Case, diagnosis: Diagnosis, hypervisors: Hypervisors, definitions: bool) -> Treatment:
    warnings: tuple[str, ...] = ()
    done: list[str] = []
    repairs = diagnosis.repairs
    try:
        for _round in range(ROUNDS):
            for repair in repairs:
                if definitions or not isinstance(repair, CarryOver):
                    warnings += repair.do(hypervisors)
                    done.append(str(repair))
            left = _left(case, hypervisors, definitions)
            repairs = left.repairs if left is not None else ()
            if not repairs:
                break
        problem = None if left is None else f"Afterwards: {left.sentence}"
    except MigrationError as error:
        problem = str(error)
    if problem is None:
        return Treatment(case, _all_steps(diagnosis, done), Mended.REPAIRED, warnings=warnings)
    so_far = f"Done so far: {', '.join(done)}." if done else "Nothing was done."
    text = f"{diagnosis.sentence} That was begun and is not finished: {problem} {so_far}"
    return Treatment(case, diagnosis, Mended.FAILED, text, warnings)


def _all_steps(diagnosis: Diagnosis, done: Sequence[str]) -> Diagnosis:
    """Return the diagnosis with every step that it took in its sentence: one repair may have shown the next."""
    found = diagnosis.sentence.partition(" To mend it:")[0]
    return replace(diagnosis, sentence=f"{found} To mend it: {', then '.join(done)}.")


def _left(case: Case, hypervisors: Hypervisors, definitions: bool) -> Diagnosis | None:
    """Look again until the domain is seen to go on, ``ALIVE_SECONDS`` at most; return what still is wrong, or None."""
    deadline = time.monotonic() + ALIVE_SECONDS
    first = take_look(hypervisors, [case.uuid])
    while True:
        now = take_look(hypervisors, [case.uuid])
        (found,) = cases(first, now, [case.uuid]) or (Case(case.uuid, case.name, ()),)
        diagnosis = _diagnosis(found, hypervisors, [case.uuid])
        goes_on = not any(copy.life is Life.MAY_RUN for copy in found.copies)
        if goes_on and (diagnosis.code == HEALTHY or (diagnosis.code in FOR_DEFINITIONS and not definitions)):
            return None
        if goes_on and (diagnosis.code == PAUSE_LOST or diagnosis.code in FOR_DEFINITIONS):
            return diagnosis
        if time.monotonic() > deadline:
            return replace(diagnosis, repairs=())
        time.sleep(POLL_SECONDS)


def _waiting(look: Look) -> dict[str, frozenset[int]]:
    """Return the ports at which libvirt waits for memory, by host, where it is certain that none is being received."""
    return {host: told.ports for host, told in look.evidence.items() if told.ports and told.moving == frozenset()}


def _free_ports(
    first: Look, hypervisors: Hypervisors, treatments: Sequence[Treatment], check: bool
) -> Iterator[Treatment]:
    """Yield what became of ports that libvirt still waits at, although nothing has come for them."""
    restarted = {
        repair.host
        for treatment in treatments
        for repair in treatment.diagnosis.repairs
        if isinstance(repair, RestartDaemon)
    }
    busy = any(treatment.diagnosis.code == UNDER_WAY for treatment in treatments)
    now = take_look(hypervisors, [])
    for host, ports in _waiting(now).items():
        stuck = sorted(ports & _waiting(first).get(host, frozenset()))
        if stuck and not busy and host not in restarted:
            yield _free(host, stuck, hypervisors, check)


def _free(host: str, ports: Sequence[int], hypervisors: Hypervisors, check: bool) -> Treatment:
    repair = RestartDaemon(host)
    which = ", ".join(map(str, ports))
    text = f"libvirt on {host} still waits at TCP port {which} for memory that nobody sends. To mend it: {repair}."
    diagnosis = Diagnosis(PORT_HELD, text, (repair,))
    if check:
        return Treatment(None, diagnosis, Mended.PLANNED)
    try:
        repair.do(hypervisors)
    except MigrationError as error:
        return Treatment(None, diagnosis, Mended.FAILED, f"{text} {error}")
    return Treatment(None, diagnosis, Mended.REPAIRED)
