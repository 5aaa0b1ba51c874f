# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Groups that a run has torn up, or brought onto one host, because moves failed: private to this collection, pure.

No plan does that. It is told by where everybody is, however it came about.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from ..bonds import ARRIVED
from ..model import Outcome
from ..planner.groups import Groups
from ..planner.values import Resident, Rules, Stuck
from .stock import Stock, cluster_of


def broken(outcomes: Sequence[Outcome], before: Stock, after: Stock, rules: Rules) -> tuple[Stuck, ...]:
    """Return who is on the wrong host now by a rule that was kept before, and with which domain that was moved."""
    moved = {outcome.move.domain.uuid for outcome in outcomes if outcome.status in ARRIVED}
    then = {resident.uuid: resident.host for resident in cluster_of(before, shut_off=True).residents}
    now = [resident for resident in cluster_of(after, shut_off=True).residents if resident.uuid in then]
    change = _Change(moved, then, {resident.uuid: resident for resident in now}, Groups(now, rules))
    found = {stuck.resident.uuid: stuck for stuck in (*change.met(), *change.torn())}
    return tuple(found.values())


def with_broken(stuck: Mapping[str, Stuck], found: Sequence[Stuck]) -> dict[str, Stuck]:
    """Return those that stay where they weren't to stay, by UUID, and what that broke, with the reason that there is for it."""
    told = dict(stuck)
    for one in found:
        known = stuck.get(one.resident.uuid)
        reason = one.reason if known is None else f"{known.reason.rstrip('.')}. {one.reason}"
        told[one.resident.uuid] = Stuck(one.resident, known.code if known else one.code, reason)
    return told


@dataclass(frozen=True)
class _Change:
    """Who was moved, where everybody was before, and is now."""

    moved: set[str]
    then: Mapping[str, str]
    now: Mapping[str, Resident]
    groups: Groups

    def met(self) -> Iterator[Stuck]:
        for members in self.groups.apart:
            for pair in combinations(members, 2):
                one, other = sorted(pair, key=lambda uuid: (uuid not in self.moved, self.now[uuid].name))
                if one in self.moved and self._share_now(one, other) and self.then[one] != self.then[other]:
                    there = f"{self.now[one].name}, which is on {self.now[one].host}, too"
                    yield Stuck(self.now[other], "kept_apart", f"It is kept apart from {there}.")

    def torn(self) -> Iterator[Stuck]:
        for members in self.groups.together:
            one = next((uuid for uuid in members if uuid in self.moved), None)
            hosts = {self.now[uuid].host for uuid in members}
            if one is None or len(hosts) <= len({self.then[uuid] for uuid in members}):
                continue
            there = f"{self.now[one].name}, which is on {self.now[one].host} now"
            for other in members:
                if not self._share_now(one, other):
                    yield Stuck(self.now[other], "kept_together", f"It is kept together with {there}.")

    def _share_now(self, one: str, other: str) -> bool:
        return self.now[one].host == self.now[other].host
