# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be done for a wish, private to this collection: pure. The planner's one entrance."""

from __future__ import annotations

from collections.abc import Mapping

from .applied import applied
from .balance import balance
from .checking import check
from .drain import drain
from .found import Found, Trouble
from .home import bring_home
from .layout import Layout
from .placement import place
from .telling import tell
from .values import Balance, BringHome, Cluster, Drain, Place, Resident, Rules, Schedule, Step, Stuck, Wish

NO_RULES = Rules()


def plan(cluster: Cluster, wish: Wish, rules: Rules = NO_RULES) -> Schedule:
    """Return the steps towards a wish, and what stays short of it.

    The same for the same cluster, in whatever order it is given. From the cluster as it is after the steps, there are none.
    Raises ``InvalidInput`` for what contradicts itself or names what isn't there.
    """
    check(cluster, wish, rules)
    originals = {resident.uuid: resident for resident in cluster.residents}
    shut = wish.hosts if isinstance(wish, Drain) else frozenset()
    steps: list[Step] = []
    while True:
        found = _look(Layout(cluster, rules, shut), wish)
        made = tell(Layout(cluster, rules, shut), found.legs, originals)
        steps += made
        # What was found impossible may have become possible through other steps.
        if not made or (not found.stuck and not isinstance(wish, Balance)):
            return Schedule(tuple(steps), _stuck(found.stuck, originals))
        cluster = applied(cluster, made)


def _look(layout: Layout, wish: Wish) -> Found:
    if isinstance(wish, Drain):
        return drain(layout, wish)
    if isinstance(wish, BringHome):
        return bring_home(layout, wish)
    if isinstance(wish, Place):
        return place(layout, wish)
    return balance(layout, wish)


def _stuck(found: Mapping[str, Trouble], originals: Mapping[str, Resident]) -> tuple[Stuck, ...]:
    all_of_them = [Stuck(originals[uuid], trouble.code, trouble.sentence) for uuid, trouble in found.items()]
    return tuple(sorted(all_of_them, key=lambda stuck: (stuck.resident.name, stuck.resident.uuid)))
