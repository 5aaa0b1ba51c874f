# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs about whole hosts: tasks, and the collection's own playbooks."""

from __future__ import annotations

from typing import Any

import yaml
from asking import A, B, C, at, book, inventory
from fleet import FakeFleet
from playing import ROOT, Run, play_book

from tests.support.jobs import Job, launch

DRAIN = "xenfleet.migration.xen_host_drain"
HOSTS = {"xen-a": at(A), "xen-b": at(B), "xen-c": at(C)}


def three_hosts(fleet: FakeFleet) -> FakeFleet:
    """Add a third host, and two domains on the first."""
    fleet.add_host("xen-c")
    fleet.add_domain("web01", "xen-a")
    fleet.add_domain("db01", "xen-a", state="shut off")
    return fleet


def on(fleet: FakeFleet, host: str) -> set[str]:
    return {name for name, places in fleet.placement().items() if places[0].startswith(f"{host}:")}


def tasks(
    fleet: FakeFleet, *steps: dict[str, Any], play_over: str = "localhost", arguments: tuple[str, ...] = ()
) -> Run:
    return play_book(fleet, book(*steps, on=play_over), inventory(fleet, HOSTS), arguments)


def job(fleet: FakeFleet, playbook: str, hosts: dict[str, dict[str, object]] | None = None, **answers: object) -> Job:
    """Run one of the collection's playbooks as AWX does, with a survey's answers."""
    environment = {
        **fleet.environment(),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build/collections"),
        "ANSIBLE_HOME": str(ROOT / ".build/ansible"),
        "TMPDIR": str(fleet.directory),
    }
    text = yaml.safe_dump({"xen_hosts": {"hosts": hosts or HOSTS}}, sort_keys=False)
    return launch(fleet.directory / "job", playbook, text, environment, answers)
