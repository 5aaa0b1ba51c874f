# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Domains for which it is settled where they are to be: who can go there, and in what order. Private to this collection, pure.

A goal that can't be reached is given up, and what depended on it is looked at again, until those left can all be reached.
"""

from __future__ import annotations

from collections.abc import Mapping

from .arrange import arrange
from .conflicts import Conflicts
from .found import Found, Trouble
from .lacks import RULED_OUT, lack_in_words, names, room_in_words
from .layout import Layout
from .leg import Cause, Kind
from .overfull import by_source, overfull
from .sequence import Ordered
from .sizes import mib


def reach(layout: Layout, goals: Mapping[str, str], kind: Kind) -> Found:
    """Return the moves that bring domains to their goals (UUID -> host), and those that can't be brought there."""
    stuck = {uuid: trouble for uuid, host in goals.items() if (trouble := _closed(layout, uuid, host)) is not None}
    wanted = {uuid: goals[uuid] for uuid in layout.in_order(goals) if uuid not in stuck}
    while True:
        _give_up(wanted, Conflicts(layout, wanted).settle(), stuck)
        short = overfull(layout, wanted)
        if short:
            _give_up(wanted, short, stuck)
            continue
        ordered = arrange(layout, wanted, dict.fromkeys(wanted, Cause(kind)))
        _give_up(wanted, _no_order(layout, ordered, wanted), stuck)
        # Those that have an order have it without the others, unless groups speak against what is then left.
        if not Conflicts(layout, wanted).settle():
            return Found(list(ordered.legs), stuck)


def _give_up(wanted: dict[str, str], found: Mapping[str, Trouble], stuck: dict[str, Trouble]) -> None:
    stuck.update(found)
    for uuid in found:
        del wanted[uuid]


def _closed(layout: Layout, uuid: str, host: str) -> Trouble | None:
    """Return what keeps a domain from its goal, whoever else is there."""
    if layout.is_pinned(uuid):
        return Trouble("pinned", f"is pinned to {layout.at[uuid]}, and so doesn't go to {host}.")
    machine = layout.machines.get(host)
    if machine is None:
        return Trouble("no_host", f"belongs on {host}, which is not among the hosts of this plan.")
    if not machine.accepts:
        return Trouble("not_accepting", f"{host} takes no domains.")
    if host not in layout.open:
        return Trouble("not_allowed", f"{host} is not among the hosts that this plan may use.")
    if layout.is_forbidden(uuid, host):
        return Trouble(RULED_OUT, f"{lack_in_words(layout, (uuid,), host, RULED_OUT)}.")
    return None


def _no_order(layout: Layout, ordered: Ordered, wanted: Mapping[str, str]) -> dict[str, Trouble]:
    leaving = by_source(layout, wanted)
    found = {}
    for leg in ordered.left:
        host = wanted[leg.uuid]
        told = f"needs {mib(leg.need_kib)}; {room_in_words(layout, host)}"
        if leaving.get(host):
            who = names(layout, leaving[host])
            none = "there is no order" if leg.uuid in ordered.tried else "no order was found"
            told += f" until {who} can leave; {none} in which that comes first, and no third host that helps"
        found[leg.uuid] = Trouble("no_order", f"{told}.")
    return found
