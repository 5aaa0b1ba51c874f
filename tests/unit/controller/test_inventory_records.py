# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which host is reached locally, by the host that libvirt's client runs on."""

from __future__ import annotations

import pytest
from ansible.parsing.dataloader import DataLoader

from ansible_collections.xenfleet.migration.plugins.plugin_utils._inventory_records import (
    Inventory,
    Record,
    connection_records,
)

A = "192.0.2.11"
LOCAL = {"uri": "xen:///system"}
ELSEWHERE = (
    "its ansible_connection is local, which means the machine that Ansible runs on, and the task runs on {}: give it a libvirt"
    " URI in the variable xen_uri"
)
LOOPBACK = "its address {} means xen-b itself, where the task runs: give it a libvirt URI in the variable xen_uri"
LOCAL_ELSEWHERE = (
    "its variable xen_uri is local, which means xen-b, where the task runs: "
    "give it a libvirt URI in the variable xen_uri"
)
CONTROLLERS = {
    "ansible_host": A,
    "ansible_user": "root",
    "ansible_port": 2222,
    "ansible_ssh_private_key_file": "/controller/key",
    "ansible_ssh_common_args": "-J bastion -o UserKnownHostsFile=/controller/known -o IdentitiesOnly=yes",
}
CASES: dict[str, tuple[dict[str, object], str | None, Record]] = {
    "a host, from where Ansible runs": ({"ansible_host": A}, None, {"uri": f"xen+ssh://{A}/system"}),
    "a host, from another": ({"ansible_host": A}, "xen-b", {"uri": f"xen+ssh://{A}/system"}),
    "a host, from itself": ({"ansible_host": A}, "xen-a", LOCAL),
    "a host that Windows runs on, from itself": ({"ansible_connection": "winrm"}, "xen-a", LOCAL),
    "the machine itself, from there": ({"ansible_connection": "local"}, None, LOCAL),
    "the machine itself by its full name, from there": ({"ansible_connection": "ansible.builtin.local"}, None, LOCAL),
    "the machine itself, from another": ({"ansible_connection": "local"}, "xen-b", {"problem": ELSEWHERE.format("xen-b")}),
    "a host with a URI, from another": ({"xen_uri": "xen+tls://a/"}, "xen-b", {"uri": "xen+tls://a/"}),
    "a host with a URI, from itself": ({"xen_uri": "xen+tls://a/"}, "xen-a", LOCAL),
    "a host with a local URI, from itself": (
        {"xen_uri": "xen+unix:///system?socket=/run/other"},
        "xen-a",
        {"uri": "xen+unix:///system?socket=/run/other"},
    ),
    "a host with a local URI, from another": ({"xen_uri": "xen:///system"}, "xen-b", {"problem": LOCAL_ELSEWHERE}),
    "keys, known hosts and jumps of the controller, from another": (
        CONTROLLERS, "xen-b", {"uri": f"xen+ssh://root@{A}:2222/system"},
    ),
    "host key checking turned off for Ansible, from another": (
        {**CONTROLLERS, "ansible_host_key_checking": False},
        "xen-b",
        {"uri": f"xen+ssh://root@{A}:2222/system"},
    ),
    "a forwarded port, from another": (
        {"ansible_host": "127.0.0.1", "ansible_port": 2222}, "xen-b", {"problem": LOOPBACK.format("127.0.0.1")},
    ),
    "a forwarded port, from another, over IPv6": ({"ansible_host": "::1"}, "xen-b", {"problem": LOOPBACK.format("::1")}),
    "a host with an address, from itself": (
        {"ansible_host": A, "xen_migration_address": A},
        "xen-a",
        {**LOCAL, "migration_address": A},
    ),
    "a host with a URI for its peers, from itself": (
        {"ansible_host": A, "xen_peer_uri": f"xen+ssh://mover@{A}/system"},
        "xen-a",
        {**LOCAL, "peer_uri": f"xen+ssh://mover@{A}/system"},
    ),
    "a host with a total, from itself": (
        {"ansible_host": A, "xen_bandwidth": 40},
        "xen-a",
        {**LOCAL, "bandwidth": 40},
    ),
    "a host that takes no domains, from itself": (
        {"ansible_host": A, "xen_accepts_domains": False},
        "xen-a",
        {**LOCAL, "accepts_domains": False},
    ),
    "a host that may or may not take domains": (
        {"ansible_host": A, "xen_accepts_domains": "maybe"},
        None,
        {"problem": "accepts_domains of host xen-a is neither true nor false: give one of them."},
    ),
    "a host with a total of nothing": (
        {"ansible_host": A, "xen_bandwidth": 0},
        None,
        {"problem": "bandwidth of host xen-a is 0: it must be above 0, and 1000000 MiB/s at most; leave it out for no limit."},
    ),
    "a host with a URI for its peers that doesn't encrypt": (
        {"ansible_host": A, "xen_peer_uri": "xen:///system"},
        None,
        {
            "problem": "The connection URI of host xen-a is refused: a peer_uri begins with one of xen+libssh, xen+libssh2,"
            " xen+ssh, xen+tls, which encrypt."
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize(("variables", "runs_on", "record"), CASES.values(), ids=CASES.keys())
def test_what_reaches(variables: dict[str, object], runs_on: str | None, record: Record) -> None:
    known = {"groups": {"all": ["xen-a"], "xen_hosts": ["xen-a"]}, "hostvars": {"xen-a": variables}}
    assert connection_records(None, Inventory(known, DataLoader(), None, runs_on)) == {"xen-a": record}
