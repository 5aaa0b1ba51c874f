# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is kept apart from whom, and who together with whom, by UUID: private to this collection, pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from .values import Resident, Rules

Members = tuple[str, ...]


class Groups:
    """The groups of some rules. Members are UUIDs, in the order of the residents given."""

    def __init__(self, residents: Sequence[Resident], rules: Rules) -> None:
        self.apart = _groups(residents, rules.apart)
        self.together = _groups(residents, rules.together)
        self.apart_of = _by_member(self.apart)
        self.together_of = _by_member(self.together)
        self._circles = _circles(self.together)

    def circle(self, uuid: str) -> Members:
        """Return all who are together with this one, directly or through others, itself among them."""
        return self._circles.get(uuid, (uuid,))


def _groups(residents: Sequence[Resident], named: Iterable[frozenset[str]]) -> tuple[Members, ...]:
    by_name: dict[str, list[int]] = {}
    for position, resident in enumerate(residents):
        by_name.setdefault(resident.name, []).append(position)
    found = (sorted(position for name in names for position in by_name.get(name, ())) for names in named)
    members = {tuple(residents[position].uuid for position in positions) for positions in found}
    return tuple(sorted(group for group in members if len(group) > 1))


def _by_member(groups: Sequence[Members]) -> Mapping[str, tuple[int, ...]]:
    found: dict[str, list[int]] = {}
    for number, members in enumerate(groups):
        for uuid in members:
            found.setdefault(uuid, []).append(number)
    return {uuid: tuple(numbers) for uuid, numbers in found.items()}


def _circles(groups: Sequence[Members]) -> Mapping[str, Members]:
    circles: dict[str, list[str]] = {}
    for members in groups:
        joined: dict[str, None] = {}
        for uuid in members:
            joined.update(dict.fromkeys(circles.get(uuid, [uuid])))
        circle = list(joined)
        circles.update(dict.fromkeys(circle, circle))
    return {uuid: tuple(sorted(circle)) for uuid, circle in circles.items()}
