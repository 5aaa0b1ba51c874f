#!/usr/bin/python
# Copyright (c) 2026 The xenfleet.migration contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tell which domains there are, where, and what they are doing."""

from __future__ import annotations

DOCUMENTATION = r"""
module: xen_domain_info
short_description: Tell where Xen domains are and what they are doing
version_added: 0.1.0
author:
  - The xenfleet.migration contributors (@xenfleet)
description:
  - Asks all hosts at once which domains they have, and looks at those in question.
  - What can't be told for sure does not fail the task. A host that can't be reached, a name that isn't found, and a domain that
    is in more than one place have each a list of their own in what is returned.
  - Before a domain is said to be missing, in two places or gone, all hosts are listed once more; it may have moved from one to
    another meanwhile. What a pattern matches may lack a domain that moved just while the hosts were listed.
requirements:
  - libvirt-python
  - lxml
extends_documentation_fragment:
  - xenfleet.migration.hosts
  - xenfleet.migration.unreachable
attributes:
  check_mode:
    support: full
    description: Nothing is ever changed. Connections are read-only.
  diff_mode:
    support: none
    description: There are no changes to show.
options:
  name:
    description:
      - Names, UUIDs or patterns (C(*), C(?), C([...])) of domains. By default all domains; an empty list asks for none.
      - A domain whose name is spelled exactly like that counts before a pattern. The control domain is never found.
      - Ansible splits a text at commas. Write a list for a name that holds one.
    type: list
    elements: str
seealso:
  - module: xenfleet.migration.xen_domain_migrate
  - module: xenfleet.migration.xen_host_info
  - plugin: xenfleet.migration.xen_domain_location
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: See all domains of the hosts in the inventory group xen_hosts
  xenfleet.migration.xen_domain_info:
  delegate_to: localhost
  register: fleet

- name: Say where each is
  ansible.builtin.debug:
    msg: "{{ fleet.placement }}"

- name: See all web servers, on certain hosts only, and fail unless each of these hosts answers
  xenfleet.migration.xen_domain_info:
    name: web*
    hosts: [xen-a, xen-b]
    unreachable: error
  delegate_to: localhost

- name: Look before a maintenance, and put everything back after it
  xenfleet.migration.xen_domain_info:
    name: [web01, db01]
  delegate_to: localhost
  register: before

- name: Put everything back
  xenfleet.migration.xen_domain_migrate:
    placement: "{{ before.placement }}"
  delegate_to: localhost
"""

RETURN = r"""
domains:
  description:
    - A record of each domain that was found, in the order of O(name) and then of names, each once.
    - A domain that is active on one host and only defined on others is where it is active.
  type: list
  elements: dict
  returned: unless an option can't be right
  contains:
    name:
      description: The domain's name.
      type: str
      sample: web01
    uuid:
      description: Its UUID.
      type: str
      sample: 0f1b1c52-6a53-4d0e-a6d7-3a51b4cbd7f4
    host:
      description: The host that it is on.
      type: str
      sample: xen-a
    uri:
      description: The URI of that host's libvirt.
      type: str
      sample: xen+ssh://root@xen-a.example.com/system
    id:
      description: Its Xen domain id on that host; null when it is not active.
      type: int
      sample: 7
    also_on:
      description: Other hosts that have a definition of it.
      type: list
      elements: str
      sample: []
    state:
      description: Its state in libvirt's words, such as V(running), V(paused) or V(shut off).
      type: str
      sample: running
    persistent:
      description: Whether its host has a definition of it that outlives it.
      type: bool
      sample: true
    autostart:
      description: Whether it starts with its host.
      type: bool
      sample: true
    kind:
      description: How Xen virtualises it.
      type: str
      choices: [pv, pvh, hvm]
      sample: pvh
    memory_kib:
      description: Its memory in KiB.
      type: int
      sample: 1048576
    vcpus:
      description: The number of its virtual CPUs.
      type: int
      sample: 2
placement:
  description:
    - Domain name to host name, for the domains in RV(domains), as
      O(xenfleet.migration.xen_domain_migrate#module:placement) takes it.
    - A name that two of them have is left out.
  type: dict
  returned: unless an option can't be right
  sample:
    web01: xen-a
    db01: xen-b
missing:
  description:
    - The names and UUIDs of O(name) that were not found. A pattern may well match nothing.
    - While RV(hosts) has one that was not reachable, the domain may be there.
  type: list
  elements: str
  returned: unless an option can't be right
  sample: []
ambiguous:
  description:
    - Domains that have no one place, and are therefore not in RV(domains). They are active on more than one host, or defined on
      more than one and active on none.
    - A domain is active on two hosts while it is moved.
  type: list
  elements: dict
  returned: unless an option can't be right
  contains:
    name:
      description: Its name, or the UUID that was asked for.
      type: str
      sample: web01
    places:
      description: Every place where it was found.
      type: list
      elements: dict
      contains:
        host:
          description: The host.
          type: str
          sample: xen-a
        name:
          description: Its name there.
          type: str
          sample: web01
        uuid:
          description: Its UUID there.
          type: str
          sample: 0f1b1c52-6a53-4d0e-a6d7-3a51b4cbd7f4
        id:
          description: Its Xen domain id there; null when it is not active.
          type: int
          sample: 7
    message:
      description: What was found and what to do, in sentences.
      type: str
      sample: Domain web01 exists more than once.
hosts:
  description: Every host that was to be asked, by its name.
  type: dict
  returned: unless an option can't be right
  contains:
    reachable:
      description: Whether it could be asked. This and the next stand in the value that each host's name has.
      type: bool
      sample: true
    problem:
      description: Why it could not be asked, in a sentence; null if it could.
      type: str
      sample: null
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Host
from ansible_collections.xenfleet.migration.plugins.module_utils._core.snapshot import Connect
from ansible_collections.xenfleet.migration.plugins.module_utils._core.survey import survey_domains
from ansible_collections.xenfleet.migration.plugins.module_utils._info import run_info_module


def _look(given: Mapping[str, Any], hosts: Sequence[Host], connect: Connect) -> dict[str, Any]:
    return survey_domains(given["name"], hosts, connect)


def main() -> None:
    """Translate options to a question, and what was seen to a result."""
    run_info_module({"name": {"type": "list", "elements": "str"}}, _look, shell=False)


if __name__ == "__main__":
    main()
