# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One live move: a whole ansible-playbook run against ``virsh migrate`` of the same domain between the same two hosts."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from tests.bench.virsh import virsh_migrate
from tests.support.lab import Lab, bring_up
from tests.support.playbooks import Playbooks

NAME = "bench01"
HOSTS = ("xen-a", "xen-b")
WANTED_RATIO = 1.15


def main() -> int:
    """Measure in pairs, there with one and back with the other, and change who begins with every pair."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=4, help="moves by each of the two (default: 4)")
    rounds = parser.parse_args().rounds
    lab = bring_up("12", "12")
    lab.xenlab("guest", "add", "--host", "xen-a", "--", NAME)
    with tempfile.TemporaryDirectory() as directory:
        playbooks = Playbooks(Path(directory))
        times = measure(
            rounds, lambda goal: by_playbook(playbooks, lab, goal), lambda goal: by_virsh(lab, goal), lambda: rest(lab)
        )
    lab.xenlab("guest", "remove", "--", NAME)
    return report(*times)


def measure(
    rounds: int, ours: Callable[[str], float], peer: Callable[[str], float], between: Callable[[], None]
) -> tuple[list[float], list[float]]:
    """Return the seconds of each move, ours and the peer's; ``between`` them the hosts come to rest."""
    our_times: list[float] = []
    peer_times: list[float] = []
    for number in range(rounds):
        goals = ["xen-b", "xen-a"]
        pair = [(ours, our_times), (peer, peer_times)]
        for goal, (move, times) in zip(goals, pair if number % 2 == 0 else reversed(pair), strict=True):
            between()
            times.append(move(goal))
            print(
                f"  {goal}  {'ansible-playbook' if move is ours else 'virsh migrate':<18} {times[-1]:6.1f} s",
                flush=True,
            )
    return our_times, peer_times


def rest(lab: Lab) -> None:
    """Wait until both hosts are done with the last move: a source goes on tidying up for a second or two after its end."""
    # [/] and [l]: or the search would find the shell that searches.
    tidying = "pgrep -f '[/]etc/xen/scripts/|[l]ibxl-save-helper' >/dev/null"
    for host in HOSTS:
        lab.xenlab("ssh", host, "--", f"udevadm settle && while {tidying}; do sleep 0.2; done")


def by_playbook(playbooks: Playbooks, lab: Lab, goal: str) -> float:
    """Move with a whole ansible-playbook run."""
    begun = time.monotonic()
    output = playbooks.bare(name=NAME, host=goal, hosts=lab.hosts(*HOSTS))
    seconds = time.monotonic() - begun
    if "changed=1 " not in output:
        raise RuntimeError(output)
    return seconds


def by_virsh(lab: Lab, goal: str) -> float:
    """Move with libvirt's own client."""
    source = HOSTS[1 - HOSTS.index(goal)]
    begun = time.monotonic()
    virsh_migrate(lab, NAME, source, goal)
    return time.monotonic() - begun


def report(ours: list[float], peer: list[float]) -> int:
    """Print the medians and their ratio; 1 if it is more than wanted."""
    ratio = median(ours) / median(peer)
    print(f"one domain, live: ansible-playbook {median(ours):.1f} s, virsh migrate {median(peer):.1f} s")
    print(f"ratio {ratio:.2f}, at most {WANTED_RATIO} wanted: {'ok' if ratio <= WANTED_RATIO else 'TOO SLOW'}")
    return 0 if ratio <= WANTED_RATIO else 1


if __name__ == "__main__":
    raise SystemExit(main())
