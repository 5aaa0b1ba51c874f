#!/usr/bin/python
# Copyright (c) 2026 The xenfleet.migration contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Have hosts evenly full."""

from __future__ import annotations

DOCUMENTATION = r"""
module: xen_fleet_balance
short_description: Have Xen hosts evenly full
version_added: 0.1.0
author:
  - The xenfleet.migration contributors (@xenfleet)
description:
  - Moves as few running and paused domains as it can, until no host's memory is much fuller or emptier than that of the others.
  - Plans first, with a reason for each move, and checks all of them. What the checks rule out is planned around. See check mode
    and diff mode for the plan.
  - A host that could not be asked is left out of account.
  - Where a move fails, another one is tried. The task fails in the end all the same, and tells each domain that was to move
    and did not.
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
  tolerance:
    description:
      - How much, in percent of its own memory, a host may be fuller or emptier than all of them are together, 0 to 100.
      - Fewer moves are made with a larger one.
    type: float
    default: 5
"""

EXAMPLES = r"""
- name: Show what would make the hosts evenly full
  xenfleet.migration.xen_fleet_balance:
  delegate_to: localhost
  check_mode: true
  diff: true

- name: Have them so, to ten percent, and never two name servers on one host
  xenfleet.migration.xen_fleet_balance:
    tolerance: 10
    keep_apart:
      - [dns1, dns2]
  delegate_to: localhost
"""

RETURN = r"""
msg:
  description: What was done, in a sentence or two, and what could not be done, with the reasons.
  type: str
  returned: always
  sample: Moved 3 domains to xen-b (1), xen-c (2).
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
      sample: "evens out memory: xen-a is 81 % full, xen-c 40 %"
blocked:
  description: Domains that were to move and could not, each with the reason.
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
from ansible_collections.xenfleet.migration.plugins.module_utils._core.planner.values import Balance


def main() -> None:
    """Translate options to a wish, and what came of it to a result."""
    module = arranging_module({"tolerance": {"type": "float", "default": 5}})
    # What can't move is no reason not to move what can; one that is shut off takes no memory.
    run_arranging(module, lambda _known: _wish(module.params["tolerance"]), Leftovers(True, True), shut_off=False)


def _wish(percent: float) -> WholeWish:
    if not 0 <= percent <= 100:
        raise InvalidInput(f"tolerance is {percent:g}: it must be 0 to 100.")
    return Balance(percent / 100)


if __name__ == "__main__":
    main()
