# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole task on the fake libvirt: many domains, check mode, and what keeps anything from being touched."""

from __future__ import annotations

import libvirt
import pytest
from fleet import FakeFleet, domain_xml
from running import run

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import Blocked
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Status

CHANGING = ["migrate3", "defineXML", "defineXMLFlags", "undefine", "undefineFlags", "setAutostart", "create", "destroy"]


def changes(fleet: FakeFleet) -> int:
    return sum(fleet.calls(call) for call in CHANGING)


def codes(blocked: pytest.ExceptionInfo[Blocked]) -> list[str]:
    return [finding.code for finding in blocked.value.findings if finding.blocks]


@pytest.fixture
def exchange(fleet: FakeFleet) -> FakeFleet:
    """Two domains that are to change places, and room for one more on xen-a only."""
    fleet.add_domain("web01", "xen-a", xml=domain_xml("web01", memory_mib=1024))
    fleet.add_domain("db01", "xen-b", xml=domain_xml("db01", memory_mib=1024))
    fleet.change_host("xen-b", memory_kib=2000 * 1024)
    return fleet


def test_domains_change_places_in_the_order_that_fits(exchange: FakeFleet) -> None:
    report = run(exchange, {"web01": "xen-b", "db01": "xen-a"})
    assert [outcome.move.domain.name for outcome in report.outcomes] == ["db01", "web01"]
    assert [outcome.status for outcome in report.outcomes] == [Status.MOVED, Status.MOVED]
    assert exchange.placement() == {"web01": ["xen-b: running"], "db01": ["xen-a: running"]}


def test_the_check_says_what_the_run_does_and_changes_nothing(exchange: FakeFleet) -> None:
    before = exchange.snapshot()
    planned = run(exchange, {"web01": "xen-b", "db01": "xen-a"}, check=True)
    assert {outcome.status for outcome in planned.outcomes} == {Status.PLANNED}
    assert exchange.snapshot() == before
    assert changes(exchange) == 0
    done = run(exchange, {"web01": "xen-b", "db01": "xen-a"})
    moves = [[(o.move.domain.name, o.move.source, o.move.destination, o.move.live, o.move.address) for o in report.outcomes]
             for report in (planned, done)]  # fmt: skip
    assert moves[0] == moves[1]


def test_domains_without_room_for_any_order_are_not_touched(exchange: FakeFleet) -> None:
    exchange.change_host("xen-a", memory_kib=2000 * 1024)
    with pytest.raises(Blocked) as blocked:
        run(exchange, {"web01": "xen-b", "db01": "xen-a"})
    assert codes(blocked) == ["memory_short"]
    assert changes(exchange) == 0


def test_one_bad_domain_keeps_all_from_being_touched(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    fleet.add_domain("db01", "xen-a", state="crashed")
    with pytest.raises(Blocked, match="Nothing was moved"):
        run(fleet, {"web01": "xen-b", "db01": "xen-b"})
    assert changes(fleet) == 0


def test_a_stale_definition_at_the_destination_blocks(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    fleet.add_domain("web01", "xen-b", state="shut off")
    with pytest.raises(Blocked) as blocked:
        run(fleet, {"web01": "xen-b"})
    assert codes(blocked) == ["domain_ambiguous"]
    assert changes(fleet) == 0


def test_the_control_domain_is_not_moved(fleet: FakeFleet) -> None:
    with pytest.raises(Blocked) as blocked:
        run(fleet, {"Domain-0": "xen-b"})
    assert codes(blocked) == ["control_domain"]


def test_a_host_device_blocks(fleet: FakeFleet) -> None:
    device = "<hostdev mode='subsystem' type='pci' managed='yes'><source/></hostdev>"
    fleet.add_domain("web01", "xen-a", xml=domain_xml("web01", devices=device))
    with pytest.raises(Blocked) as blocked:
        run(fleet, {"web01": "xen-b"})
    assert codes(blocked) == ["host_devices"]


def test_a_libvirt_that_believes_in_a_failed_move_blocks(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a", state="migrating")
    with pytest.raises(Blocked, match="xen_domain_recover mends that"):
        run(fleet, {"web01": "xen-b"})


def test_a_silent_destination_blocks(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    fleet.set_up("xen-b", False)
    with pytest.raises(Blocked) as blocked:
        run(fleet, {"web01": "xen-b"})
    assert codes(blocked) == ["host_unreachable"]
    assert "xen-b could not be reached at xen+ssh://root@192.0.2.12/system" in str(blocked.value)


def test_a_silent_host_that_nobody_needs_is_a_warning(fleet: FakeFleet) -> None:
    fleet.add_host("xen-c")
    fleet.set_up("xen-c", False)
    fleet.add_domain("web01", "xen-a")
    report = run(fleet, {"web01": "xen-b"})
    assert [outcome.status for outcome in report.outcomes] == [Status.MOVED]
    assert len([text for text in report.warnings if "xen-c" in text]) == 1


def test_looking_at_a_fleet_takes_no_more_calls_for_more_domains(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    run(fleet, {"web01": "xen-a"})
    few = fleet.all_calls()
    for number in range(20):
        fleet.add_domain(f"other{number}", "xen-b", xml=domain_xml(f"other{number}", memory_mib=16))
    run(fleet, {"web01": "xen-a"})
    assert fleet.all_calls() == 2 * few


def test_every_connection_is_closed_again(fleet: FakeFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[libvirt.virConnect] = []

    def close(self: libvirt.virConnect) -> int:
        closed.append(self)
        return 0

    monkeypatch.setattr(libvirt.virConnect, "close", close)
    fleet.add_domain("web01", "xen-a")
    with pytest.raises(Blocked):
        run(fleet, {"nobody": "xen-b"})
    assert len(closed) == 2
