# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
"""Commands on a host, over ssh, with host keys known and verified and nothing of the user's own ssh set-up."""

from __future__ import annotations

import shlex
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from labtool.errors import LabError
from labtool.keys import public
from labtool.locks import write_atomically
from labtool.paths import Paths
from labtool.state import Host

_CONFIG = """\
Host {name}
  HostName 127.0.0.1
  Port {port}
  HostKeyAlias xenlab-{name}
"""
_COMMON = """\
Host *
  User root
  IdentityFile "{state}/client_key"
  IdentitiesOnly yes
  UserKnownHostsFile "{state}/known_hosts"
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  BatchMode yes
  ConnectTimeout 30
  ServerAliveInterval 30
  KexAlgorithms curve25519-sha256
  LogLevel ERROR
  ControlMaster auto
  ControlPersist 120
  ControlPath "{sockets}/%n.ssh"
"""


def write_configuration(paths: Paths, hosts: Sequence[Host], keys: Path) -> None:
    """Write ssh_config, known_hosts and the client's key. keys: the directory of the lab's keys."""
    state = paths.state
    sections = [_CONFIG.format(name=host.name, port=host.ssh_port) for host in hosts]
    common = _COMMON.format(state=state, sockets=paths.sockets)
    write_atomically(state / "ssh_config", "".join([*sections, common]), 0o600)
    known = []
    for host in hosts:
        key = public(keys, host.name)
        known += [f"[127.0.0.1]:{host.ssh_port} {key}\n", f"xenlab-{host.name} {key}\n"]
    write_atomically(state / "client_key", (keys / "client").read_text(encoding="utf-8"), 0o600)
    write_atomically(state / "known_hosts", "".join(known), 0o600)


def ssh_command(paths: Paths, host: str, *options: str) -> list[str]:
    """The start of an ssh command line for that host."""
    return ["ssh", "-F", str(paths.state / "ssh_config"), *options, host]


def run(
    paths: Paths, host: str, command: Sequence[str], text: str = "", timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run a command on a host with `text` as its input. timeout: seconds. A failing command is not an error here."""
    call = [*ssh_command(paths, host, "-T"), "--", shlex.join(command)]
    try:
        return subprocess.run(call, input=text, capture_output=True, text=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired as error:
        raise LabError(f"{host} did not finish {command[0]} within {timeout:.0f} s") from error


def check(paths: Paths, host: str, command: Sequence[str], text: str = "", timeout: float = 120) -> str:
    """Run a command on a host and return its output; LabError with what it said if it fails."""
    ended = run(paths, host, command, text, timeout)
    if ended.returncode:
        said = (ended.stderr or ended.stdout).strip()
        raise LabError(f"{command[0]} on {host} failed with {ended.returncode}: {said}")
    return ended.stdout


def answers(port: int) -> bool:
    """Whether an ssh server says hello there; far cheaper than a connection."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


def libvirt_uri(paths: Paths, host: Host) -> str:
    """The libvirt URI of a host, with host keys verified and nothing of the user's own ssh set-up."""
    options = {
        "keyfile": str(paths.state / "client_key"),
        "known_hosts": str(paths.state / "known_hosts"),
        "known_hosts_verify": "normal",
        "sshauth": "privkey",
    }
    query = "&".join(f"{name}={quote(value)}" for name, value in options.items())
    return f"xen+libssh://root@127.0.0.1:{host.ssh_port}/system?{query}"
