# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A live move between two real Xen hosts, and the proof that it is the same guest before and after."""

from __future__ import annotations

import json
import re
import subprocess
import time
from pathlib import Path
from typing import Any

from tests.demo.run import changed, run_playbook
from tests.demo.screen import good, heading, say, show
from tests.support.lab import Lab, bring_up

NAME = "web01"
WORK = Path(".build/demo")


def main() -> int:
    """Run the demo; 1 if anything it claims was not seen."""
    begun = time.monotonic()
    heading("Two Xen hosts")
    say("Emulated by QEMU, but real: Xen, a Debian 12 control domain and libvirt's Xen driver on each.")
    lab = bring_up("12", "12")
    source = find_or_start_guest(lab)
    destination = "xen-b" if source == "xen-a" else "xen-a"
    inventory = write_inventory(lab)
    before = lab.ticks(NAME)

    heading(f"{NAME} is on {source} and is to be on {destination}")
    show_placement(lab)
    # Pinged from where it is going to be: what is heard there is what its clients would notice.
    lab.xenlab("guest", "silence", "start", "--from", destination, "--", NAME)
    first = place(inventory, destination)
    after = lab.wait_for_tick_after(NAME, before["count"])
    silence = json.loads(lab.xenlab("guest", "silence", "stop", "--from", destination, "--", NAME))

    heading("Where it is now")
    show_placement(lab)
    prove(before, after, destination, silence, first)

    heading("The same playbook once more")
    second = place(inventory, destination)
    claim(changed(second) == 0, "the second run changed nothing: changed=0")
    say(f"\nAll of it took {time.monotonic() - begun:.0f} s. The hosts stay up: look around with")
    show(f"tests/lab/xenlab ssh {destination} -- virsh list --all\ntests/lab/xenlab guest list\ntests/lab/xenlab down")
    return 0


def find_or_start_guest(lab: Lab) -> str:
    """Return the host of the demo's guest, started if there is none."""
    hosts = [host for host in lab.uris if NAME in lab.names(host)]
    if not hosts:
        say(f"\nA guest, {NAME}: a Linux that prints a tick each second and answers ping.")
        subprocess.run(["tests/lab/xenlab", "guest", "add", "--autostart", "--", NAME], check=True)
        return "xen-a"
    return hosts[0]


def write_inventory(lab: Lab) -> Path:
    """Keep the lab's inventory in a file, as a user would have one."""
    WORK.mkdir(parents=True, exist_ok=True)
    path = WORK / "inventory.yml"
    path.write_text(lab.xenlab("inventory"))
    return path


def place(inventory: Path, destination: str) -> str:
    """Run the collection's playbook and return its output; ends the demo if it fails."""
    status, output = run_playbook(inventory, {"place_domains_placement": {NAME: destination}}, "--diff")
    if status != 0:
        raise SystemExit(f"ansible-playbook ended with {status}")
    return output


def show_placement(lab: Lab) -> None:
    """Show every domain of every host, and what is heard of it."""
    show(lab.xenlab("guest", "list"))


def prove(
    before: dict[str, Any], after: dict[str, Any], destination: str, silence: dict[str, Any], output: str
) -> None:
    """Hold what was seen against what was promised."""
    claim(changed(output) == 1, "the playbook changed one thing")
    claim(after["host"] == destination, f"{NAME} runs on {destination}, and only there")
    claim(
        after["boot"] == before["boot"],
        f"it is the same running guest: boot {after['boot']}, tick {before['count']} before, {after['count']} now",
    )
    told = re.search(r"Moved .* in ([0-9.]+) s", output)
    claim(told is not None, f"its move took {told.group(1) if told else '?'} s")
    good(f"its network was silent for {silence['longest_silence']:.1f} s at the longest, on two emulated processors")


def claim(seen: bool, text: str) -> None:
    """Print what was proven, or end with what was not."""
    if not seen:
        raise SystemExit(f"NOT SEEN: {text}")
    good(text)


if __name__ == "__main__":
    raise SystemExit(main())
