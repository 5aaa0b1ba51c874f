# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a host reaches another's migration ports: the command itself, run here, and what is made of its answers."""

from __future__ import annotations

import pytest
from shell import run_command

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import HypervisorError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Host
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.host_reach import ask_reach, read_reach
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.shell import Shell

SAID = "bash: connect: {0}\nbash: line 1: /dev/tcp/192.0.2.1/49215: {0}\nended 1\n"
ANSWERS = {
    "somebody listens": ("ended 0\n", None),
    "nobody listens": (SAID.format("Connection refused"), None),
    "a firewall rejects": (SAID.format("No route to host"), "No route to host"),
    "there is no way": (SAID.format("Network is unreachable"), "Network is unreachable"),
    "a firewall drops": ("ended 124\n", "no answer within 5 s"),
}


@pytest.mark.parametrize(("output", "reason"), ANSWERS.values(), ids=ANSWERS.keys())
def test_a_way_is_open_or_not_when(output: str, reason: str | None) -> None:
    assert read_reach(output, "exit code 0", "xen-a", "192.0.2.1") == reason


@pytest.mark.parametrize("output", ["", "ended 127\n", "timeout: failed to run command 'bash'\nended 127\n"])
def test_a_host_without_bash_can_t_try(output: str) -> None:
    with pytest.raises(HypervisorError, match=r"xen-a could not try to reach 192\.0\.2\.1: "):
        read_reach(output, "exit code 0", "xen-a", "192.0.2.1")


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_the_command_reaches_this_machine(address: str) -> None:
    assert ask_reach(Shell(Host("xen-a", "xen:///system"), run_command), address) is None
