# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Orders that fit into memory: cases, and any moves against trying every order."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping, Sequence

import pytest
from make import MIB, domain, move, shut_off

from ansible_collections.xenfleet.migration.plugins.module_utils._core import order
from ansible_collections.xenfleet.migration.plugins.module_utils._core.memory import needed_kib
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Move

ROOMY = {"xen-a": 9000 * MIB, "xen-b": 9000 * MIB}


def names(moves: Sequence[Move] | None) -> list[str] | None:
    return None if moves is None else [each.domain.name for each in moves]


def swap(mib: int = 256) -> list[Move]:
    return [move(domain("w", "xen-a", mib), "xen-b"), move(domain("d", "xen-b", mib), "xen-a")]


def fits(moves: Sequence[Move], free_kib: Mapping[str, int]) -> bool:
    free = dict(free_kib)
    for each in moves:
        need = needed_kib(each.domain)
        if need > free[each.destination] and need:
            return False
        free[each.destination] -= need
        free[each.source] += need
    return True


def test_moves_that_fit_keep_their_order() -> None:
    assert names(order.order_moves(swap(), ROOMY)) == ["w", "d"]


def test_an_exchange_begins_on_the_side_that_has_room() -> None:
    assert names(order.order_moves(swap(), {"xen-a": 300 * MIB, "xen-b": 0})) == ["d", "w"]


def test_an_exchange_without_room_on_either_side_has_no_order() -> None:
    assert order.order_moves(swap(), {"xen-a": 200 * MIB, "xen-b": 200 * MIB}) is None


def test_a_chain_begins_at_its_end() -> None:
    hosts = ["h0", "h1", "h2", "h3"]
    chain = [move(domain(f"d{n}", hosts[n]), hosts[n + 1]) for n in range(3)]
    free = {"h0": 0, "h1": 0, "h2": 0, "h3": 300 * MIB}
    assert names(order.order_moves(chain, free)) == ["d2", "d1", "d0"]


def test_a_shut_off_domain_needs_no_room() -> None:
    assert names(order.order_moves([move(shut_off())], {"xen-a": 0, "xen-b": 0})) == ["web01"]


def test_a_host_that_has_too_little_takes_nothing_too_big() -> None:
    assert order.order_moves([move(domain(mib=512))], {"xen-a": 0, "xen-b": 512 * MIB}) is None


def test_no_moves_are_in_order() -> None:
    assert order.order_moves([], {}) == ()


def test_the_move_that_helps_may_not_be_the_first_that_fits() -> None:
    # small fits into xen-b at once, but then big would never come out of xen-a.
    moves = [
        move(domain("small", "xen-a", 100), "xen-b"),
        move(domain("big", "xen-b", 300), "xen-c"),
        move(domain("other", "xen-c", 200), "xen-b"),
    ]
    free = {"xen-a": 0, "xen-b": 250 * MIB, "xen-c": 110 * MIB}
    found = order.order_moves(moves, free)
    assert found is not None
    assert fits(found, free)
    assert not fits(moves, free)


def in_each_other_s_way(number: int) -> list[Move]:
    """Return moves between two hosts, as many there as back."""
    return [move(domain(f"d{n}", f"h{n % 2}"), f"h{1 - n % 2}") for n in range(number)]


def test_where_not_every_order_could_be_tried_and_none_was_found_that_is_said() -> None:
    with pytest.raises(order.OrderUnknown):
        order.order_moves(in_each_other_s_way(14), {"h0": 0, "h1": 0})


def test_whatever_their_number_too_many_for_a_host_have_no_order() -> None:
    moves = [*in_each_other_s_way(14), move(domain("more", "h2"), "h0")]
    assert order.order_moves(moves, {"h0": 0, "h1": 300 * MIB, "h2": 0}) is None


def test_a_thousand_in_each_other_s_way_are_put_in_order() -> None:
    """Each host takes back as much as it gives, in turns that go through all hosts."""
    chance = random.Random(1)
    moves: list[Move] = []
    for _turn in range(50):
        ring, mib = chance.sample(range(20), 20), 64 * chance.randint(1, 8)
        for here, there in zip(ring, [*ring[1:], ring[0]], strict=True):
            moves.append(move(domain(f"d{len(moves)}", f"h{here}", mib), f"h{there}"))
    chance.shuffle(moves)
    free = {f"h{number}": 1000 * MIB for number in range(20)}
    assert not fits(moves, free)
    found = order.order_moves(moves, free)
    assert found is not None
    assert len(found) == 1000
    assert fits(found, free)


HOSTS = ["h0", "h1", "h2"]


def some_moves(chance: random.Random) -> list[Move]:
    found = []
    for number in range(chance.randint(0, 6)):
        source, destination = chance.sample(HOSTS, 2)
        make = chance.choice([domain, domain, shut_off])
        found.append(move(make(f"d{number}", source, mib=64 * chance.randint(1, 4)), destination))
    return found


@pytest.mark.parametrize("seed", range(500))
def test_an_order_is_found_exactly_where_trying_all_finds_one(seed: int) -> None:
    chance = random.Random(seed)
    moves = some_moves(chance)
    free = {name: chance.randint(0, 6) * 70 * MIB for name in HOSTS}
    found = order.order_moves(moves, free)
    exists = any(fits(each, free) for each in itertools.permutations(moves))
    assert (found is not None) == exists
    if found is not None:
        assert fits(found, free)
        assert sorted(each.domain.name for each in found) == sorted(each.domain.name for each in moves)


@pytest.mark.parametrize("seed", range(20))
def test_where_all_fits_the_order_is_kept(seed: int) -> None:
    moves = some_moves(random.Random(seed))
    assert order.order_moves(moves, dict.fromkeys(HOSTS, 10_000 * MIB)) == tuple(moves)
