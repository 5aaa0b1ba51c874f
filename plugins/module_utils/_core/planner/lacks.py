# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps domains from a host, and the sentence about it, private to this collection: pure.

Domains that go together are looked at together. The words are made only for those that are stuck.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from .layout import Layout
from .sizes import mib, mib_free

MOST_HOSTS = 3
"""Hosts of which a sentence tells what each lacks; the others are counted."""
MEMORY = "memory_short"
APART = "kept_apart"
RULED_OUT = "ruled_out"


def need_of(layout: Layout, unit: Sequence[str]) -> int:
    """Return what these domains need in all, in KiB."""
    return sum(layout.residents[uuid].need_kib for uuid in unit)


def lacks(layout: Layout, unit: Sequence[str], host: str) -> str | None:
    """Return the code of what keeps these domains from an open host, None if they can go there.

    The one that is hardest to change is told: that preflight rules it out, then groups, then memory.
    """
    if any(layout.is_forbidden(uuid, host) for uuid in unit):
        return RULED_OUT
    if any(layout.is_parted(uuid, host) for uuid in unit):
        return APART
    coming = sum(layout.residents[uuid].need_kib for uuid in unit if layout.at[uuid] != host)
    return None if layout.fits(coming, host) else MEMORY


def nowhere(layout: Layout, unit: Sequence[str]) -> tuple[str, str]:
    """Return the code and the sentence for domains that no open host can take.

    The code is that of the hosts which come nearest: they lack memory only, or else are kept apart from, or else ruled out.
    """
    hosts = [host for _room, host in reversed(layout.rooms) if host != layout.at[unit[0]]]
    if not hosts:
        return "no_host", f"{_who(layout, unit)}: no other host may take domains in this plan."
    found = {host: lacks(layout, unit, host) or MEMORY for host in hosts}
    code = next(code for code in (MEMORY, APART, RULED_OUT) if code in found.values())
    ranks = {MEMORY: 0, APART: 1, RULED_OUT: 2}
    nearest = sorted(hosts, key=lambda host: (ranks[found[host]], -layout.room(host), host))
    told = ", ".join(lack_in_words(layout, unit, host, found[host]) for host in nearest[:MOST_HOSTS])
    return code, f"{_who(layout, unit)}: {told}{_others(found, nearest[MOST_HOSTS:])}."


def _who(layout: Layout, unit: Sequence[str]) -> str:
    need = mib(need_of(layout, unit))
    if len(unit) == 1:
        return f"needs {need}"
    return f"needs {need} with {names(layout, unit[1:])}, with which it is kept together"


def _others(found: dict[str, str], rest: Sequence[str]) -> str:
    if not rest:
        return ""
    counts = Counter(found[host] for host in rest)
    words = {
        MEMORY: "with no more room",
        APART: "with a domain that it is kept apart from",
        RULED_OUT: "that are ruled out",
    }
    return "; and " + ", ".join(f"{counts[code]} others {words[code]}" for code in words if counts[code])


def lack_in_words(layout: Layout, unit: Sequence[str], host: str, code: str) -> str:
    """Return ``xen-b has 1024 MiB free of 8192 MiB``, or what else keeps these domains from a host."""
    if code == RULED_OUT:
        uuid = next(uuid for uuid in unit if layout.is_forbidden(uuid, host))
        why = layout.rules.why.get((uuid, host), "").rstrip(".")
        of = "" if len(unit) == 1 else f" for {layout.residents[uuid].name}"
        return f"{host} is ruled out{of} by preflight" + (f" ({why})" if why else "")
    if code == APART:
        uuid = next(uuid for uuid in unit if layout.is_parted(uuid, host))
        subject = "it" if len(unit) == 1 else layout.residents[uuid].name
        return f"{host} holds {names(layout, layout.rivals(uuid, host))}, from which {subject} is kept apart"
    return room_in_words(layout, host)


def room_in_words(layout: Layout, host: str) -> str:
    """Return ``xen-b has 1024 MiB free of 8192 MiB, 512 MiB of it the reserve``."""
    free, total, reserve = layout.free[host], layout.machines[host].total_kib, layout.rules.reserve_kib
    told = f"{host} has {mib_free(free)} free of {mib_free(total)}"
    return f"{told} ({mib(reserve)} stay in reserve)" if reserve else told


def names(layout: Layout, uuids: Sequence[str]) -> str:
    """Return the names of domains in words; of many, the first three."""
    told = [layout.residents[uuid].name for uuid in uuids]
    if len(told) > MOST_HOSTS:
        return f"{', '.join(told[:MOST_HOSTS])} and {len(told) - MOST_HOSTS} more"
    return " and ".join([", ".join(told[:-1]), told[-1]] if len(told) > 1 else told)
