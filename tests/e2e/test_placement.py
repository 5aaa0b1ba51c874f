# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shut off domains, exchanges, and requests that must not touch anything, on real Xen hosts."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.lab import Copy, Lab, open_patiently
from tests.support.playbooks import Playbooks, blocking

Guests = Callable[..., None]


def test_a_shut_off_domain_moves_with_its_definition_and_autostart(
    lab: Lab, guests: Guests, playbooks: Playbooks
) -> None:
    """And can be started where it is now."""
    guests("asleep", options=("--inactive", "--autostart"))
    before = lab.copy("xen-a", "asleep")
    wish: dict[str, Any] = {"name": "asleep", "host": "xen-b", "hosts": lab.hosts("xen-a", "xen-b")}
    moved = playbooks.migrate(**wish)
    assert (moved.result["changed"], moved.result["domains"]["asleep"]["state"]) == (True, "shut off")
    assert lab.copy("xen-a", "asleep") is None
    assert lab.copy("xen-b", "asleep") == before
    assert playbooks.migrate(**wish).changed == 0
    with lab.domain("xen-b", "asleep") as found:
        found.create()
        assert found.isActive()


def fill_up(lab: Lab, host: str, leave_mib: int) -> int:
    """Return the memory in MiB for a guest that leaves this much free on the host."""
    connection = open_patiently(lab.uris[host])
    try:
        free: int = connection.getFreeMemory()
        return free // 1024**2 - leave_mib
    finally:
        connection.close()


def test_domains_change_places_where_an_order_fits_and_nothing_moves_where_none_does(
    lab: Lab, guests: Guests, playbooks: Playbooks
) -> None:
    """xen-b has room for the domain from xen-a only once its own has left; then xen-a is filled up, too."""
    guests("from-a", host="xen-a")
    guests("from-b", host="xen-b")
    guests("ballast-b", host="xen-b", options=("--no-wait", "--memory", str(fill_up(lab, "xen-b", leave_mib=100))))
    hosts = lab.hosts("xen-a", "xen-b")
    run = playbooks.migrate(placement={"from-a": "xen-b", "from-b": "xen-a"}, hosts=hosts)
    assert run.result.get("failed") is not True, run.result
    assert [move["domain"] for move in run.result["moves"]] == ["from-b", "from-a"]
    assert {name: record["host"] for name, record in run.result["domains"].items()} == {
        "from-a": "xen-b",
        "from-b": "xen-a",
    }

    guests("ballast-a", host="xen-a", options=("--no-wait", "--memory", str(fill_up(lab, "xen-a", leave_mib=60))))
    back = playbooks.migrate(placement={"from-a": "xen-a", "from-b": "xen-b"}, hosts=hosts).result
    assert blocking(back) == ["memory_short"]
    assert [word for word in ("from-a", "from-b", "xen-a", "xen-b", "MiB") if word not in back["msg"]] == []
    assert lab.names("xen-a") == {"from-b", "ballast-a"}
    assert lab.names("xen-b") == {"from-a", "ballast-b"}


NOWHERE = "xen+ssh://root@127.0.0.1:1/system"

REFUSALS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a domain that is nowhere": ({"name": "ghost", "host": "xen-b"}, ["ghost", "was not found on xen-a, xen-b"]),
    "the control domain": ({"name": "Domain-0", "host": "xen-b"}, ["Domain-0", "can't be moved"]),
    "an unknown host": ({"name": "stays", "host": "xen-z"}, ["stays", "xen-z", "xen-a, xen-b"]),
    "a domain on two hosts": ({"name": "double", "host": "xen-b"}, ["double", "xen-a", "xen-b", "more than once"]),
}


def define_stranger(lab: Lab, host: str, likeness: Copy | None) -> None:
    """Define another domain of the same name."""
    assert likeness is not None
    xml = re.sub("<uuid>.*?</uuid>", f"<uuid>{uuid.uuid4()}</uuid>", likeness.next_boot_xml)
    connection = open_patiently(lab.uris[host])
    try:
        connection.defineXML(xml)
    finally:
        connection.close()


@pytest.fixture
def two_guests(lab: Lab, guests: Guests) -> None:
    """A running domain, and one whose definition is on both hosts."""
    guests("stays", host="xen-a", options=("--no-wait",))
    guests("double", host="xen-a", options=("--inactive",))
    define_stranger(lab, "xen-b", lab.copy("xen-a", "double"))


@pytest.mark.usefixtures("two_guests")
def test_requests_that_cannot_be_met_are_refused_before_anything_is_touched(lab: Lab, playbooks: Playbooks) -> None:
    """Each with the domain and the hosts in the message."""
    before = {host: lab.names(host) for host in ("xen-a", "xen-b")}
    for case, (options, words) in REFUSALS.items():
        result = playbooks.migrate(hosts=lab.hosts("xen-a", "xen-b"), **options).result
        assert result["failed"] is True, case
        assert [word for word in words if word not in result["msg"]] == [], (case, result["msg"])
    result = playbooks.migrate(name="stays", host="gone", hosts={**lab.hosts("xen-a"), "gone": NOWHERE}).result
    assert "gone could not be reached" in result["msg"]
    assert {host: lab.names(host) for host in ("xen-a", "xen-b")} == before
    stayed = lab.copy("xen-a", "stays")
    assert stayed is not None
    assert stayed.id is not None
