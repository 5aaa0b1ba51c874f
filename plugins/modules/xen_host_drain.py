#!/usr/bin/python
# Copyright (c) 2026 The xenfleet.migration contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Empty hosts, and bring their domains home."""

from __future__ import annotations

DOCUMENTATION = r"""
module: xen_host_drain
short_description: Empty Xen hosts, and bring their domains home
version_added: 0.1.0
author:
  - The xenfleet.migration contributors (@xenfleet)
description:
  - Moves every domain off hosts, to where there is room and hosts stay evenly full, and later brings them back.
  - Where a domain was at home is noted in its own metadata when it leaves. So whichever machine can bring it back, however long
    after. A domain that is away from home already keeps the home that it has.
  - Plans first, with a reason for each move, and checks all of them. What the checks rule out is planned around. See check mode
    and diff mode for the plan.
  - While hosts are being emptied, nothing moves if any domain on them can't, unless O(partial) is true. The result tells each
    such domain, and why it can't.
  - A host is empty when its Xen has no domains any more but those that are part of Xen itself. Xen is asked for that by a shell
    on the host. What it has and libvirt doesn't know can't be moved.
  - A move that fails is planned again to another host, or to the same one where domains with which it is kept together have
    arrived there. After two, the domain is left where it is. Failed moves are told of, also those of domains that were only
    to make room.
  - No plan of another run on the same machine, by the same user, chooses a host while it is being emptied.
  - Domains come home in passes, as long as something moves, because one may have to leave before another one has room. Hosts
    that could not be asked are told of, because domains that are to come home may be there.
  - How moves are made is what M(xenfleet.migration.xen_domain_migrate) tells.
requirements:
  - libvirt-python
  - lxml
extends_documentation_fragment:
  - xenfleet.migration.hosts
  - xenfleet.migration.how
  - xenfleet.migration.moving
  - xenfleet.migration.planning
attributes:
  async:
    support: full
    description: Without the lines that tell how far a move is.
  check_mode:
    support: full
    description: Connects read-only, and returns the plan and the very moves that would be made.
  diff_mode:
    support: full
    description: Shows the plan as a table.
options:
  host:
    description:
      - The host or hosts to empty, or whose domains are to come home, by their names in O(hosts).
      - By default the host of the play, where that is one of O(hosts).
      - With V(restored), V(all) stands for every host.
    type: list
    elements: str
  state:
    description:
      - With V(drained), the hosts hold no domains.
      - With V(restored), every domain whose home is one of the hosts is there.
    type: str
    choices: [drained, restored]
    default: drained
  partial:
    description:
      - Whether what can move does, although something else can't.
      - By default V(true) for O(state=restored), else V(false).
    type: bool
  leftovers_ok:
    description:
      - Whether the task succeeds although domains are left that weren't to be, or may be, on hosts that could not be asked.
        A move in doubt always fails it, and so does a group that failed moves have left torn up, or on one host although it
        is kept apart.
      - By default V(true) for O(state=restored), else V(false); a host that is to be rebooted has to be empty.
    type: bool
  shut_off:
    description: Whether domains that are shut off go, too, by their definition.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Empty xen-a
  xenfleet.migration.xen_host_drain:
    host: xen-a
  delegate_to: localhost

- name: Show what would be done, without doing it
  xenfleet.migration.xen_host_drain:
    host: xen-a
  delegate_to: localhost
  check_mode: true
  diff: true

- name: Empty it as far as possible, to two hosts, with two domains that must never share one
  xenfleet.migration.xen_host_drain:
    host: xen-a
    destinations: [xen-b, xen-c]
    keep_apart:
      - [dns1, dns2]
    reserve_mib: 2048
    partial: true
    leftovers_ok: true
  delegate_to: localhost

- name: Bring home whoever was at home there
  xenfleet.migration.xen_host_drain:
    host: xen-a
    state: restored
  delegate_to: localhost
"""

