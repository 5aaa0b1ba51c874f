#!/usr/bin/python
# Copyright (c) 2026 The xenfleet.migration contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check whether domains could be moved."""

from __future__ import annotations

DOCUMENTATION = r"""
module: xen_domain_preflight
short_description: Check whether Xen domains could be moved to the hosts where they are to be
version_added: 0.1.0
author:
  - The xenfleet.migration contributors (@xenfleet)
description:
  - Takes the options of M(xenfleet.migration.xen_domain_migrate), and tells everything that speaks against the moves. For use
    the day before.
  - Connects read-only and changes nothing, in check mode or not. On the hosts of the moves, one ssh login for each asks for
    what libvirt doesn't tell.
  - Does not fail because a move could not be made; RV(ready) tells.
requirements:
  - libvirt-python
  - lxml
extends_documentation_fragment:
  - xenfleet.migration.hosts
  - xenfleet.migration.wishes
  - xenfleet.migration.how
attributes:
  check_mode:
    support: full
    description: Changes nothing anyway.
  diff_mode:
    support: none
    description: Changes nothing.
seealso:
  - module: xenfleet.migration.xen_domain_migrate
"""

EXAMPLES = r"""
- name: See whether xen-a can be emptied tomorrow
  xenfleet.migration.xen_domain_preflight:
    placement:
      web01: xen-b
      db01: xen-c
  delegate_to: localhost
  register: check

- name: Say so
  ansible.builtin.assert:
    that: check.ready
    fail_msg: "{{ check.msg }}"
"""

RETURN = r"""
ready:
  description: Whether nothing keeps the moves from being made.
  type: bool
  returned: always
  sample: false
msg:
  description: What would be moved, or what speaks against it, in sentences.
  type: str
  returned: always
  sample: Would move web01 from xen-a to xen-b, live.
moves:
  description:
    - The moves that would be made, in their order, or in any where none fits into memory.
    - A domain that stops on a third host is there twice.
  type: list
  elements: dict
  returned: success
  contains:
    domain:
      description: The domain's name.
      type: str
      sample: web01
    source:
      description: The host that it is on.
      type: str
      sample: xen-a
    destination:
      description: The host that it is to be on.
      type: str
      sample: xen-b
    live:
      description: Whether it would go on running while its memory is copied.
      type: bool
      sample: true
    encrypted:
      description: Whether its memory would go encrypted, null for a shut off domain.
      type: bool
      sample: false
    bandwidth:
      description: The most in MiB/s that it might send, null for any.
      type: float
      sample: 40.0
    address:
      description: The destination's address that its memory would be sent to, null for a shut off domain.
      type: str
      sample: 192.0.2.12
    timeout:
      description: How many seconds it might take, null for any number.
      type: float
      sample: 607.2
findings:
  description: Everything that was found.
  type: list
  elements: dict
  returned: success
  contains:
    code:
      description: A stable name for this kind of finding.
      type: str
      sample: bridge_missing
    severity:
      description: Whether it V(blocks) all moves, V(warns), or just V(informs).
      type: str
      sample: blocks
    domain:
      description: The domain it is about, null if it is about none in particular.
      type: str
      sample: web01
    message:
      description: The finding in a sentence.
      type: str
      sample: Domain web01 needs bridge xenbr1, which xen-b doesn't have.
"""

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import MigrationError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.migration import check
from ansible_collections.xenfleet.migration.plugins.module_utils._core.result import readiness
from ansible_collections.xenfleet.migration.plugins.module_utils._module import connect_for, require_libraries
from ansible_collections.xenfleet.migration.plugins.module_utils._wishes import make_request, wishes_module


def main() -> None:
    """Translate options to a request, and what was found to a result."""
    module = wishes_module({})
    require_libraries(module)
    try:
        request = make_request(module)
        prepared, left_out = check(request, connect_for(module, read_only=True))
    except MigrationError as error:
        module.fail_json(msg=str(error))
    for text in left_out:
        module.warn(text)
    module.exit_json(changed=False, **readiness(prepared, request.limit_of))


if __name__ == "__main__":
    main()
