# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rerun after an interruption between the transfer and the carrying over of the definition, on the fake libvirt."""

from __future__ import annotations

from typing import Any

import libvirt
import pytest
from fleet import FakeFleet, domain_xml, uuid_of
from make import domain, shut_off
from running import connect, run

from ansible_collections.xenfleet.migration.plugins.module_utils._core.connections import host_records
from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import Blocked, MigrationError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import State, Status, Unfinished
from ansible_collections.xenfleet.migration.plugins.module_utils._core.result import result, warnings
from ansible_collections.xenfleet.migration.plugins.module_utils._core.unfinished import finish, judge
from fake_xen.document import normal

LATER = domain_xml("web01", memory_mib=512)
GONE = {"moved_away": True}


@pytest.fixture
def halfway(fleet: FakeFleet) -> FakeFleet:
    """The memory of web01 has gone to xen-b; autostart and the definition for its next boot are only on xen-a."""
    fleet.add_host("xen-c")
    fleet.add_domain("web01", "xen-a", next_boot_xml=LATER, autostart=True)
    transfer(fleet)
    return fleet


def transfer(fleet: FakeFleet, **more: str) -> None:
    """Move the memory alone, as a client does that dies right after it."""
    uris = fleet.uris()
    parameters = {libvirt.VIR_MIGRATE_PARAM_URI: "tcp://192.0.2.12", **more}
    flags = libvirt.VIR_MIGRATE_LIVE | libvirt.VIR_MIGRATE_PERSIST_DEST
    found = libvirt.open(uris["xen-a"]).lookupByName("web01")
    found.migrate3(libvirt.open(uris["xen-b"]), parameters, flags)


def assert_whole(fleet: FakeFleet, host: str, name: str = "web01") -> None:
    assert fleet.placement() == {name: [f"{host}: running"]}
    there = fleet.domain(name, host)
    assert there["autostart"] is True
    assert there["next_boot"] == normal(LATER.replace("<name>web01<", f"<name>{name}<"))


@pytest.mark.parametrize(("to", "moved"), [("xen-b", 0), ("xen-c", 1), ("xen-a", 1)])
def test_a_rerun_finishes_what_was_begun_and_goes_on_wherever_the_domain_is_wished(
    halfway: FakeFleet, to: str, moved: int
) -> None:
    report = run(halfway, {"web01": to})
    assert [outcome.status for outcome in report.outcomes] == [Status.MOVED] * moved
    assert_whole(halfway, to)
    told = result(report, host_records(halfway.uris()))
    assert told["changed"] is True
    assert "Finished the interrupted move of web01 from xen-a to xen-b" in told["msg"]
    assert "was interrupted" in " ".join(warnings(report))
    again = run(halfway, {"web01": to})
    assert (again.outcomes, again.finished, warnings(again)) == ((), (), ())


