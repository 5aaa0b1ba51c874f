# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report tells of a run, private to this collection: the values, which hold nothing that a result didn't say.

Whatever a result left out is None, or an empty tuple or mapping. Times are seconds (``started`` since the
epoch), memory is MiB, ``bandwidth`` MiB/s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MOVED = "moved"
PLANNED = "planned"
NOT_BEGUN = "not begun"
IN_PLACE = "in place"
IN_DOUBT = "in doubt"
BLOCKS = "blocks"


@dataclass(frozen=True)
class MoveRecord:
    """One move, as a task's result tells of it."""

    domain: str | None = None
    uuid: str | None = None
    source: str | None = None
    destination: str | None = None
    new_name: str | None = None
    status: str | None = None
    live: bool | None = None
    encrypted: bool | None = None
    started: float | None = None
    duration: float | None = None
    pause: float | None = None
    bandwidth: float | None = None
    timeout: float | None = None
    stopped_because: str | None = None
    error: str | None = None

    @property
    def begun(self) -> bool:
        """Whether it was begun, by what its status or its start says."""
        return self.status not in {None, PLANNED, NOT_BEGUN} or self.started is not None

    @property
    def ended(self) -> float | None:
        """When it ended, where both its start and its duration are known."""
        return None if self.started is None or self.duration is None else self.started + self.duration


@dataclass(frozen=True)
class PlannedMove:
    """One line of a plan, with the reason for it."""

    domain: str | None = None
    uuid: str | None = None
    source: str | None = None
    destination: str | None = None
    reason: str | None = None
    memory_mib: float | None = None


@dataclass(frozen=True)
class BlockedDomain:
    """A domain that can't be moved, and why."""

    domain: str | None = None
    host: str | None = None
    code: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class FindingRecord:
    """A finding of the preflight."""

    code: str | None = None
    severity: str | None = None
    domain: str | None = None
    message: str | None = None


@dataclass(frozen=True)
class DomainSeen:
    """A domain as its host showed it."""

    name: str | None = None
    uuid: str | None = None
    state: str | None = None
    memory_mib: float | None = None


@dataclass(frozen=True)
class HostSeen:
    """A host as it was seen; ``problem`` says why it couldn't be asked."""

    memory_mib: float | None = None
    free_mib: float | None = None
    domains: tuple[DomainSeen, ...] = ()
    problem: str | None = None


@dataclass(frozen=True)
class DomainPlace:
    """A domain that was asked for, and where it was seen last."""

    asked: str
    name: str | None = None
    uuid: str | None = None
    host: str | None = None
    state: str | None = None


@dataclass(frozen=True)
class ErrorText:
    """An error in full, of a move (of ``domain``, from ``source`` to ``destination``) or of the whole task (all None)."""

    text: str
    domain: str | None = None
    source: str | None = None
    destination: str | None = None


@dataclass(frozen=True)
class Run:
    """All that is known of a run, of one task or of several."""

    changed: bool | None = None
    failed: bool | None = None
    messages: tuple[str, ...] = ()
    moves: tuple[MoveRecord, ...] = ()
    plan: tuple[PlannedMove, ...] = ()
    blocked: tuple[BlockedDomain, ...] = ()
    findings: tuple[FindingRecord, ...] = ()
    domains: tuple[DomainPlace, ...] = ()
    errors: tuple[ErrorText, ...] = ()
    before: Mapping[str, HostSeen] = field(default_factory=dict)
    after: Mapping[str, HostSeen] = field(default_factory=dict)
