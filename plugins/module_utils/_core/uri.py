# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""libvirt connection URIs, private to this collection: taken apart, and held against an allow-list.

libvirt lets a URI name programs to run (``command``, ``netcat``) and turn verification off. What a URI may say here is listed
below, by transport; anything else is refused. Source of the parameters: https://libvirt.org/uri.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from .errors import InvalidInput

_LIBSSH = frozenset({"keyfile", "known_hosts", "known_hosts_verify", "sshauth", "no_verify", "mode", "socket"})
_ALLOWED: Mapping[str, frozenset[str]] = {
    "xen": frozenset({"mode", "socket"}),
    "xen+unix": frozenset({"mode", "socket"}),
    "xen+ssh": frozenset({"keyfile", "no_verify", "no_tty", "mode", "socket"}),
    "xen+libssh": _LIBSSH,
    "xen+libssh2": _LIBSSH,
    "xen+tls": frozenset({"pkipath", "no_verify", "tls_priority", "mode", "socket"}),
}
_PEERS = frozenset({"xen+ssh", "xen+libssh", "xen+libssh2", "xen+tls"})
"""Transports that encrypt. (xen+tcp is not allowed anywhere.)"""
_MOST = 4000
_RUNS_PROGRAMS = frozenset({"command", "netcat", "proxy"})
_HOST = re.compile(r"[A-Za-z0-9_.:-]+")  # no %: libvirt would decode what we don't
_AUTHORITY = re.compile(r"[^\[\]]*|\[[0-9A-Fa-f:.]+\](:[0-9]*)?")
_USER = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.@\\-]*")
_ENCODED_USER = re.compile(r"[A-Za-z0-9_.%-]+")
_PRINTABLE = re.compile(r"[!-~]+")
_SOCKET = re.compile(r"/[A-Za-z0-9_./-]+")  # it becomes part of a command on the host
_WORD = re.compile(r"[A-Za-z_]{1,30}")
_SSH_METHODS = frozenset({"agent", "privkey"})


@dataclass(frozen=True)
class Endpoint:
    """A connection URI in parts. ``address`` is None for the machine that we run on itself."""

    scheme: str
    address: str | None
    port: int | None
    user: str | None
    parameters: Mapping[str, str]

    @property
    def over_ssh(self) -> bool:
        """Whether the transport is an SSH of some kind, so that a shell can be had the same way."""
        return self.scheme in {"xen+ssh", "xen+libssh", "xen+libssh2"}

    @property
    def is_roundabout(self) -> bool:
        """Whether it names this machine or a port forwarded from it, and so no address of the host's own."""
        return (
            self.address is None
            or self.address == "localhost"
            or self.address.startswith("127.")
            or self.address == "::1"
        )

    @property
    def verifies_host_key(self) -> bool:
        """False only where the URI itself says so."""
        return self.parameters.get("no_verify", "0") == "0" and self.parameters.get("known_hosts_verify") != "ignore"


def parse_uri(uri: str, owner: str) -> Endpoint:
    """Take a URI apart; ``owner`` (the host's name) goes into the error.

    Raises ``InvalidInput`` for whatever is not on the allow-list, saying which part and why. No part is repeated that a
    password could be in, wherever it stands or whatever encoding it has.
    """
    if len(uri) > _MOST:
        raise _refused(owner, f"it is longer than {_MOST} characters")
    if not _PRINTABLE.fullmatch(uri):
        raise _refused(owner, "it holds a space, a control character or a non-ASCII character")
    parts = _split(uri, owner)
    if parts.scheme not in _ALLOWED or not uri.startswith(parts.scheme + "://"):
        raise _refused(owner, f"it doesn't begin with one of {', '.join(sorted(_ALLOWED))} and ://")
    if parts.password is not None:
        raise _refused(owner, "it holds a password; use an SSH key, an agent or a client certificate")
    if parts.path not in {"", "/", "/system"} or "#" in uri:
        raise _refused(owner, "its path must be /system, with no '#' behind it")
    parameters = _parameters(parts.query, _ALLOWED[parts.scheme], owner)
    return Endpoint(parts.scheme, _address(parts, owner), parts.port, _user(parts, owner), parameters)


