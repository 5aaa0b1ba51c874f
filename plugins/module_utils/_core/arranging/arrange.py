# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole hosts from beginning to end, private to this collection: plan, check, move, look again, as long as something moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..at_once import Places
from ..caller import Caller
from ..emptying import Emptying
from ..errors import Blocked, MigrationError
from ..execute import execute
from ..locate import left_out
from ..migration import terms_of
from ..model import ARRIVED, Finding, Fleet, Host, Outcome, Status, Unfinished
from ..planner.values import Balance, BringHome, Drain, Place, Stuck
from ..planner.values import Wish as PlannedWish
from ..snapshot import Connect, Hypervisors, look_again, opened
from ..unfinished import finish
from .broken import broken
from .doubled import interrupted
from .failures import failures, left_behind
from .homes import back, forget, remember
from .proposal import Proposal, propose
from .stock import Stock, cluster_of, take_stock
from .wanted import Wanted, WholeWish


@dataclass(frozen=True)
class Arranged:
    """What was planned first, what became of it, and what all hosts had before and after.

    ``left`` is the last plan: what it still holds was not done. ``finished`` are interrupted moves that were finished first.
    ``forgotten`` are the names of domains at home that aren't marked as away any more. ``broken`` are those for which a rule
    does not hold any more, because of moves that failed. ``unplanned`` is why no plan could be made after the moves, if so:
    ``left`` is then what they left of the one before.
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
    broken: tuple[Stuck, ...] = ()
    unplanned: str | None = None

    @property
    def goes_ahead(self) -> bool:
        """Whether anything is to be moved: not where something is stuck and all or nothing was asked for."""
        return _goes_ahead(self.wanted, self.first)


def _goes_ahead(wanted: Wanted, first: Proposal) -> bool:
    return wanted.partial or not first.stuck


def arrange(
    wanted: Wanted,
    connect: Connect,
    caller: Caller | None = None,
    places: Places | None = None,
    emptying: Emptying | None = None,
) -> Arranged:
    """Bring whole hosts about what is wanted of them, or in check mode only say how.

    Raises ``Blocked`` where a host that it is about can't be asked, or something speaks against all moves; ``InvalidInput``.
    ``places`` and ``emptying`` are those that all tasks of this user on this machine share.
    """
    emptying = emptying or Emptying()
    with emptying.claim(_to_claim(wanted)), opened(wanted.request.hosts, connect) as (hypervisors, fleet):
        _require(wanted.wish, fleet)
        return _Arranging(wanted, hypervisors, fleet, caller or Caller(), places, emptying).run()


def _to_claim(wanted: Wanted) -> tuple[Host, ...]:
    names = frozenset() if wanted.request.check else _to_empty(wanted)
    return tuple(host for host in wanted.request.hosts if host.name in names)


def _to_empty(wanted: Wanted) -> frozenset[str]:
    return wanted.wish.hosts if isinstance(wanted.wish, Drain) else frozenset()


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
    emptying: Emptying
    notes: list[str] = field(default_factory=list)
    unplanned: str | None = None
    avoided: set[str] = field(default_factory=set)

    def run(self) -> Arranged:
        finished = self._finish()
        before = self._stock(self.fleet)
        first = self._propose(before)
        moves = not self.wanted.request.check and _goes_ahead(self.wanted, first)
        outcomes, left, after = self._passes(first, before) if moves else ((), first, before)
        forgotten = self._forget(after, outcomes)
        return Arranged(
            self.wanted,
            first,
            left,
            outcomes,
            before,
            after,
            finished,
            forgotten,
            (*left_out(before.fleet), *self.notes, *map(_avoided, sorted(self.avoided)), *_unseen(after)),
            broken(outcomes, before, after, self.wanted),
            self.unplanned,
        )

    def _finish(self) -> tuple[Unfinished, ...]:
        self.fleet, rests = interrupted(self.fleet, self.hypervisors)
        if not self.wanted.request.check:
            for rest in rests:
                _domain, notes = finish(rest, self.hypervisors)
                self.notes += notes
        return rests

    def _stock(self, fleet: Fleet) -> Stock:
        return take_stock(fleet, self.hypervisors, _to_empty(self.wanted))

    def _propose(self, stock: Stock, outcomes: Sequence[Outcome] = ()) -> Proposal:
        failed = failures(outcomes, stock.fleet.hosts, self.wanted.rules)
        stock = stock.with_closed(self._emptied())
        return propose(self.wanted, self._wish(stock, outcomes), stock, self.hypervisors, failed)

    def _emptied(self) -> frozenset[str]:
        """Return the hosts that others empty just now, and that nothing is to be brought to."""
        mine = _to_empty(self.wanted)
        found = self.emptying.by_others(host for host in self.wanted.request.hosts if host.name not in mine)
        self.avoided |= found
        return found

    def _closed(self) -> Mapping[str, str]:
        return {name: f"{name} is being emptied by another run" for name in self._emptied()}

    def _wish(self, stock: Stock, outcomes: Sequence[Outcome]) -> PlannedWish:
        """Return what is to be planned next: what is wanted, but that balance by itself doesn't have anybody follow others."""
        if not isinstance(self.wanted.wish, Balance):
            return self.wanted.wish
        ahead = left_behind(outcomes, self.wanted.rules)
        missing = {
            resident.uuid: ahead[resident.uuid].destination
            for resident in cluster_of(stock, self.wanted.shut_off).residents
            if resident.uuid in ahead and resident.host != ahead[resident.uuid].destination
        }
        return Place(missing) if missing else self.wanted.wish

    def _passes(self, proposal: Proposal, stock: Stock) -> tuple[tuple[Outcome, ...], Proposal, Stock]:
        outcomes: list[Outcome] = []
        while proposal.prepared.moves and not self._is_over(outcomes):
            made = self._make(proposal, stock.fleet)
            outcomes += made
            stock = self._stock(look_again(stock.fleet, self.hypervisors))
            proposal = self._propose_again(proposal, stock, outcomes)
            if self.unplanned is not None or all(outcome.status is Status.NOT_BEGUN for outcome in made):
                break
        return tuple(outcomes), proposal, stock

    def _propose_again(self, last: Proposal, stock: Stock, outcomes: Sequence[Outcome]) -> Proposal:
        """Return the next plan; where none can be made, what is left of the last one: what was done is told all the same."""
        try:
            return self._propose(stock, outcomes)
        except MigrationError as error:
            self.unplanned = error.reasons if isinstance(error, Blocked) else str(error)
            return last.without({outcome.move.domain.uuid for outcome in outcomes if outcome.status in ARRIVED})

    def _make(self, proposal: Proposal, fleet: Fleet) -> tuple[Outcome, ...]:
        if isinstance(self.wanted.wish, Drain):
            self.notes += remember(proposal.prepared.moves, self.hypervisors)
        terms = replace(terms_of(self.wanted.asking(), self.caller, fleet, self.places), closed=self._closed)
        room = fleet.room_beyond(self.wanted.rules.reserve_kib)
        return execute(proposal.prepared.moves, self.hypervisors, room, terms)

    def _is_over(self, outcomes: Sequence[Outcome]) -> bool:
        """Whether no other pass is to be begun."""
        failed = any(not outcome.succeeded for outcome in outcomes)
        if failed and self.wanted.request.stop_on_failure:
            return True
        return self.caller.hindrance() is not None

    def _forget(self, after: Stock, outcomes: Sequence[Outcome]) -> tuple[str, ...]:
        """Take the mark from who is at home again, or was to leave it and did not; return who was marked before."""
        if not isinstance(self.wanted.wish, BringHome):
            tried = {outcome.move.domain.uuid for outcome in outcomes if outcome.move.domain.home is None}
            stayed = [domain for domain in back(after.domains, BringHome(None)) if domain.uuid in tried]
            self.notes += forget(stayed, self.hypervisors)
            return ()
        home = back(after.domains, self.wanted.wish)
        if not self.wanted.request.check:
            self.notes += forget(home, self.hypervisors)
        return tuple(domain.name for domain in home)


def _avoided(host: str) -> str:
    return f"{host} was being emptied by another run: nothing was planned to go there."


def _unseen(stock: Stock) -> tuple[str, ...]:
    return tuple(
        f"Xen on {host} could not be asked whether it has domains that libvirt doesn't know of: {why}"
        for host, why in stock.unseen.items()
    )
