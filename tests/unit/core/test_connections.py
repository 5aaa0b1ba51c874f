# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Host records: what they may say, and how a wrong one is refused."""

from __future__ import annotations

from typing import Any, NoReturn

import pytest

from ansible_collections.xenfleet.migration.plugins.module_utils._core.connections import host_records
from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import HostUnreachable, InvalidInput
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Host
from ansible_collections.xenfleet.migration.plugins.module_utils._core.snapshot import take_snapshot

A = "xen+ssh://root@192.0.2.11/system"
B = "xen+ssh://root@192.0.2.12/system"


def test_a_text_is_the_uri() -> None:
    assert host_records({"xen-a": A}) == (Host("xen-a", A),)


def test_a_record_may_name_the_migration_address() -> None:
    records = host_records({"xen-a": {"uri": A, "migration_address": "10.0.0.1"}})
    assert records == (Host("xen-a", A, "10.0.0.1"),)


def test_a_record_may_name_the_uri_by_which_other_hosts_reach_it() -> None:
    records = host_records({"xen-a": {"uri": A, "peer_uri": "xen+tls://a/system"}, "xen-b": {"uri": B, "peer_uri": ""}})
    assert [host.peer_uri for host in records] == ["xen+tls://a/system", None]


@pytest.mark.parametrize(
    ("uri", "why"),
    [("xen:///system", "which encrypt"), (7, "is no text"), ("xen+ssh://b/?command=x", "program to run")],
)
def test_such_a_uri_is_refused_like_any_other_and_where_it_doesn_t_encrypt(uri: object, why: str) -> None:
    with pytest.raises(InvalidInput, match=f"of host xen-a .*{why}"):
        host_records({"xen-a": {"uri": A, "peer_uri": uri}})


@pytest.mark.parametrize(("said", "bandwidth"), [(40, 40.0), ("2.5", 2.5), (None, None), ("", None)])
def test_a_record_may_name_what_its_host_may_send_in_all(said: object, bandwidth: float | None) -> None:
    assert host_records({"xen-a": {"uri": A, "bandwidth": said}})[0].bandwidth == bandwidth


@pytest.mark.parametrize("bad", [0, -1, "fast", "nan", "inf", True, [5], 10**400])
def test_what_is_no_bandwidth_is_refused(bad: object) -> None:
    with pytest.raises(InvalidInput, match=r"^bandwidth of host xen-a is "):
        host_records({"xen-a": {"uri": A, "bandwidth": bad}})


@pytest.mark.parametrize(
    ("said", "accepts"),
    [
        (True, True),
        (False, False),
        (0, False),
        ("no", False),
        (" False ", False),
        ("yes", True),
        ("", True),
        (None, True),
    ],
)
def test_a_record_may_say_that_its_host_takes_no_domains(said: object, accepts: bool) -> None:
    assert host_records({"xen-a": {"uri": A, "accepts_domains": said}})[0].accepts_domains is accepts


@pytest.mark.parametrize("bad", ["maybe", 2, 0.0, [False], {}])
def test_what_is_neither_yes_nor_no_is_refused(bad: object) -> None:
    with pytest.raises(InvalidInput, match=r"^accepts_domains of host xen-a is neither true nor false"):
        host_records({"xen-a": {"uri": A, "accepts_domains": bad}})


@pytest.mark.parametrize("nothing", [None, ""])
def test_an_empty_migration_address_is_none(nothing: object) -> None:
    assert host_records({"xen-a": {"uri": A, "migration_address": nothing}})[0].migration_address is None


def test_an_ipv6_migration_address_is_written_the_usual_way() -> None:
    record = host_records({"xen-a": {"uri": A, "migration_address": "2001:DB8:0::1"}})[0]
    assert record.migration_address == "2001:db8::1"


def test_hosts_keep_their_order() -> None:
    assert [host.name for host in host_records({"xen-b": B, "xen-a": A})] == ["xen-b", "xen-a"]