def check_peer_uri(uri: str, owner: str) -> None:
    """Hold a URI that other hosts' libvirt daemons are to use for ``owner``, for encrypted moves, against the same list.

    Raises ``InvalidInput`` for what ``parse_uri`` refuses, for one that means whoever uses it, and for one that doesn't surely
    encrypt.
    """
    endpoint = parse_uri(uri, owner)
    if endpoint.scheme not in _PEERS:
        raise _refused(owner, f"a peer_uri begins with one of {', '.join(sorted(_PEERS))}, which encrypt")
    if endpoint.is_roundabout:
        raise _refused(owner, "as a peer_uri it means whichever host uses it")
    if "tls_priority" in endpoint.parameters:
        raise _refused(owner, "in a peer_uri tls_priority could turn encryption off")


def _refused(owner: str, reason: str) -> InvalidInput:
    # The URI itself is not repeated: it may hold the password it is refused for.
    return InvalidInput(f"The connection URI of host {owner} is refused: {reason}.")


def _split(uri: str, owner: str) -> SplitResult:
    try:
        parts = urlsplit(uri)
        # urllib checks the port only when it is read, and lets anything follow a bracket.
        if parts.port != 0 and _AUTHORITY.fullmatch(parts.netloc.rpartition("@")[2]):
            return parts
    except ValueError:
        pass  # what it says repeats what may be a password
    raise _refused(owner, "its host or its port is none; an IPv6 address stands in brackets, without a zone")


def _address(parts: SplitResult, owner: str) -> str | None:
    address = parts.hostname
    if address is None:
        if parts.scheme in {"xen", "xen+unix"}:
            return None
        raise _refused(owner, f"{parts.scheme} needs a host")
    if parts.scheme == "xen+unix":
        raise _refused(owner, "xen+unix is for the machine itself and takes no host")
    if address.startswith("-") or not _HOST.fullmatch(address):
        raise _refused(owner, "what it has for a host is no host name or address")
    return address


def _user(parts: SplitResult, owner: str) -> str | None:
    if parts.username is None:
        return None
    user = unquote(parts.username)
    if not _USER.fullmatch(user) or not _ENCODED_USER.fullmatch(parts.username):
        raise _refused(
            owner, "what it has for a user is no user name; write %40 for an '@' in one and %5C for a backslash"
        )
    return user


def _parameters(query: str, allowed: frozenset[str], owner: str) -> Mapping[str, str]:
    # libvirt also takes ';' for a separator and so would see a parameter where we see part of a value.
    if ";" in query:
        raise _refused(owner, "its parameters hold a ';'; separate them with '&', and write %3B for one in a value")
    found: dict[str, str] = {}
    for item in filter(None, query.split("&")):
        name, _equals, value = item.partition("=")
        name, value = unquote(name), unquote(value)
        _check_parameter(name, value, allowed, owner)
        if name in found:
            raise _refused(owner, f"parameter {name!r} is given twice")
        found[name] = value
    return found


def _check_parameter(name: str, value: str, allowed: frozenset[str], owner: str) -> None:
    if not _WORD.fullmatch(name):
        raise _refused(owner, "one of its parameters has no proper name")
    if name.lower() in _RUNS_PROGRAMS:
        raise _refused(owner, f"parameter {name!r} would choose a program to run")
    if name not in allowed:
        raise _refused(owner, f"parameter {name!r} is not one of {', '.join(sorted(allowed))}")
    if not value or value.startswith("-") or not value.isprintable():
        raise _refused(owner, f"parameter {name!r} has no usable value")
    if name == "socket" and not _SOCKET.fullmatch(value):
        raise _refused(owner, "socket must be an absolute path of letters, digits and ._-")
    if name == "sshauth" and not set(value.split(",")) <= _SSH_METHODS:
        raise _refused(owner, "sshauth may name agent and privkey only: nobody is there to type a password")
