# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what is and what is wished for to moves."""

from __future__ import annotations

from make import domain, shut_off

from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Domain, Move, Wish
from ansible_collections.xenfleet.migration.plugins.module_utils._core.plan import plan_moves


def moved(wish: Wish, now: Domain) -> Domain:
    return domain(wish.final_name, wish.host) if now.active else shut_off(wish.final_name, wish.host)


def test_a_domain_elsewhere_moves() -> None:
    plan = plan_moves([(Wish("web01", "xen-b"), domain())], live=True)
    assert (plan.moves, plan.settled) == ((Move(domain(), "xen-a", "xen-b", True),), ())


def test_a_domain_in_its_place_is_settled() -> None:
    plan = plan_moves([(Wish("web01", "xen-a"), domain())], live=True)
    assert (plan.moves, plan.settled) == ((), (domain(),))


def test_a_move_that_is_not_to_be_live_is_not() -> None:
    assert not plan_moves([(Wish("web01", "xen-b"), domain())], live=False).moves[0].live


def test_a_shut_off_domain_never_moves_live() -> None:
    assert not plan_moves([(Wish("web01", "xen-b"), shut_off())], live=True).moves[0].live


def test_a_new_name_goes_with_the_move() -> None:
    (move,) = plan_moves([(Wish("web01", "xen-b", "www"), domain())], live=True).moves
    assert (move.new_name, move.final_name) == ("www", "www")


def test_a_domain_in_its_place_under_its_old_name_is_not_settled() -> None:
    plan = plan_moves([(Wish("web01", "xen-a", "www"), domain())], live=True)
    assert (plan.settled, plan.moves[0].new_name) == ((), "www")


def test_moves_keep_the_order_of_the_wishes() -> None:
    wanted = [(Wish("db01", "xen-b"), domain("db01")), (Wish("web01", "xen-b"), domain())]
    assert [move.domain.name for move in plan_moves(wanted, live=True).moves] == ["db01", "web01"]


def test_once_the_plan_is_applied_there_is_nothing_to_do() -> None:
    wanted = [
        (Wish("web01", "xen-b"), domain()),
        (Wish("db01", "xen-b", "db"), shut_off("db01")),
        (Wish("mail", "xen-a"), domain("mail")),
    ]
    plan = plan_moves(wanted, live=True)
    assert len(plan.moves) == 2
    again = plan_moves([(wish, moved(wish, now)) for wish, now in wanted], live=True)
    assert (again.moves, len(again.settled)) == ((), 3)
