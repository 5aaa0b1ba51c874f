# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a host reaches another's migration ports: the command itself, run here, and what is made of its answers."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from shell import run_command

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import HypervisorError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Host
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.host_reach import ask_reach, read_reach
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.shell import Shell

SAID = "192.0.2.1 ended 1 bash: connect: {0} bash: line 1: /dev/tcp/192.0.2.1/49215: {0}\n"
ANSWERS = {
    "somebody listens": ("192.0.2.1 ended 0\n", None),
    "nobody listens": (SAID.format("Connection refused"), None),
    "a firewall rejects": (SAID.format("No route to host"), "No route to host"),
    "there is no way": (SAID.format("Network is unreachable"), "Network is unreachable"),
    "a firewall drops": ("192.0.2.1 ended 124\n", "no answer within 5 s"),
    "others were tried as well": (f"192.0.2.10 ended 124\n{SAID.format('Connection refused')}::1 ended 0\n", None),
    "the host greets": ("The migration has ended 1 day ago\n192.0.2.1 ended 0\n", None),
}


@pytest.mark.parametrize(("output", "reason"), ANSWERS.values(), ids=ANSWERS.keys())
def test_a_way_is_open_or_not_when(output: str, reason: str | None) -> None:
    assert read_reach(output, "exit code 0", "xen-a", ["192.0.2.1"]) == {"192.0.2.1": reason}


@pytest.mark.parametrize(
    "output",
    ["", "192.0.2.1 ended 127\n", "192.0.2.1 ended 127 timeout: failed to run command 'bash'\n", "::1 ended 0\n"],
)
def test_a_host_without_bash_can_t_try(output: str) -> None:
    with pytest.raises(HypervisorError, match=r"xen-a could not try to reach 192\.0\.2\.1: "):
        read_reach(output, "exit code 0", "xen-a", ["192.0.2.1"])


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["::1"], [f"127.0.0.{number}" for number in range(1, 121)]])
def test_the_command_reaches_this_machine(addresses: list[str]) -> None:
    here = Shell(Host("xen-a", "xen:///system"), run_command)
    assert ask_reach(here, addresses) == dict.fromkeys(addresses)


@pytest.mark.parametrize("odd", ["$(touch made)", "`touch made`", "; touch made", "/../../dev/null; touch made #", "*"])
def test_what_is_no_address_runs_nothing(odd: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with suppress(HypervisorError):
        ask_reach(Shell(Host("xen-a", "xen:///system"), run_command), [odd])
    assert not list(tmp_path.iterdir())