def test_a_record_may_say_why_there_is_no_way_to_its_host() -> None:
    records = host_records(
        {"xen-a": {"problem": "its port is odd"}, "xen-b": B, "xen-c": {"problem": "so is its port"}}
    )
    assert records == (
        Host("xen-a", "", problem="its port is odd"),
        Host("xen-b", B),
        Host("xen-c", "", problem="so is its port"),
    )


def test_a_host_with_a_problem_is_not_connected_to_and_says_why() -> None:
    tried: list[str] = []

    def connect(host: Host) -> NoReturn:
        tried.append(host.name)
        raise HostUnreachable(host.name, host.uri, "it is off")

    hosts = host_records({"xen-a": {"problem": "its port is odd."}, "xen-b": B})
    hypervisors, fleet = take_snapshot(hosts, connect)
    assert (hypervisors, tried) == ({}, ["xen-b"])
    assert {name: state.unreachable for name, state in fleet.hosts.items()} == {
        "xen-a": "Host xen-a could not be reached: its port is odd.",
        "xen-b": f"Host xen-b could not be reached at {B}: it is off.",
    }


REFUSED = {
    "no host": ({}, "hosts is empty"),
    "no dictionary": (["xen-a"], "hosts must be a dictionary"),
    "an empty name": ({" ": A}, "no usable host name"),
    "a name with a newline": ({"xen\na": A}, "no usable host name"),
    "a number for a URI": ({"xen-a": 5}, "xen-a needs a libvirt URI"),
    "a list for a record": ({"xen-a": [A]}, "xen-a needs a libvirt URI"),
    "a record without a URI": ({"xen-a": {"migration_address": "10.0.0.1"}}, "xen-a needs a libvirt URI"),
    "an unknown key": ({"xen-a": {"uri": A, "port": 1, "adress": 2}}, "unknown keys: adress, port. Known: "),
    "a hostile URI": ({"xen-a": A + "?command=evil"}, "xen-a is refused: parameter 'command'"),
    "a name for a migration address": ({"xen-a": {"uri": A, "migration_address": "xen-a"}}, "numeric address"),
    "a network for a migration address": ({"xen-a": {"uri": A, "migration_address": "10.0.0.1/24"}}, "numeric address"),
    "a loopback address": ({"xen-a": {"uri": A, "migration_address": "127.0.1.1"}}, "no other host can reach"),
    "the IPv6 loopback address": ({"xen-a": {"uri": A, "migration_address": "::1"}}, "no other host can reach"),
    "the unspecified address": ({"xen-a": {"uri": A, "migration_address": "0.0.0.0"}}, "no other host can reach"),
    "IPv4's loopback address as IPv6": (
        {"xen-a": {"uri": A, "migration_address": "::ffff:127.0.0.1"}},
        "no other host can reach",
    ),
    "an address of many": ({"xen-a": {"uri": A, "migration_address": "224.0.0.1"}}, "no other host can reach"),
    "an address of all": ({"xen-a": {"uri": A, "migration_address": "255.255.255.255"}}, "no other host can reach"),
    "an address with a zone": ({"xen-a": {"uri": A, "migration_address": "fe80::1%eth0"}}, "numeric address"),
    "an address with a port": ({"xen-a": {"uri": A, "migration_address": "10.0.0.1:1"}}, "numeric address"),
    "a problem and a URI": (
        {"xen-a": {"uri": A, "problem": "x"}},
        "unknown keys: problem. Known: accepts_domains, bandwidth, migration_address, peer_uri, uri",
    ),
    "a problem and an address": ({"xen-a": {"problem": "x", "migration_address": "10.0.0.1"}}, "needs a libvirt URI"),
    "a problem of a host without a name": ({"": {"problem": "x"}}, "no usable host name"),
    "one URI for two hosts": ({"xen-a": A, "xen-b": A}, "xen-a and xen-b have the same URI"),
}


@pytest.mark.parametrize(("hosts", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_hosts_are_refused_that_hold(hosts: Any, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        host_records(hosts)


def test_a_boolean_is_no_migration_address() -> None:
    with pytest.raises(InvalidInput, match="numeric address"):
        host_records({"xen-a": {"uri": A, "migration_address": True}})
