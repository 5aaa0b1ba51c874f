#!/usr/bin/python
# Copyright (c) 2026 The xenfleet.migration contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find domains that a broken move left in a doubtful state, and mend what is certain."""

from __future__ import annotations

DOCUMENTATION = r"""
module: xen_domain_recover
short_description: Find Xen domains that a broken move left in a doubtful state, and mend what is certain
version_added: 0.1.0
author:
  - The xenfleet.migration contributors (@xenfleet)
description:
  - Asks every host what libvirt, and what Xen itself, has of each domain. Finds domains that run twice or nowhere, that are
    suspended and nobody resumes, paused copies that never ran, definitions left behind, jobs and ports held for a caller that
    is gone, and domains that libvirt is mistaken about. Explains each, and mends what is certain.
  - A copy that has run is destroyed only where another one is proven to be the live one, by CPU time that goes on.
    What is left of a guest that has shut down by itself is no copy that could go on, and is cleared away where libvirt never
    noticed.
  - A copy is made to run only where all hosts have shown that they have no other. A host that can't be asked proves nothing.
  - A domain that was paused before its move, and runs since that broke off, is paused again where it is named. A move notes
    with a domain that it was paused.
  - What is not certain is refused, with everything that the hosts show, and the task fails.
  - Mending may restart libvirt's daemon on a host. Domains go on running; no daemon is restarted while the memory of a domain
    is being sent or received there.
  - A move that goes on is left alone, also one whose controller is gone. Run this again when its memory has been sent.
requirements:
  - libvirt-python
  - lxml
  - A shell of root's on the hosts, had the way the connection is, locally or by ssh. Without one nothing is certain.
extends_documentation_fragment:
  - xenfleet.migration.hosts
attributes:
  check_mode:
    support: full
    description: Connects read-only where it can, and tells what would be done.
  diff_mode:
    support: none
    description: What would be done is in RV(cases).
options:
  name:
    description:
      - Names or UUIDs of the domains to look at. By default all domains of all hosts.
      - A domain that just stands suspended, and that libvirt knows to be, may have been suspended on purpose. It is made to run
        on only where it is named.
      - Ansible splits a text at commas. Write a list for a name that holds one.
    type: list
    elements: str
seealso:
  - module: xenfleet.migration.xen_domain_migrate
"""

EXAMPLES = r"""
- name: See whether any domain was left in a doubtful state, and mend what is certain
  xenfleet.migration.xen_domain_recover:
  delegate_to: localhost

- name: The same for one domain, after its move was said to be in doubt
  xenfleet.migration.xen_domain_recover:
    name: web01
    hosts: [xen-a, xen-b]
  delegate_to: localhost
"""

RETURN = r"""
msg:
  description: What was found and done, in sentences.
  type: str
  returned: always
  sample: Nothing is wrong with 12 domains.
cases:
  description: Everything that was not simply well.
  type: list
  elements: dict
  returned: when the hosts could be asked
  contains:
    domain:
      description: The domain's name, null for what is a host's own (a port).
      type: str
      sample: web01
    uuid:
      description: The domain's UUID.
      type: str
      sample: 0f1b1c52-6a53-4d0e-a6d7-3a51b4cbd7f4
    code:
      description:
        - A stable name for what was found, as the collection's documentation lists them.
      type: str
      sample: suspended
    status:
      description:
        - V(repaired), V(planned) in check mode, V(refused) where it is not certain what to do, V(failed) where mending was
          begun and did not come to its end, V(left alone) where a move is under way, or nothing was wrong at a second look.
      type: str
      sample: repaired
    message:
      description: What was found, in a sentence.
      type: str
      sample: "web01: a broken move left it standing still."
    repairs:
      description: The steps that mend it, in their order.
      type: list
      elements: str
      sample: [restart libvirt's daemon on xen-a (domains go on running), wake it on xen-a]
    error:
      description: Why it was not mended; null if it was, or need not be.
      type: str
      sample: null
    copies:
      description: What each host shows of it.
      type: list
      elements: dict
      contains:
        host:
          description: The host.
          type: str
          sample: xen-a
        is:
          description:
            - What the copy is, as far as it is proven. V(runs), V(may_run), V(paused), V(never_ran) (paused, and never ran
              there), V(suspended), V(ended) or V(off).
          type: str
          sample: suspended
        libvirt:
          description: The state that libvirt shows; null if it doesn't know the domain.
          type: str
          sample: running
        persistent:
          description: Whether the host has a definition of it.
          type: bool
          sample: true
        autostart:
          description: Whether it starts with the host.
          type: bool
          sample: true
        job:
          description: Whether libvirt holds a job on it.
          type: bool
          sample: true
        xen:
          description:
            - The state that Xen shows, V(running), V(paused), V(suspended) or V(ended); null if it has none, or was not asked.
          type: str
          sample: suspended
        xen_id:
          description: Xen's id of it.
          type: int
          sample: 7
        xen_cpu_seconds:
          description: The CPU time that Xen shows, in seconds.
          type: float
          sample: 48.7
healthy:
  description: The names of domains that nothing is wrong with.
  type: list
  elements: str
  returned: when the hosts could be asked
  sample: [db01]
missing:
  description: What was asked for in O(name) and no host shows.
  type: list
  elements: str
  returned: when the hosts could be asked
  sample: []
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.xenfleet.migration.plugins.module_utils._core.connections import host_records
from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import MigrationError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.recover import recover
from ansible_collections.xenfleet.migration.plugins.module_utils._core.recovery_result import recovery_result
from ansible_collections.xenfleet.migration.plugins.module_utils._module import connect_for, end, require_libraries
from ansible_collections.xenfleet.migration.plugins.module_utils._outliving import Interrupted, outlive


def main() -> None:
    """Translate options to a question, and what was found and done to a result."""
    module = AnsibleModule(
        argument_spec={"name": {"type": "list", "elements": "str"}, "hosts": {"type": "raw"}},
        supports_check_mode=True,
    )
    require_libraries(module)
    end(module, _answer(module) if module.check_mode else _outliving(module))


def _answer(module: AnsibleModule) -> dict[str, Any]:
    given = module.params
    try:
        hosts = host_records(given["hosts"] or {})
        connect = connect_for(module, read_only=module.check_mode)
        return recovery_result(recover(hosts, given["name"], module.check_mode, connect))
    except MigrationError as error:
        return {"failed": True, "msg": str(error)}


def _outliving(module: AnsibleModule) -> dict[str, Any]:
    """Have a child do it: nothing is to stop between taking one copy away and having the other run on."""
    try:
        return outlive(lambda _waiting: _answer(module), lambda text: module.log(f"Nobody waited for this: {text}"))
    except Interrupted as end:
        text = f"The task was told to end, or died ({end}). What was begun goes on to its end, if it can. Run the task again."
        return {"failed": True, "msg": text}


if __name__ == "__main__":
    main()
