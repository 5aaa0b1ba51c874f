# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the adapter reads of a host: every part, and every part that is refused."""

from __future__ import annotations

from typing import Any

import libvirt
import pytest
from fleet import FakeFleet
from shell import run_here

from ansible_collections.xenfleet.migration.plugins.module_utils._core.description import Description, Network, Pool
from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import HypervisorError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Host, Kind
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.host_description import version
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.xen_host import XenHost, connector

NETWORKS = [
    {"name": "isolated", "active": False, "bridge": "virbr1"},
    {"name": "direct", "active": True, "bridge": None},
]
POOLS = [
    {"name": "images", "active": True, "capacity": 1000, "allocation": 400},
    {"name": "archive", "active": False, "capacity": 1000, "allocation": 400},
]

REFUSED = {
    "getVersion": {"xen_version"},
    "getLibVersion": {"libvirt_version"},
    "getCapabilities": {"cpu_model", "cpu_vendor", "kinds"},
    "getInfo": {"memory_total_kib"},
    "lookupByID": {"memory_dom0_kib"},
    "listAllNetworks": {"networks"},
    "virNetwork.isActive": {"networks"},
    "listAllStoragePools": {"pools"},
}


def xen_a(fleet: FakeFleet, **changes: Any) -> XenHost:
    fleet.change_host("xen-a", networks=NETWORKS, pools=POOLS, **changes)
    return connector(run_here, read_only=True)(Host("xen-a", fleet.uris()["xen-a"]))


def test_a_host_tells_what_it_is_like(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    assert xen_a(fleet).description() == Description(
        xen_version="4.17.0",
        libvirt_version="9.0.0",
        cpu_model="EPYC",
        cpu_vendor="AMD",
        kinds=frozenset(Kind),
        memory_total_kib=4096 * 1024,
        memory_dom0_kib=512 * 1024,
        networks=(Network("direct", True, None), Network("isolated", False, "virbr1")),
        pools=(Pool("archive", False), Pool("images", True, 1000, 600)),
    )


@pytest.mark.parametrize(("call", "parts"), REFUSED.items())
def test_what_is_refused_is_all_that_is_missing(fleet: FakeFleet, call: str, parts: set[str]) -> None:
    fleet.fail("xen-a", call)
    told = vars(xen_a(fleet).description())
    assert {part for part, value in told.items() if value is None} == parts


def test_a_pool_that_refuses_its_sizes_is_still_told_of(fleet: FakeFleet) -> None:
    fleet.fail("xen-a", "virStoragePool.info")
    assert xen_a(fleet).description().pools == (Pool("archive", False), Pool("images", True))


def test_a_processor_that_libvirt_has_no_model_for_has_none(fleet: FakeFleet) -> None:
    told = xen_a(fleet, cpu=None, guests=["xen", "exe"]).description()
    assert (told.cpu_model, told.cpu_vendor, told.kinds) == (None, None, frozenset({Kind.PV}))


def test_capabilities_that_are_no_xml_tell_nothing(fleet: FakeFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libvirt.virConnect, "getCapabilities", lambda _self: "<capabilities>")
    assert xen_a(fleet).description().kinds is None


def test_a_connection_that_dies_meanwhile_is_no_refusal(fleet: FakeFleet) -> None:
    fleet.fail("xen-a", "getInfo", then_down=["xen-a"])
    with pytest.raises(HypervisorError, match="Host xen-a could not describe itself: the connection was lost"):
        xen_a(fleet).description()


@pytest.mark.parametrize(("number", "text"), [(4_017_000, "4.17.0"), (11_003_000, "11.3.0"), (9_000_012, "9.0.12")])
def test_a_version_reads_as_people_write_it(number: int, text: str) -> None:
    assert version(number) == text
