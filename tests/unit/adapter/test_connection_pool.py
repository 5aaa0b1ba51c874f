# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""No two threads use one connection at the same time, and none is opened without need."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from threading import Event

import libvirt
import pytest

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import HostUnreachable
from ansible_collections.xenfleet.migration.plugins.module_utils._core.later import Later
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt import connection_pool
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.connection_pool import ConnectionPool

UNREACHABLE = HostUnreachable("xen-a", "xen:///system", "no route")


class Opened:
    """A connection that lives until it is told otherwise, and can't be closed then."""

    def __init__(self) -> None:
        self.alive = True
        self.closed = False

    def isAlive(self) -> bool:  # noqa: N802  # libvirt's name
        return self.alive

    def close(self) -> None:
        if not self.alive:
            raise libvirt.libvirtError("it has died")
        self.closed = True


@pytest.fixture
def opened() -> list[Opened]:
    """All that were opened."""
    return []


@pytest.fixture
def pool(opened: list[Opened]) -> ConnectionPool:
    def open_one() -> Opened:
        opened.append(Opened())
        return opened[-1]

    return ConnectionPool(open_one)


def test_one_after_the_other_all_use_the_same(pool: ConnectionPool, opened: list[Opened]) -> None:
    for _use in range(3):
        with pool.lent() as connection:
            assert connection is opened[0]
    assert len(opened) == 1


def test_at_the_same_time_each_has_its_own_and_they_are_used_again(pool: ConnectionPool, opened: list[Opened]) -> None:
    for _round in range(2):
        with ExitStack() as stack:
            used = {id(stack.enter_context(pool.lent())) for _use in range(3)}
        assert len(used) == len(opened) == 3


def test_one_that_has_died_is_not_lent_again(pool: ConnectionPool, opened: list[Opened]) -> None:
    opened[0].alive = False
    with pool.lent() as connection:
        assert connection is opened[1]


def test_where_one_is_seen_to_have_died_those_that_nobody_uses_are_not_trusted(
    pool: ConnectionPool, opened: list[Opened]
) -> None:
    with pool.lent(), pool.lent():
        pass
    with pool.lent() as used:
        used.alive = False
    with pool.lent() as connection:
        assert connection is opened[2]
    assert [one.closed for one in opened if one is not used] == [True, False]


def test_what_must_not_wait_gets_one_that_is_idle_or_none(pool: ConnectionPool, opened: list[Opened]) -> None:
    with pool.lent_if_idle() as connection, pool.lent_if_idle() as another:
        assert (connection, another) == (opened[0], None)
    assert len(opened) == 1


def test_one_is_made_ready_once(pool: ConnectionPool, opened: list[Opened]) -> None:
    with pool.lent():
        pool.make_ready()
        pool.make_ready()
        with pool.lent_if_idle() as connection:
            assert connection is opened[1]
    assert len(opened) == 2


def test_whoever_waits_for_one_to_be_opened_takes_one_that_has_come_back() -> None:
    opens, goes_on = Event(), Event()
    opened: list[Opened] = []

    def open_one() -> Opened:
        if opened:
            opens.set()
            assert goes_on.wait(10)
        opened.append(Opened())
        return opened[-1]

    def use() -> None:
        with pool.lent():
            return

    pool = ConnectionPool(open_one)
    users = [Later(use), Later(use)]
    with pool.lent():
        for user in users:
            user.begin()
        assert opens.wait(10)
    goes_on.set()
    for user in users:
        user.get()
    assert len(opened) == 2


def test_one_that_is_never_opened_keeps_nobody_from_opening_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """A firewall has silenced it in the middle, say."""
    monkeypatch.setattr(connection_pool, "TURN_SECONDS", 0.1)
    hangs, ends = Event(), Event()
    opened: list[Opened] = []

    def open_one() -> Opened:
        if len(opened) == 1 and not hangs.is_set():
            hangs.set()
            assert ends.wait(60)
        opened.append(Opened())
        return opened[-1]

    def use() -> Opened:
        with pool.lent() as connection:
            return connection

    pool = ConnectionPool(open_one)
    with pool.lent():
        hanging = Later(use)
        hanging.begin()
        assert hangs.wait(10)
        assert use() is opened[1]
    ends.set()
    hanging.get()


def test_one_comes_back_whatever_happens(pool: ConnectionPool, opened: list[Opened]) -> None:
    with pytest.raises(ZeroDivisionError), pool.lent():
        _failing = 1 // 0
    with pool.lent() as connection:
        assert connection is opened[0]


def test_after_what_none_can_have_outlived_none_is_lent_again(pool: ConnectionPool, opened: list[Opened]) -> None:
    pool.renew()
    with pool.lent() as connection:
        assert connection is opened[1]
    assert opened[0].closed


def test_those_that_nobody_uses_are_closed_even_if_one_can_t_be(pool: ConnectionPool, opened: list[Opened]) -> None:
    with pool.lent(), pool.lent():
        pass
    opened[1].alive = False
    pool.close()
    assert [one.closed for one in opened] == [True, False]


def test_a_host_that_can_t_be_had_is_told_at_once_and_when_another_is_needed() -> None:
    answers: Iterator[object] = iter([UNREACHABLE, Opened(), UNREACHABLE])

    def open_one() -> object:
        answer = next(answers)
        if isinstance(answer, HostUnreachable):
            raise answer
        return answer

    with pytest.raises(HostUnreachable):
        ConnectionPool(open_one)
    pool = ConnectionPool(open_one)
    with pool.lent(), pytest.raises(HostUnreachable), pool.lent():
        pass
