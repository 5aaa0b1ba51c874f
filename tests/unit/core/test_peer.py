# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The URI at which the source's libvirt reaches the destination's: derived, said, or not known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from make import domain, move, shut_off

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import (
    Domain,
    Finding,
    Fleet,
    Host,
    HostFacts,
    HostState,
    Move,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._core.peer import tunnel_moves
from ansible_collections.xenfleet.migration.plugins.module_utils._core.uri import check_peer_uri

SOURCE = Host("xen-a", "xen+ssh://root@192.0.2.11/system")
FACTS = {
    "xen-a": HostFacts(("192.0.2.11/24", "10.77.0.11/24")),
    "xen-b": HostFacts(("192.0.2.12/24", "10.77.0.12/24", "2001:db8::12/64")),
}


def tunnelled(
    uri: str, what: Domain | None = None, facts: dict[str, HostFacts] | None = None, **record: Any
) -> tuple[Move, tuple[Finding, ...]]:
    hosts = Fleet({host.name: HostState(host) for host in (SOURCE, Host("xen-b", uri, **record))})
    asked = replace(move(what or domain()), encrypted=what is None)
    (found,), problems = tunnel_moves([asked], hosts, facts or FACTS)
    return found, problems


DERIVED = {
    "ssh": ("xen+ssh://root@192.0.2.12/system", {}, "xen+ssh://root@192.0.2.12/system?no_tty=1"),
    "ssh without a user": ("xen+ssh://192.0.2.12/system", {}, "xen+ssh://root@192.0.2.12/system?no_tty=1"),
    "another user": ("xen+ssh://mover@192.0.2.12/system", {}, "xen+ssh://mover@192.0.2.12/system?no_tty=1"),
    "a user of a domain": ("xen+ssh://a%40b@192.0.2.12/system", {}, "xen+ssh://a%40b@192.0.2.12/system?no_tty=1"),
    "a port of the host's": (
        "xen+ssh://root@192.0.2.12:2222/system",
        {},
        "xen+ssh://root@192.0.2.12:2222/system?no_tty=1",
    ),
    "a port forwarded from here": (
        "xen+ssh://root@127.0.0.1:2222/system",
        {},
        "xen+ssh://root@192.0.2.12/system?no_tty=1",
    ),
    "this machine itself": ("xen:///system", {}, "xen+ssh://root@192.0.2.12/system?no_tty=1"),
    "files and settings of this machine": (
        "xen+libssh://root@192.0.2.12/system?keyfile=/k&known_hosts=/h&known_hosts_verify=ignore&no_verify=1&sshauth=agent",
        {},
        "xen+ssh://root@192.0.2.12/system?no_tty=1",
    ),
    "no verification here": (
        "xen+ssh://root@192.0.2.12/system?no_verify=1",
        {},
        "xen+ssh://root@192.0.2.12/system?no_tty=1",
    ),
    "a migration network": (
        "xen+ssh://root@192.0.2.12/system",
        {"migration_address": "10.77.0.12"},
        "xen+ssh://root@10.77.0.12/system?no_tty=1",
    ),
    "a migration network of IPv6, which ssh can use": (
        "xen+ssh://root@192.0.2.12/system",
        {"migration_address": "2001:db8::12"},
        "xen+ssh://root@[2001:db8::12]/system?no_tty=1",
    ),
    "TLS, by the name that certificates hold": (
        "xen+tls://b.example.com/system?pkipath=/pki&no_verify=1",
        {"migration_address": "10.77.0.12"},
        "xen+tls://b.example.com/system",
    ),
    "TLS at another port": ("xen+tls://[2001:db8::12]:9999/system", {}, "xen+tls://[2001:db8::12]:9999/system"),
    "what its record says": (
        "xen:///system",
        {"peer_uri": "xen+libssh://u@b/system?keyfile=/root/k"},
        "xen+libssh://u@b/system?keyfile=/root/k",
    ),
}


@pytest.mark.parametrize(("uri", "record", "peer"), DERIVED.values(), ids=DERIVED.keys())
def test_the_source_takes_the_uri_for(uri: str, record: dict[str, Any], peer: str) -> None:
    found, problems = tunnelled(uri, **record)
    assert (found.peer_uri, problems) == (peer, ())
    assert found.address is not None
    assert found.address in peer


@pytest.mark.parametrize("uri", ["xen+tls://localhost/system", "xen+tls://127.0.0.1:16514/system"])
def test_where_tls_names_the_machine_of_the_task_no_uri_is_known(uri: str) -> None:
    found, (problem,) = tunnelled(uri)
    assert (found.encrypted, found.peer_uri, problem.code, problem.domain) == (True, None, "peer_unknown", "web01")
    assert "Give the host's record a peer_uri" in problem.sentence


def test_where_no_address_is_known_no_uri_is_either() -> None:
    facts = {**FACTS, "xen-b": HostFacts((), problem="no shell")}
    found, (problem,) = tunnelled("xen:///system", facts=facts)
    assert (found.peer_uri, problem.code) == (None, "address_unknown")


def test_a_shut_off_domain_needs_no_uri() -> None:
    found, problems = tunnelled("xen+tls://localhost/system", what=shut_off())
    assert (found.peer_uri, found.address, problems) == (None, None, ())


REFUSED = {
    "a transport that doesn't encrypt": ("xen+tcp://xen-b/system", "doesn't begin with one of"),
    "this machine": ("xen:///system", "begins with one of xen\\+libssh, xen\\+libssh2, xen\\+ssh, xen\\+tls"),
    "its socket": ("xen+unix:///system", "which encrypt"),
    "whoever uses it": ("xen+ssh://root@127.0.0.1/system", "means whichever host uses it"),
    "whoever uses it, by name": ("xen+tls://localhost/system", "means whichever host uses it"),
    "ciphers, of which NULL is one": ("xen+tls://xen-b/system?tls_priority=NORMAL:%2BNULL", "turn encryption off"),
    "a program": ("xen+ssh://xen-b/system?command=/bin/evil", "would choose a program"),
    "a program for the far end": ("xen+ssh://xen-b/system?netcat=/bin/evil", "would choose a program"),
    "a password": ("xen+ssh://root:hunter2@xen-b/system", "holds a password"),
    "another driver": ("qemu+ssh://xen-b/system", "doesn't begin with one of"),
}


@pytest.mark.parametrize(("uri", "why"), REFUSED.values(), ids=REFUSED.keys())
def test_a_said_uri_may_not_name(uri: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=f"URI of host xen-b is refused: .*{why}") as refused:
        check_peer_uri(uri, "xen-b")
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    "uri",
    [
        "xen+ssh://root@10.77.0.12/system?keyfile=/root/.ssh/peer",
        "xen+libssh://root@xen-b/system?known_hosts=/etc/ssh/ssh_known_hosts&known_hosts_verify=normal",
        "xen+tls://xen-b.example.com/system?pkipath=/etc/pki/peer",
        "xen+ssh://root@xen-b/system?no_verify=1",  # said as clearly as in any other URI
    ],
)
def test_a_said_uri_may_name_files_of_the_source(uri: str) -> None:
    check_peer_uri(uri, "xen-b")
