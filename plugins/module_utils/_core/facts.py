# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the moves need to know of their hosts beyond their domains, private to this collection: asked for only where needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from .errors import HypervisorError, MigrationError
from .hypervisor import Hypervisor
from .model import HostFacts, Kind, Move
from .parallel import ask_all
from .snapshot import CONNECT_SECONDS, Hypervisors

Answer = TypeVar("Answer")


def gather_facts(moves: Sequence[Move], hypervisors: Hypervisors) -> dict[str, HostFacts]:
    """Ask all hosts that have a part in moving an active domain; what can't be had is None, and its problem told."""
    active = [move for move in moves if move.domain.active]
    # Where an administrator said the address, nobody has to look for one.
    unaddressed = [move for move in active if hypervisors[move.destination].host.migration_address is None]
    ends = [name for move in unaddressed for name in (move.source, move.destination)]
    # A PVH or HVM domain that runs has paging that can track its writes; PV needs shadow paging, which Debian leaves out.
    live_pv = [move.source for move in active if move.live and move.domain.kind is Kind.PV]
    addresses = _ask(lambda hypervisor: hypervisor.addresses(), ends, hypervisors)
    paging = _ask(lambda hypervisor: hypervisor.shadow_paging(), live_pv, hypervisors)
    names = dict.fromkeys(name for move in active for name in (move.source, move.destination))
    return {name: _facts(addresses.get(name), paging.get(name)) for name in names}


def _ask(
    ask: Callable[[Hypervisor], Answer], names: Iterable[str], hypervisors: Hypervisors
) -> dict[str, Answer | MigrationError]:
    return ask_all(lambda name: ask(hypervisors[name]), dict.fromkeys(names), CONNECT_SECONDS, _no_answer)


def _no_answer(name: str) -> MigrationError:
    return HypervisorError(name, "be asked by a shell", f"no answer within {CONNECT_SECONDS} s")


def _facts(addresses: tuple[str, ...] | MigrationError | None, paging: bool | MigrationError | None) -> HostFacts:
    problems = dict.fromkeys(str(answer) for answer in (addresses, paging) if isinstance(answer, MigrationError))
    return HostFacts(
        None if isinstance(addresses, MigrationError) else addresses,
        None if isinstance(paging, MigrationError) else paging,
        " ".join(problems) or None,
    )
