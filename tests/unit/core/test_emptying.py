# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that one run empties are no destination of another run's plan meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from fleet import FakeFleet
from running import Queue, folder
from running import run as migrate
from whole_hosts import HOME_TO_A, add, hosts_of, run

from ansible_collections.xenfleet.migration.plugins.module_utils._core.emptying import Emptying
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Host, Move
from ansible_collections.xenfleet.migration.plugins.module_utils._core.planner.values import Balance, Drain, Rules

A, B, C = (Host(name, f"xen+ssh://root@{name}/") for name in ("xen-a", "xen-b", "xen-c"))
EMPTY_B = Drain(frozenset({"xen-b"}))
TO_B = Rules(allowed=frozenset({"xen-b"}))
WARNING = "xen-b was being emptied by another run: nothing was planned to go there."


@pytest.fixture
def three(fleet: FakeFleet) -> FakeFleet:
    """Three hosts, two domains on each of the first two; the third is the fullest."""
    fleet.add_host("xen-c")
    for name, host, mib in (("a1", "xen-a", 256), ("a2", "xen-a", 256), ("b1", "xen-b", 256), ("b2", "xen-b", 256)):
        add(fleet, name, host, mib)
    add(fleet, "large", "xen-c", 2048)
    return fleet


def emptied(fleet: FakeFleet, host: str) -> Any:
    """Have another run empty a host, as long as this goes on."""
    return Emptying(folder(fleet)).claim([Host(host, fleet.uris()[host])])


def test_others_see_what_is_emptied_until_its_end(tmp_path: Path) -> None:
    one, other = Emptying(tmp_path), Emptying(tmp_path)
    with one.claim([A, B]):
        assert other.by_others([A, B, C]) == {"xen-a", "xen-b"}
        assert one.by_others([A, B, C]) == frozenset()
    assert other.by_others([A, B, C]) == frozenset()


def test_a_host_that_two_empty_is_emptied_until_both_have_ended(tmp_path: Path) -> None:
    one, other, third = (Emptying(tmp_path) for _run in range(3))
    with one.claim([A]):
        with other.claim([A]):
            assert one.by_others([A]) == other.by_others([A]) == {"xen-a"}
        assert third.by_others([A]) == {"xen-a"}
    assert third.by_others([A]) == frozenset()


def test_a_host_of_the_same_name_in_another_fleet_is_another_host(tmp_path: Path) -> None:
    with Emptying(tmp_path).claim([A]):
        assert Emptying(tmp_path).by_others([Host("xen-a", "xen+ssh://root@10.9.9.9/")]) == frozenset()


def test_a_host_whose_run_was_killed_is_not_emptied_any_more(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from ansible_collections.xenfleet.migration.plugins.module_utils._core.emptying import Emptying\n"
        "from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Host\n"
        "with Emptying(Path(sys.argv[1])).claim([Host(sys.argv[2], sys.argv[3])]):\n"
        "    print('claimed', flush=True); sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path), A.name, A.uri]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"claimed\n"
        assert Emptying(tmp_path).by_others([A]) == {"xen-a"}
        other.kill()
        other.wait()
    assert Emptying(tmp_path).by_others([A]) == frozenset()


def test_a_drain_goes_past_a_host_that_another_run_empties(three: FakeFleet) -> None:
    with emptied(three, "xen-b"):
        drained = run(three)
    assert (drained["failed"], drained["warnings"]) == (False, [WARNING])
    assert {name: host for name, host in hosts_of(three).items() if name[0] == "a"} == {"a1": "xen-c", "a2": "xen-c"}


def test_a_check_says_so_too(three: FakeFleet) -> None:
    with emptied(three, "xen-b"):
        planned = run(three, check=True)
    assert {step["destination"] for step in planned["plan"]} == {"xen-c"}
    assert planned["warnings"] == [WARNING]


def test_a_check_keeps_nobody_from_anything(three: FakeFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    claimed: list[Host] = []
    real = Emptying.claim

    def claim(self: Emptying, hosts: Any) -> Any:
        claimed.extend(hosts)
        return real(self, ())

    monkeypatch.setattr(Emptying, "claim", claim)
    run(three, check=True)
    run(three, Balance())
    run(three, HOME_TO_A)
    assert claimed == []
    run(three)
    assert [host.name for host in claimed] == ["xen-a"]


def test_two_that_empty_hosts_at_once_bring_nothing_to_each_other_s(three: FakeFleet) -> None:
    second: list[dict[str, Any]] = []

    def meanwhile(_move: Move) -> None:
        if not second:
            second.append(run(three, EMPTY_B, check=True))

    first = run(three, places=Queue(three, meanwhile))
    assert (first["failed"], second[0]["failed"]) == (False, False)
    assert {step["destination"] for step in second[0]["plan"]} == {"xen-c"}


def test_what_was_planned_goes_elsewhere_where_its_host_is_being_emptied_by_now(three: FakeFleet) -> None:
    with ExitStack() as other:

        def meanwhile(move: Move) -> None:
            """Have it begin with the first move, which goes to the host that another run empties from then on."""
            if not begun:
                begun.append(move.destination)
                other.enter_context(emptied(three, "xen-b"))

        begun: list[str] = []
        drained = run(three, places=Queue(three, meanwhile))
    assert begun == ["xen-b"]
    assert (drained["failed"], drained["blocked"]) == (False, [])
    left = [move["error"] for move in drained["moves"] if move["status"] == "not begun"]
    assert left == [
        "Domain a2 was left on xen-a and not moved to xen-b, because xen-b is being emptied by another run."
    ]
    assert hosts_of(three)["a2"] == "xen-c"


def test_where_nowhere_else_is_left_nothing_moves(three: FakeFleet) -> None:
    with emptied(three, "xen-b"):
        drained = run(three, rules=TO_B)
    assert (drained["failed"], drained["changed"]) == (True, False)
    assert [(one["domain"], one["code"]) for one in drained["blocked"]] == [("a1", "no_host"), ("a2", "no_host")]
    assert WARNING in drained["warnings"]


def test_nobody_comes_home_to_a_host_that_another_run_empties(three: FakeFleet) -> None:
    run(three)
    with emptied(three, "xen-a"):
        restored = run(three, HOME_TO_A)
    assert (restored["failed"], restored["changed"]) == (False, False)
    assert {one["code"] for one in restored["blocked"]} == {"not_accepting"}
    assert not run(three, HOME_TO_A)["blocked"]


def test_a_host_that_was_named_for_a_domain_gets_it_all_the_same(three: FakeFleet) -> None:
    with emptied(three, "xen-b"):
        migrate(three, {"a1": "xen-b"})
    assert hosts_of(three)["a1"] == "xen-b"
