# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What only a shell on the host can tell, private to this collection: its addresses, and what its Xen can do.

The shell is had the way the connection is: locally, or by the ``ssh`` program to the same address with the same key. One
constant, reading command is run; nothing from an option ever becomes part of it.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable

from .._core.model import Host, HostFacts, Kind
from .._core.uri import Endpoint, parse_uri

COMMAND = "PATH=$PATH:/usr/sbin:/sbin; ip -json address show; echo; xl info"
CONNECT_SECONDS = 60
"""How long ssh tries to connect. A login on an overloaded hypervisor was seen to need 15 s."""

_SSH = (
    "ssh",
    "-n",
    "-T",
    "-x",
    "-o",
    "BatchMode=yes",
    "-o",
    f"ConnectTimeout={CONNECT_SECONDS}",
    "-o",
    "ServerAliveInterval=15",
)
"""Never asks, and gives up on a host that falls silent (ssh's own limit is three unanswered calls)."""

Run = Callable[[list[str]], tuple[int, str, str]]
"""Runs a command without a shell: arguments to exit code, stdout and stderr, as ``AnsibleModule.run_command`` does."""


def host_facts(host: Host, run: Run) -> HostFacts:
    """Ask the host; whatever can't be had is None in the answer, and ``problem`` says why."""
    endpoint = parse_uri(host.uri, host.name)
    argv = _argv(endpoint)
    if argv is None:
        return HostFacts(problem=f"there is no shell on {host.name} over {endpoint.scheme}")
    try:
        code, output, complaint = run(argv)
    except OSError as error:
        return HostFacts(problem=f"the shell on {host.name} could not be had ({error})")
    return read_facts(output, complaint.strip() or f"exit code {code}")


def read_facts(output: str, complaint: str) -> HostFacts:
    """Read the command's output; ``complaint`` is the reason to give where a part of it is missing."""
    addresses, _blank, info = output.partition("\n")
    found = _addresses(addresses)
    kinds = _live_kinds(info)
    return HostFacts(found, kinds, complaint if found is None or kinds is None else None)


def _argv(endpoint: Endpoint) -> list[str] | None:
    if endpoint.address is None:
        return ["sh", "-c", COMMAND]
    if not endpoint.over_ssh:
        return None
    target = f"{endpoint.user}@{endpoint.address}" if endpoint.user else endpoint.address
    return [*_SSH, *_ssh_options(endpoint), "--", target, COMMAND]


def _ssh_options(endpoint: Endpoint) -> list[str]:
    options: list[str] = []
    if endpoint.port is not None:
        options += ["-p", str(endpoint.port)]
    if "keyfile" in endpoint.parameters:
        options += ["-i", endpoint.parameters["keyfile"]]
    if "known_hosts" in endpoint.parameters:
        options += ["-o", "UserKnownHostsFile=" + _quoted(endpoint.parameters["known_hosts"])]
    if not endpoint.verifies_host_key:
        options += ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
    return options


def _quoted(path: str) -> str:
    # ssh splits this option's value at spaces and expands %: both are to be taken literally.
    return '"' + path.replace("%", "%%") + '"'


def _addresses(text: str) -> tuple[str, ...] | None:
    """Read ``ip -json``'s answer; None if it is of any other shape."""
    try:
        found = [
            ipaddress.ip_interface(f"{address['local']}/{address['prefixlen']}")
            for interface in json.loads(text)
            for address in interface.get("addr_info", ())
            if address.get("scope") == "global"
        ]
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return tuple(str(address) for address in found)


def _live_kinds(info: str) -> frozenset[Kind] | None:
    """Live moves track the pages written: by shadow paging for PV, by HAP (or shadow paging) for PVH and HVM."""
    lines = dict(line.split(":", 1) for line in info.splitlines() if ":" in line)
    caps = {name.strip(): value for name, value in lines.items()}.get("virt_caps")
    if caps is None:
        return None
    words = set(caps.split())
    kinds = {Kind.PV} if "shadow" in words else set()
    if words & {"shadow", "hap"}:
        kinds |= {Kind.PVH, Kind.HVM}
    return frozenset(kinds)
