# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What only a shell on the host can tell, private to this collection: its addresses, and what its Xen can do.

The shell is had the way the connection is: locally, or by the ``ssh`` program to the same address with the same key. Only
constant, reading commands are run; nothing from an option ever becomes part of them.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable
from typing import NoReturn

from .._core.errors import HypervisorError
from .._core.model import Host
from .._core.uri import Endpoint, parse_uri

_PATH = "PATH=$PATH:/usr/sbin:/sbin; "
ADDRESSES = _PATH + "ip -json address show"
XEN_INFO = _PATH + "xl info"
BRIDGES = _PATH + "ip -json link show type bridge"
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


def no_shell(_argv: list[str]) -> NoReturn:
    """Stand in as ``Run`` where libvirt's word is enough, so that nobody logs in for nothing."""
    raise OSError("no shell is used for this")


def addresses(host: Host, run: Run) -> tuple[str, ...]:
    """Return the host's global addresses with prefix length. Raises ``HypervisorError``."""
    action = "tell its addresses"
    output, complaint = _asked(host, run, ADDRESSES, action)
    found = read_addresses(output)
    if found is None:
        raise HypervisorError(host.name, action, complaint)
    return found


def shadow_paging(host: Host, run: Run) -> bool:
    """Return whether the host's Xen has shadow paging. Raises ``HypervisorError``."""
    action = "tell what its Xen can do"
    output, complaint = _asked(host, run, XEN_INFO, action)
    words = read_capabilities(output)
    if words is None:
        raise HypervisorError(host.name, action, complaint)
    return "shadow" in words


def bridges(host: Host, run: Run) -> tuple[str, ...]:
    """Return the names of the host's network bridges. Raises ``HypervisorError``.

    libvirt itself can't describe a bridge that a running guest's interface is a member of.
    """
    action = "tell its bridges"
    output, complaint = _asked(host, run, BRIDGES, action)
    try:
        return tuple(sorted(str(link["ifname"]) for link in json.loads(output)))
    except (ValueError, TypeError, KeyError) as error:
        raise HypervisorError(host.name, action, complaint) from error


def _asked(host: Host, run: Run, command: str, action: str) -> tuple[str, str]:
    """Return what was answered, and the reason to give where the answer is of no use."""
    endpoint = parse_uri(host.uri, host.name)
    argv = _argv(endpoint, command)
    if argv is None:
        raise HypervisorError(host.name, action, f"there is no shell on it over {endpoint.scheme}")
    try:
        code, output, complaint = run(argv)
    except OSError as error:
        raise HypervisorError(host.name, action, f"its shell could not be had ({error})") from error
    return output, complaint.strip() or f"exit code {code}"


def _argv(endpoint: Endpoint, command: str) -> list[str] | None:
    if endpoint.address is None:
        return ["sh", "-c", command]
    if not endpoint.over_ssh:
        return None
    target = f"{endpoint.user}@{endpoint.address}" if endpoint.user else endpoint.address
    return [*_SSH, *_ssh_options(endpoint), "--", target, command]


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


def read_addresses(text: str) -> tuple[str, ...] | None:
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


def read_capabilities(info: str) -> frozenset[str] | None:
    """Read the words after ``virt_caps`` in ``xl info``'s answer; None if there are none."""
    lines = (line.partition(":") for line in info.splitlines() if ":" in line)
    found = [value for name, _colon, value in lines if name.strip() == "virt_caps"]
    return frozenset(found[0].split()) if found else None