RETURN = r"""
msg:
  description: What was done, in a sentence or two, and what could not be done, with the reasons.
  type: str
  returned: always
  sample: xen-a is drained. Moved 12 domains to xen-b (7), xen-c (5).
plan:
  description: The moves that were planned first, in order.
  type: list
  elements: dict
  returned: when the hosts could be asked
  contains:
    domain:
      description: The domain's name.
      type: str
      sample: web01
    uuid:
      description: Its UUID.
      type: str
      sample: 0f1b1c52-6a53-4d0e-a6d7-3a51b4cbd7f4
    source:
      description: The host that it is on.
      type: str
      sample: xen-a
    destination:
      description: The host that it is to go to.
      type: str
      sample: xen-c
    memory_mib:
      description: The memory in MiB that a host needs for it; 0 for one that is shut off.
      type: int
      sample: 4131
    reason:
      description: Why it goes, and why there.
      type: str
      sample: xen-a is drained; xen-c has most room
blocked:
  description: The domains that stay where they weren't to stay, each with the reason.
  type: list
  elements: dict
  returned: when the hosts could be asked
  contains:
    domain:
      description: The domain's name.
      type: str
      sample: db01
    uuid:
      description: Its UUID.
      type: str
      sample: 4a7cf2be-92c1-4f0e-8a0f-14a4a1d2bf2e
    host:
      description: The host that it is on.
      type: str
      sample: xen-a
    code:
      description: What keeps it, a code of the planner's or of a finding.
      type: str
      sample: memory_short
    reason:
      description: What keeps it, in words.
      type: str
      sample: "needs 4131 MiB: xen-b has 1024 MiB free of 8192 MiB."
moves:
  description: The moves that were made, as M(xenfleet.migration.xen_domain_migrate) returns them; in check mode, would be.
  type: list
  elements: dict
  returned: when the hosts could be asked
domains:
  description: The domains that were moved, by name, as their hosts show them now.
  type: dict
  returned: when the hosts could be asked
hosts:
  description: All hosts RV(hosts.before) and RV(hosts.after).
  type: dict
  returned: when the hosts could be asked
  contains:
    before:
      description:
        - Host name to its C(memory_mib) in all, C(free_mib), and C(domains), each with C(name), C(uuid), C(state),
          C(memory_mib) and the C(home) that is noted with it. A host that could not be asked has a C(problem) instead.
      type: dict
    after:
      description: The same, afterwards.
      type: dict
table:
  description: The plan as lines of a table, what diff mode shows.
  type: list
  elements: str
  returned: when the hosts could be asked
findings:
  description: Everything that was found before the moves, as M(xenfleet.migration.xen_domain_migrate) returns it.
  type: list
  elements: dict
  returned: when the hosts could be asked
"""

from ansible_collections.xenfleet.migration.plugins.module_utils._arranging import (
    Leftovers,
    arranging_module,
    run_arranging,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._core.arranging.wanted import WholeWish
from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.xenfleet.migration.plugins.module_utils._core.planner.values import BringHome, Drain


def main() -> None:
    """Translate options to a wish, and what came of it to a result."""
    module = arranging_module(
        {
            "host": {"type": "list", "elements": "str"},
            "state": {"type": "str", "choices": ["drained", "restored"], "default": "drained"},
            "partial": {"type": "bool"},
            "leftovers_ok": {"type": "bool"},
            "shut_off": {"type": "bool", "default": True},
        }
    )
    given = module.params
    restored = given["state"] == "restored"
    leftovers = Leftovers(
        *(restored if given[option] is None else given[option] for option in ("partial", "leftovers_ok"))
    )
    run_arranging(module, lambda known: _wish(given["host"], restored, known), leftovers, given["shut_off"])


def _wish(named: list[str] | None, restored: bool, known: list[str]) -> WholeWish:
    if not named:
        raise InvalidInput(f"host is not given: name one or more of {', '.join(known) or 'no hosts'}.")
    unknown = [name for name in named if name not in known and not (restored and name == "all")]
    if unknown:
        raise InvalidInput(f"Host {unknown[0]} is not among the hosts: {', '.join(known)}.")
    if not restored:
        return Drain(frozenset(named))
    return BringHome(None if "all" in named else frozenset(named))


if __name__ == "__main__":
    main()
