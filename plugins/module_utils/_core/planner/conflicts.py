# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Goals that groups speak against, private to this collection: pure.

What counts is where everybody is in the end. A group that is already torn up, or already meets, and of which nobody is to move,
is nobody's fault; no goal may make it worse.
"""

from __future__ import annotations

from collections.abc import Mapping

from .found import Trouble
from .lacks import names
from .layout import Layout


class Conflicts:
    """Gives up goals until no group speaks against those that are left."""

    def __init__(self, layout: Layout, wanted: Mapping[str, str]) -> None:
        self._layout = layout
        self._left = dict(wanted)
        self._found: dict[str, Trouble] = {}
        groups = layout.groups
        self._apart = {number for uuid in wanted for number in groups.apart_of.get(uuid, ())}
        self._together = {number for uuid in wanted for number in groups.together_of.get(uuid, ())}

    def settle(self) -> dict[str, Trouble]:
        """Return those whose goals are given up, and why."""
        while self._apart or self._together:
            apart, self._apart = sorted(self._apart), set()
            together, self._together = sorted(self._together), set()
            for number in together:
                self._keep_together(number)
            for number in apart:
                self._keep_apart(number)
        return self._found

    def _end(self, uuid: str) -> str:
        return self._left.get(uuid, self._layout.at[uuid])

    def _keep_together(self, number: int) -> None:
        members = self._layout.groups.together[number]
        before = {self._layout.at[uuid] for uuid in members}
        if len({self._end(uuid) for uuid in members}) <= len(before):
            return
        ends = {uuid: self._end(uuid) for uuid in members}
        for uuid in members:
            if uuid in self._left:
                others = [other for other in members if ends[other] != ends[uuid]]
                who = names(self._layout, self._layout.in_order(others))
                there = " and ".join(sorted({ends[other] for other in others}))
                sentence = f"is kept together with {who}, to be on {there} and not on {ends[uuid]}."
                self._give_up(uuid, "kept_together", sentence)

    def _keep_apart(self, number: int) -> None:
        by_host: dict[str, list[str]] = {}
        for uuid in self._layout.groups.apart[number]:
            by_host.setdefault(self._end(uuid), []).append(uuid)
        for host, met in by_host.items():
            comers = self._layout.in_order(uuid for uuid in met if uuid in self._left)
            stays = len(met) > len(comers)
            for uuid in comers if stays else comers[1:]:
                rivals = [other for other in met if other != uuid]
                who = names(self._layout, self._layout.in_order(rivals))
                self._give_up(uuid, "kept_apart", f"is kept apart from {who}, on {host} in the end.")

    def _give_up(self, uuid: str, code: str, sentence: str) -> None:
        if self._left.pop(uuid, None) is None:
            return
        self._found[uuid] = Trouble(code, sentence)
        self._apart.update(self._layout.groups.apart_of.get(uuid, ()))
        self._together.update(self._layout.groups.together_of.get(uuid, ()))
