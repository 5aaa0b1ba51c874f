# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole hosts from beginning to end, private to this collection: plan, check, move, look again, as long as something moves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..at_once import Places
from ..caller import Caller
from ..errors import Blocked
from ..execute import execute
from ..locate import left_out
from ..migration import terms_of
from ..model import Finding, Fleet, Outcome, Status, Unfinished
from ..planner.values import BringHome, Drain
from ..snapshot import Connect, Hypervisors, look_again, opened
from ..unfinished import finish
from .doubled import interrupted
from .homes import back, forget, remember
from .proposal import Proposal, propose
from .stock import Stock, take_stock
from .wanted import Wanted, WholeWish

MOST_FAILURES = 2
"""How many destinations a domain is tried to be moved to, before it is left where it is."""


@dataclass(frozen=True)
class Arranged:
    """What was planned first, what became of it, and what all hosts had before and after.

    ``left`` is the last plan: what it still holds was not done. ``finished`` are interrupted moves that were finished first.
    ``forgotten`` are the names of domains at home that aren't marked as away any more.
    """

    wanted: Wanted
    first: Proposal
    left: Proposal
    outcomes: tuple[Outcome, ...]
    before: Stock
    after: Stock
    finished: tuple[Unfinished, ...] = ()
    forgotten: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def goes_ahead(self) -> bool:
        """Whether anything is to be moved: not where something is stuck and all or nothing was asked for."""
        return _goes_ahead(self.wanted, self.first)


def _goes_ahead(wanted: Wanted, first: Proposal) -> bool:
    return wanted.partial or not first.stuck


def arrange(wanted: Wanted, connect: Connect, caller: Caller | None = None, places: Places | None = None) -> Arranged:
    """Bring whole hosts about what is wanted of them, or in check mode only say how.

    Raises ``Blocked`` where a host that it is about can't be asked, or something speaks against all moves; ``InvalidInput``.
    """
    with opened(wanted.request.hosts, connect) as (hypervisors, fleet):
        _require(wanted.wish, fleet)
        return _Arranging(wanted, hypervisors, fleet, caller or Caller(), places).run()


def _require(wish: WholeWish, fleet: Fleet) -> None:
    """Raise ``Blocked`` where a host that is to be emptied, or that domains are to come home to, can't be asked."""
    about = wish.hosts if isinstance(wish, (Drain, BringHome)) and wish.hosts is not None else frozenset()
    silent = [
        state.unreachable for name, state in fleet.hosts.items() if name in about and state.unreachable is not None
    ]
    if silent:
        raise Blocked([Finding("host_unreachable", reason) for reason in silent])


@dataclass
class _Arranging:
    """One run; what has failed so far is not tried again in the same way."""

    wanted: Wanted
    hypervisors: Hypervisors
    fleet: Fleet
    caller: Caller
    places: Places | None
    failed: dict[tuple[str, str], Finding] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def run(self) -> Arranged:
        finished = self._finish()
        before = take_stock(self.fleet, self.hypervisors)
        first = self._propose(before)
        moves = not self.wanted.request.check and _goes_ahead(self.wanted, first)
        outcomes, left, after = self._passes(first, before) if moves else ((), first, before)
        forgotten = self._forget(after)
        return Arranged(
            self.wanted,
            first,
            left,
            outcomes,
            before,
            after,
            finished,
            forgotten,
            (*left_out(before.fleet), *self.notes),
        )

    def _finish(self) -> tuple[Unfinished, ...]:
        self.fleet, rests = interrupted(self.fleet, self.hypervisors)
        if not self.wanted.request.check:
            for rest in rests:
                _domain, notes = finish(rest, self.hypervisors)
                self.notes += notes
        return rests

    def _propose(self, stock: Stock) -> Proposal:
        return propose(self.wanted, stock, self.hypervisors, self.failed)

    def _passes(self, proposal: Proposal, stock: Stock) -> tuple[tuple[Outcome, ...], Proposal, Stock]:
        outcomes: list[Outcome] = []
        while proposal.prepared.moves and not self._is_over(outcomes):
            made = self._make(proposal, stock.fleet)
            outcomes += made
            self.failed.update(failures(outcomes, stock.fleet))
            stock = take_stock(look_again(stock.fleet, self.hypervisors), self.hypervisors)
            proposal = self._propose(stock)
            if all(outcome.status is Status.NOT_BEGUN for outcome in made):
                break
        return tuple(outcomes), proposal, stock

    def _make(self, proposal: Proposal, fleet: Fleet) -> tuple[Outcome, ...]:
        if isinstance(self.wanted.wish, Drain):
            self.notes += remember(proposal.prepared.moves, self.hypervisors)
        terms = terms_of(self.wanted.asking(), self.caller, fleet, self.places)
        room = fleet.room_beyond(self.wanted.rules.reserve_kib)
        return execute(proposal.prepared.moves, self.hypervisors, room, terms)

    def _is_over(self, outcomes: Sequence[Outcome]) -> bool:
        """Whether no other pass is to be begun."""
        failed = any(not outcome.succeeded for outcome in outcomes)
        if failed and self.wanted.request.stop_on_failure:
            return True
        return self.caller.hindrance() is not None

    def _forget(self, after: Stock) -> tuple[str, ...]:
        if not isinstance(self.wanted.wish, BringHome):
            return ()
        home = back(after.domains, self.wanted.wish)
        if not self.wanted.request.check:
            self.notes += forget(home, self.hypervisors)
        return tuple(domain.name for domain in home)


def failures(outcomes: Sequence[Outcome], fleet: Fleet) -> Mapping[tuple[str, str], Finding]:
    """Return what is not to be tried again: the same move; or any of a domain that failed twice, or is in doubt."""
    failed: dict[tuple[str, str], Finding] = {}
    times: Counter[str] = Counter()
    for outcome in outcomes:
        if outcome.succeeded or outcome.status is Status.NOT_BEGUN:
            continue
        uuid = outcome.move.domain.uuid
        times[uuid] += 1
        enough = times[uuid] >= MOST_FAILURES or outcome.status in {Status.IN_DOUBT, Status.INCOMPLETE}
        finding = Finding("move_failed", outcome.error or "", domain=outcome.move.domain.name)
        for host in fleet.hosts if enough else (outcome.move.destination,):
            failed[uuid, host] = finding
    return failed
