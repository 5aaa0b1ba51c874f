# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task asks for, private to this collection."""

from __future__ import annotations

from dataclasses import dataclass, field

from .at_once import AtOnce
from .bandwidth import check_bandwidth
from .errors import InvalidInput
from .model import Host, Limit, Move, OnTimeout, Wish
from .planner.values import Rules
from .time_limit import default_limit


@dataclass(frozen=True)
class Request:
    """What a task asks for. ``bandwidth`` in MiB/s for each move, None: no limit.

    ``timeout`` in seconds for each move; 0: no limit, None: what is worked out for it. ``on_timeout`` is what is done about a
    move that takes longer.
    ``accepted`` are the codes of findings that are not to keep anything from being moved.
    ``at_once`` is how many moves may go on at once. ``stop_on_failure`` is whether none is begun after one that failed.
    ``stopovers`` is whether a domain may stop on a third host on its way where moves fit into memory in no order.
    ``rules`` are those of the plan that the wishes are from: they hold between its moves, too.
    """

    hosts: tuple[Host, ...]
    wishes: tuple[Wish, ...]
    live: bool = True
    encrypted: bool = False
    bandwidth: float | None = None
    timeout: float | None = None
    on_timeout: OnTimeout = OnTimeout.ABORT
    check: bool = False
    accepted: frozenset[str] = frozenset()
    at_once: AtOnce = field(default_factory=AtOnce)
    stop_on_failure: bool = False
    stopovers: bool = False
    rules: Rules = field(default_factory=Rules)

    @property
    def limit(self) -> Limit:
        """The limit that was asked for, and what is done then; without seconds where none was."""
        return Limit(self.timeout or None, self.on_timeout)

    def limit_of(self, move: Move) -> Limit:
        """Return how long this move may take, asked for or not."""
        total = next((host.bandwidth for host in self.hosts if host.name == move.source), None)
        return self.limit if self.timeout is not None else default_limit(move, total, self.on_timeout)

    def __post_init__(self) -> None:
        """Raise ``InvalidInput`` for limits that can't be meant."""
        if self.bandwidth is not None:
            check_bandwidth(self.bandwidth, "bandwidth")
        if self.timeout is not None and not self.timeout >= 0:
            raise InvalidInput(f"timeout is {self.timeout:g}: it must be above 0, or 0 for no limit.")
