# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task asks for, private to this collection."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import InvalidInput
from .model import Host, Limit, OnTimeout, Wish


@dataclass(frozen=True)
class Request:
    """What a task asks for. ``bandwidth`` in MiB/s for each move, ``timeout`` in seconds for each move; None: no limit.

    ``on_timeout`` is what is done about a move that takes longer.
    ``accepted`` are the codes of findings that are not to keep anything from being moved.
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

    @property
    def limit(self) -> Limit:
        """How long each move may take, and what is done then."""
        return Limit(self.timeout, self.on_timeout)

    def __post_init__(self) -> None:
        """Raise ``InvalidInput`` for a limit that isn't above 0."""
        for name, limit in (("bandwidth", self.bandwidth), ("timeout", self.timeout)):
            if limit is not None and not limit > 0:
                raise InvalidInput(f"{name} is {limit:g}: it must be above 0; leave it out for no limit.")
