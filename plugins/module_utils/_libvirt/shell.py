# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A shell on a host, private to this collection, had the way the connection is: locally, or by the ``ssh`` program.

Only constant commands are run. What they are to work on comes by standard input, so no text from anywhere becomes part of one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from tempfile import TemporaryDirectory
from typing import NoReturn, Optional

from .._core.errors import HypervisorError
from .._core.model import Host
from .._core.uri import Endpoint, parse_uri

CONNECT_SECONDS = 60
"""How long ssh tries to connect. A login on an overloaded hypervisor was seen to need 15 s."""
_PERSIST_SECONDS = 60
"""How long a login is kept for the next command, should nobody end it."""

_SSH = (
    "ssh",
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

_ENVIRONMENT = "LC_ALL=C; PATH=$PATH:/usr/sbin:/sbin; export LC_ALL PATH; "

Run = Callable[[list[str], Optional[str]], "tuple[int, str, str]"]
"""Runs a command without a shell: arguments and standard input to exit code, stdout and stderr, as ``run_command`` does."""


def no_shell(_argv: list[str], _data: str | None = None) -> NoReturn:
    """Stand in as ``Run`` where libvirt's word is enough, so that nobody logs in for nothing."""
    raise OSError("no shell is used for this")


class Shell:
    """One host's shell; over ssh all commands share one login, which ends with ``close``."""

    def __init__(self, host: Host, run: Run) -> None:
        self._host = host
        self._run = run
        self._endpoint = parse_uri(host.uri, host.name)
        self._sockets: TemporaryDirectory[str] | None = None
        self._lock = threading.Lock()

    @property
    def host(self) -> Host:
        """The host that it is on."""
        return self._host

    def ask(self, command: str, action: str, data: str = "") -> tuple[str, str]:
        """Return what was answered, and the reason to give where the answer is of no use.

        Raises ``HypervisorError``, saying that the host could not ``action``, where there is no shell.
        """
        argv = self._argv(_ENVIRONMENT + command, action, ["-n"] if not data else [])
        try:
            code, output, complaint = self._run(argv, data or None)
        except OSError as error:
            raise HypervisorError(self._host.name, action, f"its shell could not be had ({error})") from error
        return output, _one_line(complaint) or f"exit code {code}"

    def close(self) -> None:
        """End the login, if there is one; never raises."""
        if self._sockets is None:
            return
        with suppress(OSError):  # no ssh, no login
            self._run([*self._ssh(), "-O", "exit", "--", _target(self._endpoint)], None)
        with suppress(OSError):  # a login that begins just now
            self._sockets.cleanup()
        self._sockets = None

    def _argv(self, command: str, action: str, more: list[str]) -> list[str]:
        if self._endpoint.address is None:
            return ["sh", "-c", command]
        if not self._endpoint.over_ssh:
            raise HypervisorError(self._host.name, action, f"there is no shell on it over {self._endpoint.scheme}")
        return [*self._ssh(), *more, "--", _target(self._endpoint), command]

    def _ssh(self) -> list[str]:
        with self._lock:
            if self._sockets is None:
                self._sockets = TemporaryDirectory(prefix="xenfleet-")
        shared = ["ControlMaster=auto", f"ControlPath={self._sockets.name}/%C", f"ControlPersist={_PERSIST_SECONDS}"]
        return [*_SSH, *(word for option in shared for word in ("-o", option)), *_options(self._endpoint)]


def _one_line(complaint: str) -> str:
    """Return what several programs said, each thing once: two that lack the same say the same."""
    lines = (line.strip() for line in complaint.splitlines())
    return "; ".join(dict.fromkeys(filter(None, lines)))


def _target(endpoint: Endpoint) -> str:
    return f"{endpoint.user}@{endpoint.address}" if endpoint.user else str(endpoint.address)


def _options(endpoint: Endpoint) -> list[str]:
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
