# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The interface at a glance, on an imitation of libvirt."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import yaml

from tests.demo import screen
from tests.demo.run import changed, run_playbook

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "fake_libvirt"))

from fleet import FakeFleet, domain_xml

WORK = Path(".build/tour-state")
NOTICE = "IMITATION: no hypervisor is involved"


def main() -> int:
    """Show a plan, a move, a second run and a refusal; 1 if any of them didn't end as it says."""
    shutil.rmtree(WORK, ignore_errors=True)
    fleet = build(WORK.resolve())
    inventory = write_inventory(fleet)
    wish = {"place_domains_placement": {"web01": "xen-b", "db01": "xen-a", "mail01": "xen-c"}}

    heading("Three hosts and their domains")
    show_placement(fleet)
    screen.say("\nweb01 and db01 are to change places, mail01 (shut off) is to be on xen-c. First, what would be done:")
    planned = run(fleet, inventory, wish, "--check", "--diff")
    heading("Now for real, as far as an imitation can be")
    moved = run(fleet, inventory, wish)
    show_placement(fleet)
    heading("Once more")
    again = run(fleet, inventory, wish)
    heading("What can't be done is said before anything is touched")
    refused = run(fleet, inventory, {"place_domains_placement": {"old-pv": "xen-b", "web02": "xen-a"}})
    screen.say(f"\n{NOTICE}. For a move between real Xen hosts: make demo")
    expected = planned[:2] == (0, 1) and moved == (0, 1) and again == (0, 0) and refused[0] != 0
    return 0 if expected else 1


def build(directory: Path) -> FakeFleet:
    """Make the fleet of the tour."""
    fleet = FakeFleet(directory)
    for name in ("xen-a", "xen-b", "xen-c"):
        fleet.add_host(name, virt_caps=("pv", "hvm", "hap"))
    fleet.add_domain("web01", "xen-a", autostart=True)
    fleet.add_domain("db01", "xen-b")
    fleet.add_domain("mail01", "xen-b", state="shut off")
    fleet.add_domain("old-pv", "xen-c", xml=domain_xml("old-pv", kind="pv"))
    return fleet


def write_inventory(fleet: FakeFleet) -> Path:
    """Write what a user would have: the hosts, and how Ansible reaches them."""
    path = WORK / "inventory.yml"
    hosts = {name: {"ansible_host": address, "ansible_user": "root"} for name, address in fleet.addresses().items()}
    path.write_text(yaml.safe_dump({"xen_hosts": {"hosts": hosts}}))
    return path


def run(fleet: FakeFleet, inventory: Path, wish: Mapping[str, object], *flags: str) -> tuple[int, int]:
    """Run the playbook on the imitation; return its exit status and its number of changes."""
    status, output = run_playbook(inventory, wish, *flags, environment=fleet.environment())
    return status, changed(output)


def heading(text: str) -> None:
    """Begin a screen; each says what this is."""
    screen.heading(f"{text}  [{NOTICE}]")


def show_placement(fleet: FakeFleet) -> None:
    """Show where every domain is."""
    screen.show("\n".join(f"{name:<8} {', '.join(places)}" for name, places in sorted(fleet.placement().items())))


if __name__ == "__main__":
    raise SystemExit(main())
