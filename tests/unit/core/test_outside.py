# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host on which Xen has a domain that libvirt doesn't know isn't empty."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fleet import FakeFleet, uuid_of
from whole_hosts import EMPTY_A, HOME_TO_A, add, hosts_of, run

from ansible_collections.xenfleet.migration.plugins.module_utils._core.arranging.outside import guests
from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import HypervisorError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.evidence import (
    Ending,
    HostEvidence,
    XenCopy,
    XenState,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Domain
from ansible_collections.xenfleet.migration.plugins.module_utils._core.planner.values import Balance
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.xen_host import XenHost

STRAY = "11111111-2222-3333-4444-555555555555"


@pytest.fixture
def two(fleet: FakeFleet) -> FakeFleet:
    """Two hosts, a domain on the first, and one that xl started there."""
    add(fleet, "web01", "xen-a", 256)
    fleet.change_host("xen-a", outsiders={STRAY: "stray"})
    return fleet


def copy(name: str, state: XenState = XenState.GOES_ON, **more: Any) -> XenCopy:
    return XenCopy(7, name, state, 0, True, **more)


CONTROL = {"any": XenCopy(0, "Domain-0", XenState.GOES_ON, 0, True)}
COUNTED: dict[str, tuple[dict[str, XenCopy], set[str]]] = {
    "the control domain doesn't count": (CONTROL, set()),
    "one that runs does": ({"u": copy("web01")}, {"u"}),
    "a paused one does": ({"u": copy("web01", XenState.PAUSED)}, {"u"}),
    "one suspended for a move does": ({"u": copy("web01", XenState.SUSPENDED)}, {"u"}),
    "one that crashed and is kept does": ({"u": copy("web01", XenState.ENDED, ending=Ending.CRASHED)}, {"u"}),
    "one that is taken down doesn't": ({"u": copy("web01", XenState.ENDED, leaving=True)}, set()),
    "that of Xen's store doesn't": ({"u": copy("Xenstore")}, set()),
    "that of another's device model doesn't": ({"u": copy("web01"), "v": copy("web01-dm")}, {"u"}),
    "one that is only called so does": ({"v": copy("web01-dm")}, {"v"}),
}


@pytest.mark.parametrize(("copies", "expected"), COUNTED.values(), ids=COUNTED)
def test_what_a_reboot_would_end_is_what_counts(copies: dict[str, XenCopy], expected: set[str]) -> None:
    assert {uuid for uuid, _copy in guests(copies)} == expected


@pytest.mark.parametrize("check", [True, False], ids=["check mode", "a run"])
def test_nothing_leaves_a_host_that_can_t_be_emptied(two: FakeFleet, check: bool) -> None:
    before = two.snapshot()
    told = run(two, check=check)
    assert (told["failed"], told["changed"]) == (True, False)
    assert [(one["domain"], one["uuid"], one["host"], one["code"]) for one in told["blocked"]] == [
        ("stray", STRAY, "xen-a", "outside_libvirt")
    ]
    assert "1 domain can't leave. stray on xen-a: Xen has it, and libvirt doesn't know of it" in told["msg"]
    assert "xl list (it has the id 1000)" in told["msg"]
    assert any("stray" in line for line in told["table"])
    assert two.snapshot() == before


def test_what_can_leave_does_where_that_is_enough(two: FakeFleet) -> None:
    told = run(two, partial=True, leftovers_ok=True)
    assert (told["failed"], hosts_of(two)["web01"]) == (False, "xen-b")
    assert [one["code"] for one in told["blocked"]] == ["outside_libvirt"]
    assert "is drained" not in told["msg"]


def test_a_host_with_nothing_else_on_it_is_not_empty(fleet: FakeFleet) -> None:
    fleet.change_host("xen-a", outsiders={STRAY: "stray"})
    told = run(fleet)
    assert (told["failed"], [one["code"] for one in told["blocked"]]) == (True, ["outside_libvirt"])


@pytest.mark.parametrize("wish", [HOME_TO_A, Balance(0.05)], ids=["a restore", "a balance"])
def test_who_empties_no_host_has_nothing_to_say_of_it(two: FakeFleet, wish: Any) -> None:
    two.change_host("xen-b", outsiders={STRAY: "stray"})
    told = run(two, wish)
    assert "outside_libvirt" not in [one["code"] for one in told["blocked"]]


def test_only_what_the_host_to_be_emptied_has_counts(two: FakeFleet) -> None:
    two.change_host("xen-a", outsiders={})
    two.change_host("xen-b", outsiders={STRAY: "stray"})
    told = run(two)
    assert (told["failed"], told["blocked"]) == (False, [])
    assert told["msg"].startswith("xen-a is drained. ")


def test_where_xen_can_t_be_asked_no_more_is_said_than_is_known(
    two: FakeFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(XenHost, "domains_in_xen", lambda _self: HostEvidence(problem="there is no shell on xen-a"))
    told = run(two)
    assert not told["failed"]
    assert told["msg"].startswith("xen-a is drained, as far as libvirt knows. Moved 1 domain to xen-b.")
    assert (
        "Xen on xen-a could not be asked whether it has domains that libvirt doesn't know of: there is no shell on xen-a"
        in told["warnings"]
    )


@pytest.mark.parametrize("shut_off", [True, False], ids=["that would go", "that would stay"])
def test_one_that_libvirt_takes_for_shut_off_keeps_the_host_from_being_empty(fleet: FakeFleet, shut_off: bool) -> None:
    fleet.add_domain("db01", "xen-a", state="shut off")
    fleet.change_host("xen-a", outsiders={uuid_of("db01"): "db01"})
    told = run(fleet, shut_off=shut_off)
    assert (told["failed"], told["changed"], hosts_of(fleet)["db01"]) == (True, False, "xen-a")
    assert [(one["domain"], one["code"]) for one in told["blocked"]] == [("db01", "domain_state")]


def test_a_host_of_which_an_answer_is_missing_counts_as_one_whose_xen_was_not_asked(
    two: FakeFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What libvirt told of it counts all the same."""

    inspect = XenHost.inspect

    def lost(self: XenHost, uuid: str) -> Domain | None:
        if uuid == STRAY:
            raise HypervisorError(self.host.name, "show domain stray", "connection lost")
        return inspect(self, uuid)

    monkeypatch.setattr(XenHost, "inspect", lost)
    told = run(two)
    assert (told["failed"], hosts_of(two)["web01"]) == (False, "xen-b")
    assert told["msg"].startswith("xen-a is drained, as far as libvirt knows.")
    assert any("connection lost" in warning for warning in told["warnings"])


def test_one_that_is_there_twice_is_told_as_that(two: FakeFleet) -> None:
    two.add_domain("db01", "xen-a", state="shut off")
    two.add_domain("db01", "xen-b")
    two.change_host("xen-a", outsiders={uuid_of("db01"): "db01"})
    (told,) = run(two)["blocked"]
    assert (told["domain"], told["code"]) == ("db01", "domain_ambiguous")


def before_the_first(look: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Have something happen just before Xen is asked for the first time."""
    asked: list[str] = []
    ask = XenHost.domains_in_xen

    def first_that(self: XenHost) -> HostEvidence:
        if not asked:
            look()
        asked.append(self.host.name)
        return ask(self)

    monkeypatch.setattr(XenHost, "domains_in_xen", first_that)


def test_one_that_libvirt_began_to_run_meanwhile_is_no_stranger(
    fleet: FakeFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run after it moves it."""
    before_the_first(lambda: fleet.add_domain("late", "xen-a"), monkeypatch)
    told = run(fleet, EMPTY_A)
    assert (told["failed"], [(one["domain"], one["code"]) for one in told["blocked"]]) == (
        True,
        [("late", "not_begun")],
    )
    assert "it came while the host was looked at. Run the task again." in told["msg"]
    assert (run(fleet, EMPTY_A)["failed"], hosts_of(fleet)["late"]) == (False, "xen-b")
