# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Preflight on real hosts: each finding where its fault was prepared, and none where all is well."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import libvirt
import pytest

from tests.support.lab import Lab
from tests.support.playbooks import Playbooks

WELL = {"plain_transport": "informs"}
HOST_DEVICE = (
    "<hostdev mode='subsystem' type='pci' managed='yes'>"
    "<source><address domain='0x0000' bus='0x00' slot='0x02' function='0x0'/></source></hostdev>"
)


def found(
    lab: Lab,
    playbooks: Playbooks,
    name: str,
    to: str,
    source: str = "xen-a",
    records: Mapping[str, Any] | None = None,
    **wish: Any,
) -> dict[str, str]:
    """Return the findings of a check, code to severity; all the hosts that matter are looked at before and after.

    ``records`` are those of hosts about which more is to be said than how the lab reaches them.
    """
    hosts = lab.hosts(source, to)
    before = {host: lab.names(host) for host in hosts}
    result = playbooks.check(name=name, host=to, hosts={**hosts, **(records or {})}, **wish).result
    assert {host: lab.names(host) for host in hosts} == before
    findings: list[dict[str, Any]] = result["findings"]
    assert "host_unreachable" not in [finding["code"] for finding in findings], result["msg"]
    assert result["ready"] == all(finding["severity"] != "blocks" for finding in findings)
    assert [finding["message"] for finding in findings if not finding["message"].endswith(".")] == []
    return {finding["code"]: finding["severity"] for finding in findings}


def define_variant(lab: Lab, host: str, of: str, name: str, **changes: str) -> None:
    """Define a domain like another one, shut off, with parts of its XML changed."""
    with lab.domain(host, of) as likeness:
        xml = likeness.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
        xml = re.sub("<uuid>.*?</uuid>", f"<uuid>{uuid.uuid4()}</uuid>", xml)
        xml = xml.replace(f"<name>{of}</name>", f"<name>{name}</name>")
        for old, new in changes.items():
            assert re.search(old, xml), old
            xml = re.sub(old, new, xml)
        likeness.connect().defineXML(xml)


@pytest.fixture
def closed_way(lab: Lab) -> Iterator[Callable[[], str]]:
    """Have xen-a find no way to xen-b, as with a firewall that rejects; open again afterwards."""
    lab.xenlab("ssh", "xen-a", "ip route replace 10.77.0.12/32 dev xenbr0")
    yield lambda: lab.xenlab("ssh", "xen-a", "ip route replace unreachable 10.77.0.12/32")
    lab.xenlab("ssh", "xen-a", "ip route del 10.77.0.12/32")


def test_each_fault_is_found_and_nothing_else(
    lab: Lab, guests: Callable[..., None], playbooks: Playbooks, closed_way: Callable[[], str]
) -> None:
    """On Debian 12, with a disk that both hosts share."""
    guests("well", options=("--disk", "shared", "--autostart"))
    assert found(lab, playbooks, "well", "xen-b") == WELL

    define_variant(lab, "xen-a", "well", "no-bridge", **{"bridge='xenbr0'": "bridge='br-none'"})
    assert found(lab, playbooks, "no-bridge", "xen-b") == {"bridge_missing": "warns"}
    apart = {
        "<interface type='bridge'>": "<interface type='network'>",
        "<source bridge='xenbr0'/>": "<source network='apart'/>",
    }
    define_variant(lab, "xen-a", "well", "no-network", **apart)
    assert found(lab, playbooks, "no-network", "xen-b") == {"network_missing": "warns"}
    define_variant(lab, "xen-a", "well", "a-device", **{"</devices>": f"{HOST_DEVICE}</devices>"})
    assert found(lab, playbooks, "a-device", "xen-b") == {"host_devices": "blocks"}
    define_variant(lab, "xen-a", "well", "no-disk", **{"<source dev='[^']*'": "<source dev='/dev/none'"})
    assert found(lab, playbooks, "no-disk", "xen-b") == {"storage_missing": "warns"}
    lab.xenlab("ssh", "xen-b", "dd if=/dev/zero of=/root/image bs=4096 count=1 status=none")
    lab.xenlab("ssh", "xen-a", "dd if=/dev/zero of=/root/image bs=4096 count=1 status=none")
    exclusive = {"<shareable/>": ""}
    define_variant(lab, "xen-a", "well", "same-disk", **exclusive)
    assert found(lab, playbooks, "same-disk", "xen-b") == {}
    define_variant(
        lab, "xen-a", "well", "own-disk", **exclusive, **{"<source dev='[^']*'": "<source dev='/root/image'"}
    )
    assert found(lab, playbooks, "own-disk", "xen-b") == {"storage_not_shared": "warns"}

    closed_way()
    assert found(lab, playbooks, "well", "xen-b") == {**WELL, "ports_unreachable": "blocks"}


def xl_create(lab: Lab, host: str, name: str, more: str = "") -> None:
    """Have Xen make a domain that doesn't run yet, by xl: libvirt doesn't see it."""
    config = (
        f"name='{name}'; {more} type='pvh'; memory=128; vcpus=1; kernel='/var/lib/xenlab/vmlinux'; on_crash='preserve'"
    )
    lab.xenlab("ssh", host, f'xl create -p /dev/null "{config}"')


def kept_from_leaving(playbooks: Playbooks, hosts: Mapping[str, str], host: str) -> list[tuple[str, str]]:
    """Return why a host can't be emptied: domains and codes. None of them moves, and none is left where it can be."""
    result = playbooks.start(module="xen_host_drain", host=host, hosts=hosts).end().result
    assert (result.get("failed", False), result["changed"]) == (bool(result["blocked"]), False), result["msg"]
    assert (f"{host} is drained. Nothing to do." == result["msg"]) == (not result["blocked"])
    return [(one["domain"], one["code"]) for one in result["blocked"]]


def test_a_domain_that_xl_started_is_found_although_libvirt_does_not_know_it(
    lab: Lab, guests: Callable[..., None], playbooks: Playbooks
) -> None:
    """A host that has one is not empty."""
    guests("known")
    hosts = lab.hosts("xen-a", "xen-b")
    xl_create(lab, "xen-b", "stray")
    try:
        codes = found(lab, playbooks, "stray", "xen-a", source="xen-b")
        kept = kept_from_leaving(playbooks, hosts, "xen-b")
    finally:
        lab.xenlab("ssh", "xen-b", "xl destroy stray")
    assert codes == {"domain_missing": "blocks", "outside_libvirt": "blocks"}
    assert kept == [("stray", "outside_libvirt")]
    assert kept_from_leaving(playbooks, hosts, "xen-b") == []


def test_a_domain_that_libvirt_takes_for_shut_off_stays_where_xen_has_it(
    lab: Lab, guests: Callable[..., None], playbooks: Playbooks
) -> None:
    """Its definition would leave the host, and the guest would not."""
    guests("lost", options=("--inactive",))
    with lab.domain("xen-a", "lost") as known:
        uuid_of_it = known.UUIDString()
    xl_create(lab, "xen-a", "lost", f"uuid='{uuid_of_it}';")
    try:
        codes = found(lab, playbooks, "lost", "xen-b")
        kept = kept_from_leaving(playbooks, lab.hosts("xen-a", "xen-b"), "xen-a")
    finally:
        lab.xenlab("ssh", "xen-a", "xl destroy lost")
    assert codes == {"domain_state": "blocks"}
    assert kept == [("lost", "domain_state")]
    assert found(lab, playbooks, "lost", "xen-b") == {}
