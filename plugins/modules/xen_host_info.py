#!/usr/bin/python
# Copyright (c) 2026 The xenfleet.migration contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tell what Xen hosts are like."""

from __future__ import annotations

DOCUMENTATION = r"""
module: xen_host_info
short_description: Tell what Xen hosts are like
version_added: 0.1.0
author:
  - The xenfleet.migration contributors (@xenfleet)
description:
  - Asks all hosts at once what matters to a move. Their versions and processors, their memory, what they can move live, their
    networks, storage pools and addresses, and which domains they have.
  - A host that can't be reached does not fail the task unless that is asked for, and neither does a part that a host refuses to
    tell. Such a part is null.
  - Most of it comes from libvirt. The addresses, and whether PV domains can move live, come from a shell on the host, over
    the same SSH as the connection. Without a shell they are null.
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
seealso:
  - module: xenfleet.migration.xen_domain_info
  - module: xenfleet.migration.xen_domain_migrate
"""

EXAMPLES = r"""
- name: See what the hosts in the inventory group xen_hosts are like
  xenfleet.migration.xen_host_info:
  delegate_to: localhost
  register: fleet

- name: Say how much memory each has free, and what runs there
  ansible.builtin.debug:
    msg: "{{ item.key }}: {{ item.value.memory_free_kib // 1024 }} MiB free, {{ item.value.domains.active | join(', ') }}"
  loop: "{{ fleet.hosts | dict2items | selectattr('value.reachable') }}"
  loop_control:
    label: "{{ item.key }}"

- name: Fail unless each host of the fleet answers
  xenfleet.migration.xen_host_info:
    unreachable: error
  delegate_to: localhost

- name: Say once for all modules of this collection which hosts there are
  module_defaults:
    group/xenfleet.migration.xen:
      hosts: [xen-a, xen-b]
  delegate_to: localhost
  block:
    - name: See what these two hosts are like
      xenfleet.migration.xen_host_info:
"""

RETURN = r"""
hosts:
  description:
    - Every host that was to be asked. The key is its name, the value a record with all of the following.
    - Of a host that can't be reached, only the first four and perhaps RV(hosts.migration_address) are known; every other is
      null, or holds nothing but nulls.
  type: dict
  returned: unless an option can't be right
  contains:
    reachable:
      description: Whether it could be asked.
      type: bool
      sample: true
    problem:
      description: Why it could not be asked, in a sentence; null if it could.
      type: str
      sample: null
    uri:
      description: The URI of its libvirt; null where no way to it is known.
      type: str
      sample: xen+ssh://root@xen-a.example.com/system
    accepts_domains:
      description: Whether plans about whole hosts may choose it for domains, as its C(accepts_domains) says.
      type: bool
      sample: true
    xen_version:
      description: The version of its Xen. libvirt's Xen driver tells no more than the first two numbers; the third is always 0.
      type: str
      sample: 4.17.0
    libvirt_version:
      description: The version of its libvirt.
      type: str
      sample: 9.0.0
    cpu_model:
      description: The model of its processor among those that libvirt knows; the nearest one, not the name on the box.
      type: str
      sample: EPYC
    cpu_vendor:
      description: The vendor of its processor.
      type: str
      sample: AMD
    memory_total_kib:
      description: The memory that Xen has in all, in KiB, rounded down to whole MiB.
      type: int
      sample: 67108864
    memory_free_kib:
      description: The memory that Xen has free, in KiB.
      type: int
      sample: 33554432
    memory_dom0_kib:
      description: The memory that the control domain has, in KiB.
      type: int
      sample: 4194304
    live:
      description: Which kinds of domains can be moved away from it while they run; null for a kind where that can't be told.
      type: dict
      contains:
        pv:
          description: Whether PV domains can. Its Xen needs shadow paging for that, which Debian leaves out.
          type: bool
          sample: false
        pvh:
          description: Whether PVH domains can. They can wherever they can run.
          type: bool
          sample: true
        hvm:
          description: Whether HVM domains can. They can wherever they can run.
          type: bool
          sample: true
    bridges:
      description: The names of its network bridges; null where it has no shell to ask.
      type: list
      elements: str
      sample: [xenbr0]
    networks:
      description: The virtual networks of its libvirt.
      type: list
      elements: dict
      contains:
        name:
          description: The network's name.
          type: str
          sample: default
        active:
          description: Whether it is up.
          type: bool
          sample: true
        bridge:
          description: The bridge that it uses; null if it uses none.
          type: str
          sample: virbr0
    pools:
      description: The storage pools of its libvirt.
      type: list
      elements: dict
      contains:
        name:
          description: The pool's name.
          type: str
          sample: images
        active:
          description: Whether it is active.
          type: bool
          sample: true
        capacity_bytes:
          description: How much it can hold, in bytes; null if it isn't active.
          type: int
          sample: 1000204886016
        available_bytes:
          description: How much of that is free, in bytes; null if it isn't active.
          type: int
          sample: 500102443008
    addresses:
      description: Its global addresses with their prefix length.
      type: list
      elements: str
      sample: [192.0.2.11/24, "2001:db8::11/64"]
    migration_address:
      description:
        - The address that memory would be sent to. That is the one that its record or C(xen_migration_address) gives (null if
          that is none of its own); else the one in its URI, if it is the host's own; else one in a network that other hosts are
          in, and that none of them has.
        - A move compares with the addresses of its source alone, and may find a better one.
      type: str
      sample: 192.0.2.11
    domains:
      description: The domains that it has, without its control domain. M(xenfleet.migration.xen_domain_info) tells more.
      type: dict
      contains:
        active:
          description: The names of those that have memory there, running or not.
          type: list
          elements: str
          sample: [db01, web01]
        shut_off:
          description: The names of those that are only defined there.
          type: list
          elements: str
          sample: [test01]
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.xenfleet.migration.plugins.module_utils._core.describe import describe_hosts
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Host
from ansible_collections.xenfleet.migration.plugins.module_utils._core.snapshot import Connect
from ansible_collections.xenfleet.migration.plugins.module_utils._info import run_info_module


def _look(given: Mapping[str, Any], hosts: Sequence[Host], connect: Connect) -> dict[str, Any]:
    del given
    return describe_hosts(hosts, connect)


def main() -> None:
    """Turn what was seen into a result."""
    run_info_module({}, _look, shell=True)


if __name__ == "__main__":
    main()
