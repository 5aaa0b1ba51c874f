# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what Ansible knows about reaching a host by SSH to a libvirt URI, private to this collection: pure."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode


@dataclass(frozen=True)
class SshWay:
    """How Ansible reaches a host. Paths are those of the machine that libvirt's client runs on; None: ssh's own default."""

    address: str
    user: str | None = None
    port: int | None = None
    key_file: str | None = None
    known_hosts: str | None = None
    host_key_checking: str = "yes"
    """yes, no or accept-new, as in OpenSSH's StrictHostKeyChecking."""
    identities_only: bool = False


def ssh_uri(way: SshWay) -> str:
    """Return the URI of the host's libvirt.

    ``xen+ssh`` runs the ssh program, with all that its own configuration says. It has no place for a file of known hosts, nor
    for accepting new hosts only: ``xen+libssh`` has.
    """
    by_library = _checks(way) and (way.known_hosts is not None or way.host_key_checking == "accept-new")
    parameters = _libssh(way) if by_library else _openssh(way)
    query = "?" + urlencode(parameters, quote_via=quote, safe="/,") if parameters else ""
    return f"{'xen+libssh' if by_library else 'xen+ssh'}://{_authority(way)}/system{query}"


def _checks(way: SshWay) -> bool:
    return way.host_key_checking != "no"


def _authority(way: SshWay) -> str:
    user = f"{quote(way.user, safe='')}@" if way.user else ""
    address = quote(way.address, safe=":")  # or it could add a user or parameters
    address = f"[{address}]" if ":" in address else address
    port = f":{way.port}" if way.port and way.port != 22 else ""
    return user + address + port


def _openssh(way: SshWay) -> dict[str, str]:
    key = {"keyfile": way.key_file} if way.key_file else {}
    return key if _checks(way) else {**key, "no_verify": "1"}


def _libssh(way: SshWay) -> dict[str, str]:
    key = {"keyfile": way.key_file} if way.key_file else {}
    return {
        **key,
        # libvirt's own default is a file of its own, which nobody fills.
        "known_hosts": way.known_hosts or "~/.ssh/known_hosts",
        "known_hosts_verify": "auto" if way.host_key_checking == "accept-new" else "normal",
        # Nobody is there to type a password.
        "sshauth": "privkey" if way.identities_only and way.key_file else "agent,privkey",
    }
