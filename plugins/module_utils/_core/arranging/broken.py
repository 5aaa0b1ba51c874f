# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Groups that a run has torn up, or brought onto one host, because moves failed: private to this collection, pure.

No plan does that. It is told by where everybody is, however it came about.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from ..model import ARRIVED, Outcome
from ..planner.groups import Groups
from ..planner.values import Resident, Stuck
from .stock import Stock, cluster_of
from .wanted import Wanted


def broken(outcomes: Sequence[Outcome], before: Stock, after: Stock, wanted: Wanted) -> tuple[Stuck, ...]:
    """Return who is on the wrong host now by a rule that was kept before, and with which domain that was moved.

    Domains that are shut off count as they do for the plan.
    """
    moved = {outcome.move.domain.uuid for outcome in outcomes if outcome.status in ARRIVED}
    then = {resident.uuid: resident.host for resident in cluster_of(before, wanted.shut_off).residents}
    now = [resident for resident in cluster_of(after, wanted.shut_off).residents if resident.uuid in then]
    change = _Change(moved, then, {resident.uuid: resident for resident in now}, Groups(now, wanted.rules))
    found = {stuck.resident.uuid: stuck for stuck in (*change.met(), *change.torn())}
    return tuple(found.values())


def with_broken(stuck: Stuck, found: Sequence[Stuck]) -> Stuck:
    """Return a domain that stays where it wasn't to stay, with what that broke as another reason."""
    also = next((one.reason for one in found if one.resident.uuid == stuck.resident.uuid), None)
    return stuck if also is None else replace(stuck, reason=f"{stuck.reason.rstrip('.')}. {also}")


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
