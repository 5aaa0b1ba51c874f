# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks as AWX runs them: by ansible-runner, from a private data directory, with a survey's answers."""

from __future__ import annotations

import json
import sys

import pytest
from fleet import FakeFleet
from playing import ROOT

from tests.support.jobs import Job, launch


def run(fleet: FakeFleet, playbook: str, credential: dict[str, str] | None = None, **answers: object) -> Job:
    """Run a job on the fake fleet; ``answers`` are a survey's, ``credential`` what a credential puts into the environment."""
    hosts = {name: {"ansible_host": address, "ansible_user": "root"} for name, address in fleet.addresses().items()}
    localhost = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    inventory = {"all": {"hosts": {"localhost": localhost}, "children": {"xen_hosts": {"hosts": hosts}}}}
    environment = {
        **fleet.environment(),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build/collections"),
        "ANSIBLE_HOME": str(ROOT / ".build/ansible"),
        **(credential or {}),
    }
    return launch(fleet.directory / "job", playbook, json.dumps(inventory), environment, answers)


def test_a_survey_s_answers_move_domains_and_the_artifacts_tell_it(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    fleet.add_domain("web 02", "xen-a", state="shut off")
    answers = {
        "place_domains_names": "web01,\n web 02\n",
        "place_domains_host": "xen-b",
        "place_domains_placement": "",
        "place_domains_hosts": "",
        "place_domains_live": "",
        "place_domains_encrypted": "",
        "place_domains_new_name": "",
        "place_domains_stopovers": "",
        "place_domains_bandwidth": "",
        "place_domains_timeout": "",
    }
    job = run(fleet, "migrate", **answers)
    told = job.artifacts["xen_migration"]
    assert (job.status, told["changed"], told["failed"]) == ("successful", True, False), job.output
    assert {name: domain["host"] for name, domain in told["domains"].items()} == {"web01": "xen-b", "web 02": "xen-b"}
    assert [(move["domain"], move["status"], move["live"]) for move in told["moves"]] == [
        ("web01", "moved", True),
        ("web 02", "moved", False),
    ]
    assert '"msg": "web01 is on xen-b (running)"' in job.output
    assert run(fleet, "migrate", **answers).artifacts["xen_migration"]["changed"] is False


@pytest.mark.parametrize("placement", ["web01: xen-b\n", '{"web01": "xen-b"}', {"web01": "xen-b"}])
def test_a_placement_may_be_typed(fleet: FakeFleet, placement: object) -> None:
    fleet.add_domain("web01", "xen-a")
    answers = {"place_domains_live": "no", "place_domains_encrypted": "yes", "place_domains_timeout": 0}
    job = run(fleet, "migrate", place_domains_placement=placement, **answers)
    moves = job.artifacts["xen_migration"]["moves"]
    assert [(move["live"], move["encrypted"], move["timeout"]) for move in moves] == [(False, True, None)], job.output


def test_a_job_that_fails_leaves_its_reason_in_the_artifacts(fleet: FakeFleet) -> None:
    job = run(fleet, "migrate", place_domains_names="ghost", place_domains_host="xen-b")
    told = job.artifacts["xen_migration"]
    assert (job.status, told["failed"], told["changed"]) == ("failed", True, False), job.output
    assert "ghost" in told["msg"]
    assert told["moves"] == []


def test_a_job_that_looks_tells_where_domains_are_and_what_it_did_not_find(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    fleet.add_domain("web02", "xen-b", state="shut off")
    fleet.add_domain("db01", "xen-b")
    job = run(fleet, "locate", locate_domains_names="web*, ghost", locate_domains_hosts="")
    told = job.artifacts["xen_location"]
    assert job.status == "successful", job.output
    assert told["placement"] == {"web01": "xen-a", "web02": "xen-b"}
    assert (told["missing"], told["ambiguous"], told["unreachable"]) == (["ghost"], [], [])
    assert '"msg": "web02 is on xen-b (shut off)"' in job.output
    assert '"msg": "ghost was not found"' in job.output
    every = run(fleet, "locate", locate_domains_names="").artifacts["xen_location"]
    assert every["placement"] == {"web01": "xen-a", "web02": "xen-b", "db01": "xen-b"}
