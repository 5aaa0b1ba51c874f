# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One move while it is planned, with what it is made for, private to this collection: plain data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What a move is made for."""

    DRAINED = "its source is drained"
    HOME = "it goes home"
    WANTED = "it was asked for"
    FULL = "its source is fuller than others"
    EVENS = "it changes places with another, and hosts are evener then"
    PARTED = "it is with somebody from whom it is kept apart"
    MAKES_ROOM = "somebody else couldn't come to its source otherwise"
    ONWARD = "it has made room on its way, and goes on"


@dataclass(frozen=True)
class Cause:
    """What a move is made for; ``other`` is the UUID of the domain for which it makes room, or with which it changes places."""

    kind: Kind
    other: str | None = None


@dataclass(frozen=True)
class Leg:
    """A move of one domain, which needs ``need_kib`` at its destination and frees as much at its source."""

    uuid: str
    source: str
    destination: str
    need_kib: int
    cause: Cause


def coming(legs: Iterable[Leg]) -> dict[str, int]:
    """Return what these moves need in all, by destination."""
    found: dict[str, int] = {}
    for leg in legs:
        found[leg.destination] = found.get(leg.destination, 0) + leg.need_kib
    return found


def perform(leg: Leg, room: dict[str, int]) -> None:
    """Take the room at the destination, and give that at the source back."""
    room[leg.source] += leg.need_kib
    room[leg.destination] -= leg.need_kib


def fits(leg: Leg, room: dict[str, int]) -> bool:
    """Return whether the destination has room now."""
    return leg.need_kib <= 0 or leg.need_kib <= room[leg.destination]