def test_a_renamed_domain_is_known_by_its_uuid(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a", next_boot_xml=LATER, autostart=True)
    transfer(fleet, **{libvirt.VIR_MIGRATE_PARAM_DEST_NAME: "shop"})
    report = run(fleet, {"web01": "xen-b"}, new_name="shop")
    assert [found.name for found in report.settled] == ["shop"]
    assert report.settled[0].autostart is True
    assert_whole(fleet, "xen-b", "shop")


def test_check_mode_says_that_it_would_and_changes_nothing(halfway: FakeFleet) -> None:
    before = halfway.snapshot()
    report = run(halfway, {"web01": "xen-c"}, check=True)
    assert [(outcome.move.source, outcome.status) for outcome in report.outcomes] == [("xen-b", Status.PLANNED)]
    assert halfway.snapshot() == before
    assert report.planned
    assert (
        "Would finish the interrupted move of web01 from xen-a to xen-b"
        in result(report, host_records(halfway.uris()))["msg"]
    )


def test_nothing_is_finished_when_anything_speaks_against_the_moves(halfway: FakeFleet) -> None:
    halfway.set_up("xen-c", False)
    before = halfway.snapshot()
    with pytest.raises(Blocked):
        run(halfway, {"web01": "xen-c"})
    assert halfway.snapshot() == before


def test_what_a_move_left_is_not_taken_elsewhere_while_the_host_of_the_domain_is_silent(halfway: FakeFleet) -> None:
    halfway.set_up("xen-b", False)
    before = halfway.snapshot()
    with pytest.raises(Blocked, match="because of a move, and may run on xen-b") as blocked:
        run(halfway, {"web01": "xen-c"})
    assert [finding.code for finding in blocked.value.findings if finding.blocks] == ["host_unreachable"]
    assert halfway.snapshot() == before
    halfway.set_up("xen-b", True)
    run(halfway, {"web01": "xen-c"})
    assert_whole(halfway, "xen-c")


@pytest.mark.parametrize("call", ["defineXML", "setAutostart"])
def test_a_rerun_that_fails_is_told_and_the_next_converges(halfway: FakeFleet, call: str) -> None:
    halfway.fail("xen-b", call, message="disk full")
    with pytest.raises(MigrationError, match=r"interrupted move of web01 could not be finished: .*disk full"):
        run(halfway, {"web01": "xen-b"})
    run(halfway, {"web01": "xen-b"})
    assert_whole(halfway, "xen-b")


def test_a_definition_changed_at_the_destination_since_is_not_overwritten(halfway: FakeFleet) -> None:
    libvirt.open(halfway.uris()["xen-b"]).defineXML(domain_xml("web01", memory_mib=333))
    before = halfway.snapshot()
    with pytest.raises(MigrationError, match=r"changed since .* undefine it on xen-a"):
        run(halfway, {"web01": "xen-b"})
    assert halfway.snapshot() == before


def test_a_definition_changed_at_the_destination_since_and_booted_is_not_overwritten(halfway: FakeFleet) -> None:
    there = libvirt.open(halfway.uris()["xen-b"]).defineXML(domain_xml("web01", memory_mib=333))
    there.destroy()
    there.create()
    before = halfway.snapshot()
    with pytest.raises(MigrationError, match=r"was booted there since, and is not what xen-a has"):
        run(halfway, {"web01": "xen-b"})
    assert halfway.snapshot() == before


def test_a_domain_that_has_moved_on_is_not_defined_where_it_was(halfway: FakeFleet) -> None:
    (xen_a, xen_b, xen_c) = (connect(host) for host in host_records(halfway.uris()))
    hypervisors = {"xen-a": xen_a, "xen-b": xen_b, "xen-c": xen_c}
    left, arrived = (hypervisors[host].inspect(uuid_of("web01")) for host in ("xen-a", "xen-b"))
    assert left is not None
    assert arrived is not None
    run(halfway, {"web01": "xen-c"})  # another run finishes that move, and makes the next
    with pytest.raises(MigrationError, match="it is not there any more"):
        finish(Unfinished(left, arrived), hypervisors)
    assert_whole(halfway, "xen-c")


def test_without_libvirts_word_it_stays_ambiguous(halfway: FakeFleet) -> None:
    records: Any = halfway.snapshot()["xen-a"]
    records["domains"][uuid_of("web01")]["reason"] = libvirt.VIR_DOMAIN_SHUTOFF_UNKNOWN  # its daemon was restarted
    halfway.change_host("xen-a", domains=records["domains"])
    with pytest.raises(Blocked, match="virsh domstate --reason"):
        run(halfway, {"web01": "xen-b"})


@pytest.mark.parametrize(
    ("copies", "unfinished"),
    [
        ([shut_off(**GONE), domain(host="xen-b")], True),
        ([domain(host="xen-b", state=State.PAUSED), shut_off(**GONE)], True),
        ([shut_off(), domain(host="xen-b")], False),
        ([shut_off(**GONE), domain(host="xen-b", job=True)], False),
        ([shut_off(**GONE), domain(host="xen-b", state=State.CRASHED)], False),
        ([shut_off(**GONE), shut_off(host="xen-b")], False),
        ([domain(), domain(host="xen-b")], False),
        ([shut_off(**GONE), domain(host="xen-b"), shut_off(host="xen-c", **GONE)], False),
        ([domain(host="xen-b")], False),
    ],
)
def test_only_two_copies_of_which_libvirt_says_that_one_became_the_other_are_ends_of_a_move(
    copies: list[Any], unfinished: bool
) -> None:
    assert (judge(copies) is not None) is unfinished
