# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a domain is after an attempt to move it, private to this collection: what was left standing still is mended.

Whoever made the attempt knows more than anyone later: it is over, and nobody else had a part in it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from .errors import HypervisorError
from .hypervisor import Hypervisor
from .model import Domain, Move, State
from .recover import Mended, Treatment, mend
from .verify import Sighting, Verdict, observe


@dataclass(frozen=True)
class Truth:
    """Where the domain is, what both hosts showed, and what was done about a copy that nobody would have had run on."""

    verdict: Verdict
    sighting: Sighting
    treatment: Treatment | None = None
    left: str | None = None
    """Why the destination still has a definition, of a domain that stayed; None if it has none (any more)."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what is worth a warning."""
        if self.treatment is None or self.treatment.mended is not Mended.REPAIRED:
            return ()
        return (self.treatment.told, *self.treatment.warnings)

    @property
    def why_not_mended(self) -> str:
        """Say what keeps it from being mended."""
        return self.treatment.told if self.treatment is not None else "Neither host shows anything of it."


def establish(move: Move, source: Hypervisor, destination: Hypervisor) -> Truth:
    """Ask both hosts; where they show no domain that goes on, mend what is certain, and ask again.

    A definition that a failed move left at the destination, which had none before it, is removed.
    """
    truth = _establish(move, source, destination)
    if truth.verdict is Verdict.STAYED and isinstance(truth.sighting.destination, Domain):
        return replace(truth, left=_remove_definition(move, destination))
    return truth


def _remove_definition(move: Move, destination: Hypervisor) -> str | None:
    """Seen on Debian 12 where libvirt could not write it: it stays in the daemon's memory, of what ran, without autostart."""
    try:
        destination.undefine(move.domain.uuid)
    except HypervisorError as error:
        return str(error)
    return None


def _establish(move: Move, source: Hypervisor, destination: Hypervisor) -> Truth:
    verdict, sighting = observe(move, source, destination)
    if verdict is not Verdict.DOUBT:
        return Truth(verdict, sighting)
    treatment = mend(move.domain.uuid, {move.source: source, move.destination: destination})
    if treatment is None or treatment.mended in {Mended.REFUSED, Mended.FAILED}:
        return Truth(verdict, sighting, treatment)
    if treatment.mended is Mended.REPAIRED and move.domain.state is State.PAUSED:
        treatment = replace(treatment, warnings=(*treatment.warnings, *_pause_again(move, source)))
    return Truth(*observe(move, source, destination), treatment)


def _pause_again(move: Move, source: Hypervisor) -> tuple[str, ...]:
    """Pause what was made to run on at its source, as it was before; return what is worth a warning."""
    try:
        found = source.inspect(move.domain.uuid)
        if found is not None and found.state is State.RUNNING:
            source.pause(move.domain.uuid)
    except HypervisorError as error:
        return (f"Domain {move.domain.name} was paused before its move, and could not be paused again: {error}",)
    return ()
