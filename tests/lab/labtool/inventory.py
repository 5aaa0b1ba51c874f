# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
"""The lab as an Ansible inventory."""

from __future__ import annotations

import json

from labtool.paths import Paths
from labtool.state import Host, State


def _host_variables(paths: Paths, host: Host) -> dict[str, str | int]:
    known = f"-o UserKnownHostsFile={paths.state / 'known_hosts'} -o GlobalKnownHostsFile=/dev/null"
    return {
        "ansible_host": "127.0.0.1",
        "ansible_port": host.ssh_port,
        "ansible_user": "root",
        "ansible_ssh_private_key_file": str(paths.state / "client_key"),
        "ansible_ssh_common_args": f"{known} -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes",
        "ansible_python_interpreter": "/usr/bin/python3",
    }


def _lines(name: str, variables: dict[str, str | int]) -> list[str]:
    # A JSON string or number is YAML too.
    return [f"        {name}:", *(f"          {key}: {json.dumps(value)}" for key, value in variables.items())]


def inventory(paths: Paths, state: State) -> str:
    """YAML: group xen_hosts, and the machine itself as localhost."""
    local: dict[str, str | int] = {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
    }
    hosts = [line for host in state.hosts.values() for line in _lines(host.name, _host_variables(paths, host))]
    lines = ["all:", "  children:", "    ungrouped:", "      hosts:", *_lines("localhost", local)]
    lines += ["    xen_hosts:", "      hosts:" if hosts else "      hosts: {}", *hosts]
    return "\n".join(lines) + "\n"
