# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks and the command line on real Xen hosts, with an inventory of nothing but what Ansible needs to log in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.jobs import launch
from tests.support.lab import Lab
from tests.support.playbooks import COLLECTIONS, Playbooks

MODULE = "xenfleet.migration.xen_domain_migrate"
INFO = "xenfleet.migration.xen_domain_info"
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
    """There by a command, back by a play in which each host pulls its own, and nothing left to do for the playbook."""
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
    local = playbooks.command("ansible", "xen-a", "-i", inventory, "-m", INFO, "-a", "hosts=xen-a")
    assert '"placement": {\n        "pulled": "xen-a"' in local  # asked on the hypervisor itself


def test_a_job_moves_what_a_survey_asks_for(
    lab: Lab, guests: Callable[..., None], inventory: str, tmp_path: Path
) -> None:
    """By ansible-runner, as AWX does it; the artifacts tell what both hosts show."""
    guests("by-job")
    answers = {"place_domains_names": " by-job\n", "place_domains_host": "xen-b", "place_domains_live": "yes"}
    environment = {"ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS)}
    text = Path(inventory).read_text()
    moved = launch(tmp_path / "job", "migrate", text, environment, answers)
    told = moved.artifacts["xen_migration"]
    assert (moved.status, told["changed"], told["moves"][0]["live"]) == ("successful", True, True), moved.output
    assert told["domains"]["by-job"]["host"] == "xen-b"
    assert (lab.names("xen-a"), lab.names("xen-b")) == (set(), {"by-job"})
    found = launch(tmp_path / "job", "locate", text, environment, {"locate_domains_names": "by-*, ghost"})
    told = found.artifacts["xen_location"]
    assert (told["placement"], told["missing"], told["unreachable"]) == ({"by-job": "xen-b"}, ["ghost"], [])


def test_two_runs_that_want_the_same_domain_end_with_one_move(
    lab: Lab, guests: Callable[..., None], playbooks: Playbooks
) -> None:
    """Each tells the truth: where the domain is now, or that it was on its way when it was looked for, or went since."""
    guests("wanted")
    before = lab.ticks("wanted")
    wish: dict[str, Any] = {"name": "wanted", "host": "xen-b", "hosts": lab.hosts("xen-a", "xen-b")}
    results = [run.end().result for run in [playbooks.start(**wish), playbooks.start(**wish)]]
    done = [result for result in results if not result.get("failed")]
    late = [result for result in results if result.get("failed")]
    assert [result["domains"]["wanted"]["host"] for result in done] == ["xen-b"] * len(done)
    assert done, results
    on_its_way = (
        "wanted exists more than once",
        "wanted is not on xen-a any more",
        "libvirt on xen-a holds a job on it",
        "Xen on xen-b runs domain wanted",
    )
    assert [result["msg"] for result in late if not any(words in result["msg"] for words in on_its_way)] == []
    assert (lab.names("xen-a"), lab.names("xen-b")) == (set(), {"wanted"})
    assert lab.wait_for_tick_after("wanted", before["count"])["boot"] == before["boot"]


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
