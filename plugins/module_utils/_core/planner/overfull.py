# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Goals that there would be no room for even if everything else had reached its own, private to this collection: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .found import Trouble
from .lacks import names, room_in_words
from .layout import Layout
from .sizes import mib, mib_free


def overfull(layout: Layout, wanted: Mapping[str, str]) -> dict[str, Trouble]:
    """Return the domains that have to stay, as few as can easily be found, so that every host ends with its reserve free."""
    room, incoming = _in_the_end(layout, wanted)
    leaving = by_source(layout, wanted)
    found: dict[str, Trouble] = {}
    hosts = list(incoming)
    while hosts:
        host = hosts.pop()
        while room[host] < 0 and incoming.get(host):
            uuid = _who_stays(layout, incoming[host], -room[host])
            incoming[host].remove(uuid)
            found[uuid] = _trouble(layout, uuid, host, incoming[host], leaving.get(host, ()))
            need, source = layout.residents[uuid].need_kib, layout.at[uuid]
            room[host] += need
            room[source] -= need
            hosts.append(source)
    return found


def _in_the_end(layout: Layout, wanted: Mapping[str, str]) -> tuple[dict[str, int], dict[str, list[str]]]:
    room = {host: layout.room(host) for host in layout.machines}
    incoming: dict[str, list[str]] = {}
    for uuid, host in wanted.items():
        need = layout.residents[uuid].need_kib
        room[layout.at[uuid]] += need
        room[host] -= need
        if need:
            incoming.setdefault(host, []).append(uuid)
    return room, incoming


def _who_stays(layout: Layout, uuids: list[str], short_kib: int) -> str:
    # The smallest that is enough; if none is, the largest, for then the fewest have to stay.
    enough = [uuid for uuid in uuids if layout.residents[uuid].need_kib >= short_kib]
    if enough:
        return min(enough, key=lambda uuid: (layout.residents[uuid].need_kib, layout.order_of(uuid)))
    return max(uuids, key=lambda uuid: (layout.residents[uuid].need_kib, layout.order_of(uuid)))


def by_source(layout: Layout, wanted: Mapping[str, str]) -> dict[str, list[str]]:
    """Return those that leave each host and free memory there."""
    found: dict[str, list[str]] = {}
    for uuid in wanted:
        if layout.residents[uuid].need_kib:
            found.setdefault(layout.at[uuid], []).append(uuid)
    return found


def _trouble(layout: Layout, uuid: str, host: str, coming: Sequence[str], leaving: Sequence[str]) -> Trouble:
    told = f"needs {mib(layout.residents[uuid].need_kib)}; {room_in_words(layout, host)}"
    if leaving:
        freed = sum(layout.residents[other].need_kib for other in leaving)
        told += f", {mib_free(freed)} more once {names(layout, leaving)} left"
    if coming:
        told += f", and {names(layout, coming)} {'goes' if len(coming) == 1 else 'go'} there, too"
    return Trouble("memory_short", f"{told}.")
