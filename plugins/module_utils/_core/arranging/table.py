# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan as a table for a tired person, private to this collection: pure."""

from __future__ import annotations

from collections.abc import Sequence

from ..planner.values import Step
from .arrange import Arranged
from .stock import Stock


def table(arranged: Arranged) -> list[str]:
    """Return the lines: every move with its reason, every domain that can't move with its own, and how full hosts get."""
    steps, stuck = arranged.first.schedule.steps, arranged.first.stuck
    moves = [
        [str(number), step.resident.name, _mib(step.resident.need_kib), step.source, step.destination, step.reason]
        for number, step in enumerate(steps, 1)
    ]
    blocked = [[one.resident.name, one.resident.host, one.reason] for one in stuck]
    return [
        *(_columns([["", "domain", "memory", "from", "to", "why"], *moves]) if moves else ["No moves."]),
        *(["", *_columns([["can't move", "on", "why"], *blocked])] if blocked else []),
        *["", *_columns([["host", "memory", "used before", "used after"], *_fullness(arranged.before, steps)])],
    ]


def _fullness(stock: Stock, steps: Sequence[Step]) -> list[list[str]]:
    coming: dict[str, int] = {}
    for step in steps:
        coming[step.destination] = coming.get(step.destination, 0) + step.resident.need_kib
        coming[step.source] = coming.get(step.source, 0) - step.resident.need_kib
    rows = []
    for name, holding in stock.holdings.items():
        used = holding.total_kib - stock.fleet.room_kib[name]
        then = used + coming.get(name, 0)
        rows.append([name, _gib(holding.total_kib), _share(used, holding.total_kib), _share(then, holding.total_kib)])
    silent = [name for name in stock.fleet.hosts if name not in stock.holdings]
    return rows + [[name, "could not be asked", "", ""] for name in silent]


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]


def _mib(kib: int) -> str:
    return f"{kib // 1024} MiB" if kib else "shut off"


def _gib(kib: int) -> str:
    return f"{kib / 1024**2:.1f} GiB"


def _share(part: int, whole: int) -> str:
    return f"{100 * max(0, part) / max(1, whole):.0f} %"
