# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks and the command line on real Xen hosts, with an inventory of nothing but what Ansible needs to log in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.lab import Lab
from tests.support.playbooks import Playbooks

MODULE = "xenfleet.migration.xen_domain_migrate"
LOOKUP = "xenfleet.migration.xen_domain_location"


@pytest.fixture
def inventory(lab: Lab, tmp_path: Path) -> str:
    """The lab's inventory, in which no host has a libvirt URI."""
    path = tmp_path / "inventory.yml"
    path.write_text(lab.xenlab("inventory"))
    assert "xen+" not in path.read_text()
    return str(path)


def test_the_inventory_is_all_it_needs(
    lab: Lab, guests: Callable[..., None], playbooks: Playbooks, inventory: str
) -> None:
    """There by a command, back by a play in which each host pulls what belongs on it, and nothing to do for the playbook."""
    guests("pulled")
    before = lab.ticks("pulled")
    pushed = playbooks.command("ansible", "localhost", "-i", inventory, "-m", MODULE, "-a", "name=pulled host=xen-b")
    assert "Moved pulled from xen-a to xen-b, live" in pushed
    assert (lab.copy("xen-a", "pulled"), lab.ticks("pulled")["boot"]) == (None, before["boot"])
    assert "says xen-b running" in playbooks.command(
        "ansible", "localhost", "-i", inventory, "-m", "ansible.builtin.debug", "-a",
        f"msg='says {{{{ lookup(\"{LOOKUP}\", \"pul*\").host }}}} {{{{ lookup(\"{LOOKUP}\", \"pulled\").state }}}}'",
    )  # fmt: skip

    pulled = playbooks.command("ansible-playbook", "-i", inventory, playbooks.write("pull.json", [pull()]))
    assert "changed: [xen-a -> localhost]" in pulled
    assert "skipping: [xen-b]" in pulled
    assert lab.names("xen-b") == set()
    wish = '{"place_domains_placement": {"pulled": "xen-a"}}'
    again = playbooks.command("ansible-playbook", "xenfleet.migration.migrate", "-i", inventory, "-e", wish)
    assert "changed=0" in again
    lab.wait_for_tick_after("pulled", before["count"])


def pull() -> dict[str, Any]:
    """Return a play over the hosts, with what would be in their host_vars."""
    domains = {"xen-a": ["pulled"], "xen-b": []}
    return {
        "hosts": "xen_hosts",
        "gather_facts": False,
        "vars": {"belongs": domains, "xen_domains": "{{ belongs[inventory_hostname] }}"},
        "tasks": [
            {
                "name": "Pull",
                MODULE: {"name": "{{ xen_domains }}"},
                "when": "xen_domains | length > 0",
                "delegate_to": "localhost",
            }
        ],
    }
