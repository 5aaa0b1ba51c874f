# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventories of the fake fleet, and tasks that ask where domains are."""

from __future__ import annotations

from typing import Any

import yaml
from fleet import FakeFleet

LOOKUP = "xenfleet.migration.xen_domain_location"
A, B, C = "192.0.2.11", "192.0.2.12", "192.0.2.13"


def at(address: str, **variables: object) -> dict[str, object]:
    """Return what a host of the fleet needs in an inventory."""
    return {"ansible_host": address, "ansible_user": "root", **variables}


def inventory(fleet: FakeFleet, hosts: dict[str, dict[str, object]], group: str = "xen_hosts") -> str:
    """Write an inventory with these hosts in one group; return its path."""
    path = fleet.directory / "inventory.yml"
    path.write_text(yaml.safe_dump({group: {"hosts": hosts}}, sort_keys=False))
    return str(path)


def book(*tasks: dict[str, Any], on: str = "localhost", **variables: Any) -> list[dict[str, Any]]:
    """Return a playbook of one play that goes on after a failed task."""
    steps = [{"name": "Task", "ignore_errors": True, **task} for task in tasks]
    return [{"name": "Play", "hosts": on, "gather_facts": False, "vars": variables, "tasks": steps}]


def query(*terms: Any, function: str = "query", **options: Any) -> dict[str, Any]:
    """Return a task that asks; what it is told is in its result's ``msg``, an error as well as an answer."""
    arguments = [repr(LOOKUP), *map(repr, terms), *(f"{name}={value!r}" for name, value in options.items())]
    return {"ansible.builtin.debug": {"msg": f"{{{{ {function}({', '.join(arguments)}) }}}}"}}
