# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the moves of a group mean for each other while they are made, private to this collection: pure.

Who is kept apart comes to a host when the other has left it, and not if that failed. Who is kept together doesn't go where
none of the others could go.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field

from .model import ARRIVED, Move, Outcome
from .planner.groups import Groups
from .planner.values import Resident, Rules

MovesOf = Mapping[str, tuple[Move, ...]]


@dataclass(frozen=True)
class Bonds:
    """By a domain's UUID, the moves that have to succeed ``before`` its own, and those of its group that go ``along``."""

    before: MovesOf = field(default_factory=dict)
    along: MovesOf = field(default_factory=dict)


NO_BONDS = Bonds()


def bonds_of(moves: Sequence[Move], rules: Rules) -> Bonds:
    """Return what binds moves, which are in the order in which they were planned.

    Only those before a move can keep it waiting: two that change places would wait for each other.
    """
    groups = groups_of(moves, rules)
    before = {
        move.domain.uuid: _rivals(move, moves[:number], groups) for number, move in _bound(moves, groups.apart_of)
    }
    along = {move.domain.uuid: _mates(move, moves, groups) for _number, move in _bound(moves, groups.together_of)}
    return Bonds(before, along)


def groups_of(moves: Sequence[Move], rules: Rules) -> Groups:
    """Return the groups of the domains that move."""
    domains = {move.domain.uuid: move for move in moves}
    return Groups([Resident(move.domain.name, uuid, move.source, 0) for uuid, move in domains.items()], rules)


def _bound(moves: Sequence[Move], numbers: Container[str]) -> list[tuple[int, Move]]:
    return [(number, move) for number, move in enumerate(moves) if move.domain.uuid in numbers]


def _rivals(move: Move, earlier: Sequence[Move], groups: Groups) -> tuple[Move, ...]:
    own = groups.apart_of[move.domain.uuid]
    rivals = {uuid for number in own for uuid in groups.apart[number]}
    return tuple(other for other in earlier if other.source == move.destination and other.domain.uuid in rivals)


def _mates(move: Move, moves: Sequence[Move], groups: Groups) -> tuple[Move, ...]:
    mates = set(groups.circle(move.domain.uuid)) - {move.domain.uuid}
    return tuple(other for other in moves if other.destination == move.destination and other.domain.uuid in mates)


def held_back(bonds: Bonds, made: Container[str]) -> frozenset[str]:
    """Return the UUIDs of domains that still have to wait for others; ``made`` are the UUIDs of those that have moved."""
    return frozenset(
        uuid for uuid, others in bonds.before.items() if any(other.domain.uuid not in made for other in others)
    )


def hindrance(move: Move, bonds: Bonds, outcomes: Mapping[Move, Outcome], going_on: Container[Move]) -> str | None:
    """Return why a move can't begin any more after what became of others of its group, None if it can."""
    for rival in bonds.before.get(move.domain.uuid, ()):
        if rival in outcomes and not outcomes[rival].succeeded:
            return (
                f"{rival.domain.name}, from which it is kept apart, was to leave {rival.source} for {rival.destination}"
                " first, and that move did not succeed"
            )
    mates = bonds.along.get(move.domain.uuid, ())
    ended = [mate for mate in mates if mate in outcomes]
    # Once one has come there, the others follow it: staying would tear them apart.
    if ended and not any(mate in going_on or (mate in outcomes and outcomes[mate].status in ARRIVED) for mate in mates):
        return f"{ended[0].domain.name}, with which it is kept together, was not moved there"
    return None
