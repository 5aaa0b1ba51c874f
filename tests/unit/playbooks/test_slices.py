# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sliced jobs: each sees an inventory with its own hosts only, made by AWX's own rules."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fleet import FakeFleet
from playing import ROOT

from tests.support.jobs import Job, launch

DOMAINS = {"xen-a": ["web01"], "xen-b": "web02, db01", "xen-c": [], "xen-d": ["db02"]}
"""What each host's variable says; a text is as good as a list."""
BEFORE = {"web01": "xen-d", "web02": "xen-a", "db01": "xen-c", "db02": "xen-d"}
AFTER = {"web01": "xen-a", "web02": "xen-b", "db01": "xen-b", "db02": "xen-d"}
ALL = {"xenfleet_hosts": list(DOMAINS)}
ANSWERS = {"awx_workflow_job_name": "Pull Xen domains", "awx_job_template_name": "Pull Xen domains"}


@pytest.fixture
def fleet(fleet: FakeFleet) -> FakeFleet:
    """Four hosts and four domains, three of which are not where they should be."""
    fleet.add_host("xen-c")
    fleet.add_host("xen-d")
    fleet.add_domains(BEFORE)
    return fleet


def script(fleet: FakeFleet, number: int, count: int, variables: dict[str, Any]) -> str:
    """Return the inventory script of a slice: hosts in the order of their names, every ``count``-th, nothing of the others.

    Variables of the inventory and of groups are whole (Inventory.get_script_data of AWX).
    """
    here = sorted(DOMAINS)[number - 1 :: count]
    data = {
        "all": {"vars": {"addresses": fleet.addresses(), **variables}, "hosts": [], "children": ["xen_hosts"]},
        "xen_hosts": {
            "hosts": here,
            "vars": {"ansible_user": "root", "ansible_host": "{{ addresses[inventory_hostname] }}"},
        },
        "_meta": {"hostvars": {name: {"xen_domains": DOMAINS[name]} for name in here}},
    }
    return f"#! /usr/bin/env python3\n# -*- coding: utf-8 -*-\nprint({json.dumps(data)!r})\n"


def run_slice(fleet: FakeFleet, number: int, count: int = 2, **variables: Any) -> Job:
    environment = {
        **fleet.environment(),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build/collections"),
        "ANSIBLE_HOME": str(ROOT / ".build/ansible"),
    }
    inventory = script(fleet, number, count, variables)
    return launch(fleet.directory / f"slice{number}", "pull", inventory, environment, ANSWERS)


def changes(job: Job) -> dict[str, bool]:
    assert job.status == "successful", job.output
    return {name: told["changed"] for name, told in job.artifacts["xen_pull"].items()}


def places(fleet: FakeFleet) -> dict[str, str]:
    """Return where each domain is, which has to run there and nowhere else."""
    found = fleet.placement()
    assert all(len(places) == 1 and places[0].endswith(": running") for places in found.values()), found
    return {name: places[0].removesuffix(": running") for name, places in found.items()}


def test_slices_one_after_another_bring_every_domain_home_and_a_second_run_changes_nothing(fleet: FakeFleet) -> None:
    first, second = run_slice(fleet, 1, **ALL), run_slice(fleet, 2, **ALL)
    assert (changes(first), changes(second)) == ({"xen-a": True}, {"xen-b": True, "xen-d": False})
    assert places(fleet) == AFTER
    assert "web01 from xen-d to xen-a, live" in first.artifacts["xen_pull"]["xen-a"]["msg"]
    assert [move["domain"] for move in second.artifacts["xen_pull"]["xen-b"]["moves"]] == ["web02", "db01"]
    again = [changes(run_slice(fleet, number, **ALL)) for number in (1, 2)]
    assert again == [{"xen-a": False}, {"xen-b": False, "xen-d": False}]


def test_slices_at_once_bring_every_domain_home(fleet: FakeFleet) -> None:
    with ThreadPoolExecutor(4) as pool:
        jobs = list(pool.map(lambda number: run_slice(fleet, number, 4, **ALL), (1, 2, 3, 4)))
    told = {name: changed for job in jobs[:2] + jobs[3:] for name, changed in changes(job).items()}
    assert told == {"xen-a": True, "xen-b": True, "xen-d": False}
    assert (jobs[2].status, jobs[2].artifacts) == ("successful", {})  # xen-c has no domains to pull
    assert places(fleet) == AFTER


def test_a_dictionary_of_hosts_serves_slices_as_well(fleet: FakeFleet) -> None:
    assert changes(run_slice(fleet, 1, xenfleet_hosts=fleet.uris())) == {"xen-a": True}
    assert places(fleet)["web01"] == "xen-a"


@pytest.mark.parametrize("hosts", [None, "xen_hosts", ["xen_hosts", "!xen-c"]])
def test_a_slice_that_does_not_know_the_other_hosts_is_refused(fleet: FakeFleet, hosts: object) -> None:
    before = fleet.snapshot()
    job = run_slice(fleet, 2, **({"xenfleet_hosts": hosts} if hosts else {}))
    assert job.status == "failed"
    assert "this job is a slice, its inventory holds xen-b, xen-d and no other Xen host" in job.output
    assert "in the inventory's variable xenfleet_hosts" in job.output
    assert fleet.snapshot() == before


def test_a_host_that_is_not_among_the_named_ones_is_told_so(fleet: FakeFleet) -> None:
    job = run_slice(fleet, 1, xenfleet_hosts=["xen-c", "xen-d"])
    assert job.status == "failed"
    assert job.artifacts["xen_pull"]["xen-a"]["msg"] == (
        "Domain web01 is to be on host xen-a, which is unknown. Known hosts: xen-c, xen-d."
    )
