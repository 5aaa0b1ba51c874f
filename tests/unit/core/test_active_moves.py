# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moves of active domains on the fake libvirt: what the domain was, it stays."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import libvirt
import pytest
from fleet import FakeFleet, domain_xml
from running import run, run_one

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import Blocked
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import State, Status

SECRET = "<graphics type='vnc' passwd='hunter2'/>"
METADATA = "<title>A shop</title><metadata><shop xmlns='urn:x'>1</shop></metadata>"


def test_a_running_domain_runs_at_its_destination_and_only_there(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    outcome = run_one(fleet)
    assert (outcome.status, outcome.error, outcome.warnings) == (Status.MOVED, None, ())
    assert fleet.placement() == {"web01": ["xen-b: running"]}


def test_the_outcome_shows_the_domain_as_the_destination_does(fleet: FakeFleet) -> None:
    fleet.add_domain("other", "xen-b")
    fleet.add_domain("web01", "xen-a", autostart=True)
    found = run_one(fleet).domain
    assert found is not None
    assert (found.host, found.id, found.state) == ("xen-b", 2, State.RUNNING)
    assert (found.persistent, found.autostart) == (True, True)


def test_a_second_run_changes_nothing(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    run_one(fleet)
    before = fleet.snapshot()
    report = run(fleet, {"web01": "xen-b"})
    assert (report.outcomes, [found.name for found in report.settled]) == ((), ["web01"])
    assert fleet.snapshot() == before


def test_the_definition_arrives_with_its_pending_changes_metadata_secrets_and_autostart(fleet: FakeFleet) -> None:
    now = domain_xml("web01", memory_mib=256, devices=SECRET, more=METADATA)
    later = domain_xml("web01", memory_mib=512, devices=SECRET, more=METADATA)
    fleet.add_domain("web01", "xen-a", xml=now, next_boot_xml=later, autostart=True)
    before = fleet.domain("web01", "xen-a")
    assert run_one(fleet).status is Status.MOVED
    after = fleet.domain("web01", "xen-b")
    assert (after["next_boot"], after["autostart"]) == (before["next_boot"], True)
    assert "hunter2" in str(after["next_boot"])


RAN = domain_xml("web01")
LATER = domain_xml("web01", memory_mib=512)
OTHER = domain_xml("web01", memory_mib=64, devices=SECRET, more="<title>by hand</title>")

# what it has; whether it autostarts at its source; the definition at the destination, and its autostart; what of that is lost
BY_HAND: dict[str, tuple[bool, str, bool, str | None]] = {
    "more, and another memory": (
        True,
        OTHER,
        False,
        "/currentMemory/text(); /devices/graphics; /memory/text(); /title",
    ),
    "what runs": (True, RAN, False, None),
    "what the domain is to be at its next boot": (True, LATER, False, None),
    "autostart": (False, RAN, True, "autostart"),
    "autostart, as the source has": (True, RAN, True, None),
}


@pytest.mark.parametrize(("autostart", "xml", "starts_there", "lost"), BY_HAND.values(), ids=BY_HAND)
def test_what_is_lost_is_told_of_a_definition_that_somebody_made_at_the_destination_meanwhile_which_has(
    fleet: FakeFleet, autostart: bool, xml: str, starts_there: bool, lost: str | None
) -> None:
    fleet.add_domain("web01", "xen-a", next_boot_xml=LATER, autostart=autostart)
    before = fleet.kept("web01", "xen-a")
    with ThreadPoolExecutor() as pool, fleet.hold("migrate3") as call:
        moved = pool.submit(run_one, fleet)
        call.wait()
        libvirt.open(fleet.uris()["xen-b"]).defineXML(xml).setAutostart(int(starts_there))
        call.let_go()
        outcome = moved.result()
    assert (outcome.status, outcome.error) == (Status.MOVED, None)
    told = f"replaced by what xen-a had, and this of it is lost: {lost}."
    assert [told in warning for warning in outcome.warnings] == [True] * (lost is not None)
    assert "hunter2" not in repr(outcome)
    assert fleet.kept("web01", "xen-b") == before


def test_no_secret_is_in_the_outcome(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a", xml=domain_xml("web01", devices=SECRET))
    assert "hunter2" not in repr(run_one(fleet))


def test_a_transient_domain_moves_also_where_it_can_t_be_noted_that_it_ran(fleet: FakeFleet) -> None:
    fleet.change_host("xen-a", libvirt_version=9_000_000)
    fleet.add_domain("web01", "xen-a", persistent=False)
    fleet.fail("xen-a", "setMetadata", message="not supported", times=9)
    assert run_one(fleet).status is Status.MOVED
    assert fleet.placement() == {"web01": ["xen-b: running"]}


def test_a_transient_domain_stays_transient(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a", persistent=False)
    assert run_one(fleet).status is Status.MOVED
    assert fleet.placement() == {"web01": ["xen-b: running"]}
    assert fleet.domain("web01", "xen-b")["next_boot"] is None


@pytest.mark.parametrize("live", [True, False])
def test_a_paused_domain_stays_paused(fleet: FakeFleet, live: bool) -> None:
    fleet.add_domain("web01", "xen-a", state="paused")
    assert run_one(fleet, live=live).status is Status.MOVED
    assert fleet.placement() == {"web01": ["xen-b: paused"]}


def test_a_paused_pv_domain_moves_although_its_host_has_no_shadow_paging(fleet: FakeFleet) -> None:
    fleet.change_host("xen-a", virt_caps=["pv", "hvm", "hap"])
    fleet.add_domain("web01", "xen-a", xml=domain_xml("web01", kind="pv"), state="paused")
    outcome = run_one(fleet)
    assert (outcome.error, outcome.move.live) == (None, False)
    assert fleet.placement() == {"web01": ["xen-b: paused"]}


def test_a_running_pv_domain_without_shadow_paging_moves_when_it_need_not_be_live(fleet: FakeFleet) -> None:
    fleet.change_host("xen-a", virt_caps=["pv", "hvm", "hap"])
    fleet.add_domain("web01", "xen-a", xml=domain_xml("web01", kind="pv"))
    with pytest.raises(Blocked, match="web01 can't be moved live: Xen on xen-a has no shadow paging"):
        run_one(fleet)
    assert fleet.placement() == {"web01": ["xen-a: running"]}
    assert run_one(fleet, live=False).status is Status.MOVED


@pytest.mark.parametrize("state", ["running", "paused"])
@pytest.mark.parametrize("persistent", [True, False])
def test_a_domain_takes_its_new_name_with_it(fleet: FakeFleet, state: str, persistent: bool) -> None:
    fleet.add_domain("web01", "xen-a", state=state, persistent=persistent)
    assert run_one(fleet, new_name="www").status is Status.MOVED
    assert fleet.placement() == {"www": [f"xen-b: {state}"]}
    (again,) = run(fleet, {"web01": "xen-b"}, new_name="www").settled
    assert again.name == "www"


def test_memory_takes_an_address_that_is_reached_although_the_hostname_means_loopback(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    outcome = run_one(fleet)
    assert (outcome.status, outcome.move.address) == (Status.MOVED, "192.0.2.12")


def test_hosts_reached_over_ipv6_send_memory_over_ipv4(fleet: FakeFleet) -> None:
    for number, name in enumerate(["xen-c", "xen-d"], start=1):
        fleet.add_host(name, addresses=[f"2001:db8::{number}/64", f"198.51.100.{number}/24"])
        fleet.change_host(name, address=f"2001:db8::{number}")
    fleet.add_domain("web01", "xen-c")
    outcome = run_one(fleet, to="xen-d")
    assert (outcome.error, outcome.move.address) == (None, "198.51.100.2")


def test_memory_of_the_control_domain_makes_room_where_xen_may_take_it(fleet: FakeFleet) -> None:
    fleet.add_host("xen-c", memory_mib=1024, dom0_mib=1024, dom0_max_mib=1500)
    fleet.add_domain("web01", "xen-a")
    assert run_one(fleet, to="xen-c").status is Status.MOVED
