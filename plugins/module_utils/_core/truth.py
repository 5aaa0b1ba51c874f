# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a domain is after an attempt to move it, private to this collection: what was left standing still is mended.

Whoever made the attempt knows more than anyone later: it is over, and nobody else had a part in it.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

from .doubt import HEALTHY, MEMORY_AWAITED
from .errors import MigrationError
from .evidence import HostEvidence, Life, XenState
from .hypervisor import Hypervisor
from .left_definition import remove_left
from .model import Domain, Limit, Move
from .recover import Mended, Treatment, mend
from .repair import LetRun
from .verify import Sighting, Verdict, as_domain, is_held_back, observe


@dataclass(frozen=True)
class Truth:
    """Where the domain is, what both hosts showed, and what was done about copies that nobody would have had run on."""

    verdict: Verdict
    sighting: Sighting
    treatments: tuple[Treatment, ...] = ()
    left: str | None = None
    """What the other end still has, or may have, of the domain; None if it has nothing (any more)."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what is worth a warning."""
        repaired = [treatment for treatment in self.treatments if treatment.mended is Mended.REPAIRED]
        return tuple(note for treatment in repaired for note in (treatment.told, *treatment.warnings))

    @property
    def why_not_mended(self) -> str:
        """Say what keeps it from being mended."""
        if not self.treatments or self.treatments[-1].diagnosis.code == HEALTHY:
            return "Neither host shows anything that could be mended."
        return self.treatments[-1].told


_NOT_MOVED = frozenset({Verdict.STAYED, Verdict.ENDED})
_AWAITED = "still waits for its memory: xen_domain_recover has libvirt there give that up"
_ROUNDS = 2
_UNKNOWN_PART = "still has a part of it that libvirt doesn't know of"


def establish(move: Move, source: Hypervisor, destination: Hypervisor, limit: Limit) -> Truth:
    """Ask both hosts; where they show no domain that goes on, mend what is certain, and ask again.

    A transfer that goes on without libvirt's answer is waited for as long as the move may take. A definition that a failed move
    left at the destination, which had none before it, is removed; one that somebody made there meanwhile is kept.
    """
    seen = _look(move, source, destination)
    if is_held_back(move, seen.sighting):
        _let_run(move, source, destination)
        seen = _look(move, source, destination)
    truth = seen if _is_clear(seen) else _mended(move, seen, source, destination, limit)
    there = truth.sighting.destination
    if truth.verdict in _NOT_MOVED and isinstance(there, Domain) and there.persistent:
        return replace(truth, left=_remove_definition(move, truth.sighting, source, destination) or truth.left)
    return truth


def _look(move: Move, source: Hypervisor, destination: Hypervisor) -> Truth:
    """Return what libvirt shows on both hosts, and Xen at the end where the domain is not to be."""
    verdict, sighting = observe(move, source, destination)
    left = _remains(verdict, move, source, destination)
    return Truth(_proven(verdict, left), sighting, left=left)


def _is_clear(seen: Truth) -> bool:
    """Whether nothing is to be mended, as far as was seen."""
    return seen.verdict is not Verdict.DOUBT and seen.left != _UNKNOWN_PART


def _mended(move: Move, seen: Truth, source: Hypervisor, destination: Hypervisor, limit: Limit) -> Truth:
    """Have what is certain mended, and look again if that can have changed anything; then once more, if that is in doubt still.

    What goes on again may still be awaited at its destination, in vain: it takes two more looks to tell.
    """
    ends = {move.source: source, move.destination: destination}
    for _round in range(_ROUNDS):
        treatment = mend(move.domain.uuid, ends, limit.seconds)
        if treatment is None:
            return seen
        if _stays(move, treatment):
            return _in_vain(seen)
        treatments = (*seen.treatments, treatment)
        if treatment.mended in {Mended.REFUSED, Mended.FAILED}:
            return replace(seen, treatments=treatments)
        seen = replace(_look(move, source, destination), treatments=treatments)
        if seen.verdict is not Verdict.DOUBT or seen.left is not None:
            break
    return seen


def _in_vain(seen: Truth) -> Truth:
    """Return what is known when it has been shown that its destination waits for it in vain."""
    return replace(seen, verdict=Verdict.STAYED, left=_AWAITED)


def _remove_definition(move: Move, seen: Sighting, source: Hypervisor, destination: Hypervisor) -> str | None:
    """Undefine what the move left defined; return what the destination still has, None for nothing.

    Seen on Debian 12 where libvirt could not write it: it stays in the daemon's memory, of what ran, without autostart.
    """
    try:
        return remove_left(move, as_domain(seen.source), source, destination)
    except MigrationError as error:
        return f"still has a definition of it, which could not be removed ({error})"


def _remains(verdict: Verdict, move: Move, source: Hypervisor, destination: Hypervisor) -> str | None:
    """Return what Xen has of the domain at the end where it is not to be, which libvirt may not know of; None if nothing.

    Seen where the destination's daemon was killed: a paused part of the domain, which holds memory and the name.
    """
    if verdict is Verdict.MOVED:
        return _UNKNOWN_PART if _could_go_on(source.domains_in_xen(), move.domain.uuid) else None
    if verdict not in _NOT_MOVED:
        return None
    told = destination.domains_in_xen()
    if told.domains is None:
        return f"has no copy that libvirt knows of (Xen could not be asked: {told.problem})"
    return _UNKNOWN_PART if move.domain.uuid in told.domains else None


def _stays(move: Move, treatment: Treatment) -> bool:
    """Whether two looks have shown that it goes on at its source, and that its destination waits for it in vain."""
    if treatment.case is None or treatment.diagnosis.code != MEMORY_AWAITED:
        return False
    wanted = Life.PAUSED if move.domain.paused else Life.RUNS
    return any(copy.host == move.source and copy.life is wanted for copy in treatment.case.copies)


def _could_go_on(told: HostEvidence, uuid: str) -> bool:
    """Whether Xen shows a copy that is more than what is just being taken away."""
    copy = (told.domains or {}).get(uuid)
    return copy is not None and copy.state is not XenState.ENDED


def _proven(verdict: Verdict, left: str | None) -> Verdict:
    """A domain has moved only if its source's Xen has no copy any more that could go on."""
    return Verdict.DOUBT if verdict is Verdict.MOVED and left is not None else verdict


def _let_run(move: Move, source: Hypervisor, destination: Hypervisor) -> None:
    """Have it run, if Xen at its source shows that it has no copy; where that fails, what is seen next tells it."""
    with suppress(MigrationError):
        LetRun(move.destination, move.domain.uuid).do({move.source: source, move.destination: destination})
