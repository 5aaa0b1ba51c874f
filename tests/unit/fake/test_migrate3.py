# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fake's migration does what is known of libvirt's Xen driver."""

from __future__ import annotations

from typing import Any

import libvirt
import pytest
from fleet import FakeFleet, domain_xml, uuid_of

THERE = {"migrate_uri": "tcp://192.0.2.12"}
LIVE, PERSIST, UNDEFINE, PAUSED = 1, 8, 16, 32


def migrate(fleet: FakeFleet, parameters: dict[str, Any] | None = None, flags: int = LIVE, name: str = "web01") -> Any:
    source, destination = (libvirt.open(uri) for uri in fleet.uris().values())
    return source.lookupByName(name).migrate3(destination, THERE if parameters is None else parameters, flags)


REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "a bandwidth": ({**THERE, "bandwidth": 0}, LIVE, "parameter 'bandwidth' not supported"),
    "another flag": (THERE, LIVE | 512, "unsupported flags"),
    "no address, where the name means loopback": ({}, LIVE, "127.0.1.1:49152': Connection refused"),
    "an address of another machine": ({"migrate_uri": "tcp://192.0.2.99"}, LIVE, "incoming migration"),
}


def test_no_domain_moves_over_ipv6(fleet: FakeFleet) -> None:
    fleet.change_host("xen-b", addresses=["2001:db8::12/64"])
    fleet.add_domain("web01", "xen-a")
    with pytest.raises(libvirt.libvirtError, match="Unable to parse URI tcp://2001:db8::12:49152"):
        migrate(fleet, {"migrate_uri": "tcp://[2001:db8::12]"})


@pytest.mark.parametrize(("parameters", "flags", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_refused_is(fleet: FakeFleet, parameters: dict[str, Any], flags: int, message: str) -> None:
    fleet.add_domain("web01", "xen-a")
    before = fleet.snapshot()
    with pytest.raises(libvirt.libvirtError, match=message):
        migrate(fleet, parameters, flags)
    assert fleet.snapshot() == before


def test_domain_0_and_shut_off_domains_do_not_move(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a", state="shut off")
    with pytest.raises(libvirt.libvirtError, match="Domain-0 cannot be migrated"):
        migrate(fleet, name="Domain-0")
    with pytest.raises(libvirt.libvirtError, match="domain is not running"):
        migrate(fleet)


def test_too_little_memory_leaves_the_source_running(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    fleet.change_host("xen-b", memory_kib=600 * 1024)
    with pytest.raises(libvirt.libvirtError, match="Failed to send migration data"):
        migrate(fleet)
    assert fleet.placement() == {"web01": ["xen-a: running"]}


def test_pv_without_shadow_paging_moves_only_when_it_is_not_live(fleet: FakeFleet) -> None:
    fleet.change_host("xen-a", virt_caps=["hap"])
    fleet.add_domain("web01", "xen-a", xml=domain_xml("web01", kind="pv"))
    with pytest.raises(libvirt.libvirtError, match="Failed to send migration data to destination host"):
        migrate(fleet)
    migrate(fleet, flags=0)
    assert fleet.placement() == {"web01": ["xen-a: shut off", "xen-b: running"]}


CLASHES = {
    "another domain of that name": ("web01", "11111111-1111-1111-1111-111111111111", "running", "already exists"),
    "that domain under another name": ("other", None, "shut off", "already defined"),
    "that domain, running": ("web01", None, "running", "already active"),
}


@pytest.mark.parametrize(("name", "uuid", "state", "message"), CLASHES.values(), ids=CLASHES.keys())
def test_the_destination_may_not_have(fleet: FakeFleet, name: str, uuid: str | None, state: str, message: str) -> None:
    fleet.add_domain("web01", "xen-a")
    xml = (
        domain_xml("web01").replace("<name>web01", f"<name>{name}").replace(uuid_of("web01"), uuid or uuid_of("web01"))
    )
    fleet.add_domain(name, "xen-b", xml=xml, state=state)
    with pytest.raises(libvirt.libvirtError, match=message):
        migrate(fleet)


def test_a_shut_off_copy_is_made_active_and_keeps_its_definition(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    fleet.add_domain("web01", "xen-b", xml=domain_xml("web01", memory_mib=64), state="shut off")
    before = fleet.kept("web01", "xen-b")
    migrate(fleet, flags=LIVE | PERSIST | UNDEFINE)
    assert fleet.placement() == {"web01": ["xen-b: running"]}
    assert fleet.kept("web01", "xen-b") == before


def test_libvirt_by_itself_loses_pending_changes_and_autostart(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a", next_boot_xml=domain_xml("web01", memory_mib=512), autostart=True)
    migrate(fleet, flags=LIVE | PERSIST | UNDEFINE)
    arrived = fleet.domain("web01", "xen-b")
    assert ("512" in str(arrived["next_boot"]), arrived["autostart"]) == (False, False)


def test_the_new_domain_is_on_the_destination_connection_with_new_id_and_cpu_time(fleet: FakeFleet) -> None:
    fleet.add_domain("other", "xen-b")
    fleet.add_domain("web01", "xen-a")
    new = migrate(fleet, {**THERE, "destination_name": "www"}, LIVE | PAUSED)
    assert (new.name(), new.ID(), new.connect().getHostname()) == ("www", 2, "xen-b")
    assert (new.state()[0], new.info()[4]) == (libvirt.VIR_DOMAIN_PAUSED, 0)


def test_cpu_time_goes_on_in_running_domains_only(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    domain = libvirt.open(fleet.uris()["xen-a"]).lookupByName("web01")
    assert domain.info()[4] < domain.info()[4]
    domain.suspend()
    assert domain.info()[4] == domain.info()[4]
    domain.resume()
    assert domain.info()[4] < domain.info()[4]
