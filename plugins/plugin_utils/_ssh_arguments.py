# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What arguments for ssh say that a libvirt URI can carry, private to this collection: pure."""

from __future__ import annotations

import getopt
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from ansible_collections.xenfleet.migration.plugins.plugin_utils._ssh_proxy import Proxy, first_proxy

_FLAGS = "46AaCfGgKkMNnqsTtVvXxYy"
_LETTERS = _FLAGS + "B:b:c:D:E:e:F:I:i:J:L:l:m:O:o:P:p:Q:R:S:W:w:"
"""The letters of OpenSSH 10's ssh(1); a colon follows those that take a value."""
_LONG = {"-i": "identityfile", "-l": "user", "-p": "port", "-J": "proxyjump", "-F": "the configuration file of -F"}
_WITHOUT_EFFECT = frozenset({*(f"-{letter}" for letter in "46AaCKkqTtvXxYyn"), "-c", "-m"})
"""They change neither which host is reached nor how it and we are known to each other."""
# fmt: off
_OPTIONS_WITHOUT_EFFECT = frozenset((
    "addkeystoagent", "addressfamily", "batchmode", "checkhostip", "ciphers", "compression", "connectionattempts",
    "connecttimeout", "controlmaster", "controlpath", "controlpersist", "forwardagent", "forwardx11",
    "forwardx11trusted", "globalknownhostsfile", "gssapiauthentication", "gssapidelegatecredentials",
    "hashknownhosts", "hostkeyalgorithms", "ipqos", "kbdinteractiveauthentication", "kexalgorithms", "loglevel",
    "macs", "numberofpasswordprompts", "passwordauthentication", "preferredauthentications",
    "pubkeyacceptedalgorithms", "pubkeyauthentication", "rekeylimit", "requesttty", "sendenv", "serveralivecountmax",
    "serveraliveinterval", "setenv", "tcpkeepalive", "updatehostkeys", "visualhostkey",
))
# fmt: on
_CARRIED = frozenset({"identityfile", "user", "port", "userknownhostsfile", "stricthostkeychecking", "identitiesonly"})
_PROXIES = {"proxyjump": "ProxyJump", "proxycommand": "ProxyCommand"}

_SEPARATOR = re.compile(r"\s*=\s*|\s+")
_QUOTED = re.compile(r"""(["'])(.*?)\1""")


class NotCarried(Exception):
    """An argument that changes the way to the host, and that no libvirt URI has a place for."""


@dataclass(frozen=True)
class SshArguments:
    """What the arguments set; None for what they leave alone. ``host_key_checking`` is yes, no, ask or accept-new."""

    user: str | None = None
    port: str | None = None
    key_file: str | None = None
    known_hosts: str | None = None
    host_key_checking: str | None = None
    identities_only: bool = False
    proxy: Proxy | None = None
    """Not carried, but it may say that there is none."""


def read_ssh_arguments(text: str) -> SshArguments:
    """Read the arguments as the shell and ssh would; like there, what is said first counts.

    Raises ``NotCarried`` for the first that can't be carried, or read; but a proxy is left to whoever reads the arguments.
    """
    found: dict[str, str] = {}
    proxy: Proxy | None = None
    for name, value in _settings(text):
        if name in _PROXIES:
            proxy = first_proxy(proxy, Proxy(_PROXIES[name], value))
        elif name in _CARRIED:
            found.setdefault(name, value)
        elif name not in _OPTIONS_WITHOUT_EFFECT:
            raise NotCarried(name)
    return SshArguments(
        user=found.get("user"),
        port=found.get("port"),
        key_file=found.get("identityfile"),
        known_hosts=found.get("userknownhostsfile"),
        host_key_checking=_checking(found.get("stricthostkeychecking")),
        identities_only=found.get("identitiesonly", "no").lower() in {"yes", "true"},
        proxy=proxy,
    )


def _settings(text: str) -> Iterator[tuple[str, str]]:
    try:
        pairs, rest = getopt.getopt(shlex.split(text), _LETTERS)
    except (ValueError, getopt.GetoptError) as error:
        raise NotCarried(str(error)) from error
    if rest:
        raise NotCarried("a word that belongs to no option")  # not repeated: it may be the rest of a password
    for letter, value in pairs:
        if letter == "-o":
            yield _option(value)
        elif letter not in _WITHOUT_EFFECT:
            yield _LONG.get(letter, letter), value


def _option(text: str) -> tuple[str, str]:
    """Take apart ``Name=value`` or ``Name value``; a value but a command is one word, which may be quoted for ssh itself."""
    name, _sign, value = _SEPARATOR.sub("=", text.strip(), count=1).partition("=")
    if name.lower() == "proxycommand":
        return name.lower(), value
    quoted = _QUOTED.match(value)
    return name.lower(), quoted[2] if quoted else "".join(value.split()[:1])


def _checking(value: str | None) -> str | None:
    if value is None:
        return None
    words = {"off": "no", "false": "no", "true": "yes", "on": "yes"}
    return words.get(value.lower(), value.lower())
