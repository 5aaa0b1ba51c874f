# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fake's move that the source's daemon makes itself does what is known of libvirt's Xen driver."""

from __future__ import annotations

from typing import Any

import libvirt
import pytest
from fleet import FakeFleet, domain_xml, uuid_of

LIVE, PEER2PEER, TUNNELLED, PERSIST = 1, 2, 4, 8
TUNNEL = LIVE | PEER2PEER | TUNNELLED
THERE = "xen+ssh://root@192.0.2.12/system"


def migrate(fleet: FakeFleet, uri: str = THERE, flags: int = TUNNEL, parameters: dict[str, Any] | None = None) -> Any:
    source = libvirt.open(fleet.uris()["xen-a"])
    return source.lookupByName("web01").migrateToURI3(uri, parameters or {}, flags)


def test_it_returns_no_domain(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    assert migrate(fleet, flags=TUNNEL | PERSIST) == 0
    assert fleet.placement() == {"web01": ["xen-a: shut off", "xen-b: running"]}


def test_a_name_and_an_address_may_be_given_and_only_the_name_means_anything(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a", persistent=False)
    migrate(fleet, parameters={"destination_name": "www", "migrate_uri": "tcp://192.0.2.99"})
    assert fleet.placement() == {"www": ["xen-b: running"]}


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no peer-to-peer": ({"flags": LIVE}, "direct migration is not supported by this connection driver"),
    "a bandwidth": ({"parameters": {"bandwidth": 1}}, "parameter 'bandwidth' not supported"),
    "another flag": ({"flags": TUNNEL | 512}, "unsupported flags"),
    "this host": ({"uri": "xen+ssh://localhost/system"}, "unable to parse server"),
    "no host": ({"uri": ""}, "unable to parse server"),
    "a host that isn't there": ({"uri": "xen+ssh://192.0.2.99/system"}, "Failed to connect to remote libvirt URI"),
    "not tunnelled, over IPv4 without an address": (
        {"flags": LIVE | PEER2PEER},
        "127.0.1.1:49152': Connection refused",
    ),
}


@pytest.mark.parametrize(("how", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_refused_is(fleet: FakeFleet, how: dict[str, Any], message: str) -> None:
    fleet.add_domain("web01", "xen-a")
    before = fleet.snapshot()
    with pytest.raises(libvirt.libvirtError, match=message):
        migrate(fleet, **how)
    assert fleet.snapshot() == before


def test_a_source_whose_root_is_a_stranger_there_has_begun_nothing(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    fleet.change_host("xen-a", strangers={"192.0.2.12": "Permission denied"})
    before = fleet.snapshot()
    with pytest.raises(libvirt.libvirtError, match=r"Failed to connect to remote libvirt URI .*: Permission denied"):
        migrate(fleet)
    assert fleet.snapshot() == before


STATES = {
    9_000_000: [libvirt.VIR_DOMAIN_PAUSED, libvirt.VIR_DOMAIN_PAUSED_MIGRATION],
    11_003_000: [libvirt.VIR_DOMAIN_RUNNING, libvirt.VIR_DOMAIN_RUNNING_BOOTED],
}


@pytest.mark.parametrize(("version", "state"), STATES.items())
def test_what_the_destination_refuses_runs_on_and_an_old_libvirt_believes_it_paused(
    fleet: FakeFleet, version: int, state: list[int]
) -> None:
    fleet.change_host("xen-a", libvirt_version=version)
    fleet.add_domain("web01", "xen-a")
    another = domain_xml("web01").replace(uuid_of("web01"), "11111111-1111-1111-1111-111111111111")
    fleet.add_domain("web01", "xen-b", xml=another)
    with pytest.raises(libvirt.libvirtError, match="already exists"):
        migrate(fleet)
    domain = libvirt.open(fleet.uris()["xen-a"]).lookupByName("web01")
    assert domain.state() == state
    assert domain.info()[4] < domain.info()[4]
