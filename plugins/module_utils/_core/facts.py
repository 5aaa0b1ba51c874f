# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the moves need to know of their hosts beyond their domains, private to this collection: asked for only where needed."""

from __future__ import annotations

from collections.abc import Sequence

from .errors import HypervisorError, MigrationError
from .model import HostFacts, Move, hosts_of
from .parallel import ask_all
from .snapshot import CONNECT_SECONDS, Hypervisors


def gather_facts(moves: Sequence[Move], hypervisors: Hypervisors) -> dict[str, HostFacts]:
    """Ask all hosts that have a part in a move; what can't be had is None, and its problem told."""
    return facts_of(hosts_of(moves), hypervisors)


def facts_of(names: Sequence[str], hypervisors: Hypervisors) -> dict[str, HostFacts]:
    """Ask these hosts all at once."""
    answers = ask_all(lambda name: hypervisors[name].facts(), names, CONNECT_SECONDS, _no_answer)
    return {name: _facts(answer) for name, answer in answers.items()}


def _no_answer(name: str) -> MigrationError:
    return HypervisorError(name, "be asked by a shell", f"no answer within {CONNECT_SECONDS} s")


def _facts(answer: HostFacts | MigrationError) -> HostFacts:
    return HostFacts(problem=str(answer)) if isinstance(answer, MigrationError) else answer
