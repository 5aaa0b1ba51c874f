# Copyright (c) 2026 The xenfleet.migration contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where domains are."""

from __future__ import annotations

DOCUMENTATION = r"""
name: xen_domain_location
short_description: Find out where Xen domains are
version_added: 0.1.0
author:
  - The xenfleet.migration contributors (@xenfleet)
description:
  - Asks all hosts which domains they have, and returns where those in question are, as they are at this moment.
  - Nothing is changed. Connections are read-only, one for each host whatever the number of domains.
requirements:
  - libvirt-python
  - lxml
extends_documentation_fragment:
  - xenfleet.migration.hosts
  - xenfleet.migration.hosts.plugins
options:
  _terms:
    description:
      - Names, UUIDs or patterns (C(*), C(?), C([...])) of domains.
      - A domain whose name is spelled exactly like the term counts before a pattern. The control domain is never found.
    type: list
    elements: str
    required: true
  attribute:
    description:
      - Return only this part of each record.
      - V(host), V(uri), V(name), V(uuid), V(id) and V(also_on) take one listing of each host. For everything else each domain
        that is found is looked at, too.
    type: str
    choices: [host, uri, name, uuid, id, also_on, state, persistent, autostart, kind, memory_kib, vcpus]
  missing:
    description: What to do about a name or UUID that isn't found. A pattern may well match nothing.
    type: str
    choices: [error, warn, skip]
    default: error
notes:
  - A domain that is active on one host and only defined on others is where it is active; the others are in RV(_raw[].also_on).
    One that is active on two hosts, because it is being moved just now, is an error that says so.
seealso:
  - module: xenfleet.migration.xen_domain_migrate
"""

EXAMPLES = r"""
- name: Say where a domain is
  ansible.builtin.debug:
    msg: "{{ lookup('xenfleet.migration.xen_domain_location', 'web01', attribute='host') }}"

- name: Say where all web servers are, and what they are doing
  ansible.builtin.debug:
    msg: "{{ item.name }} is on {{ item.host }} ({{ item.state }})"
  loop: "{{ query('xenfleet.migration.xen_domain_location', 'web*') }}"

- name: Look through certain hosts only
  ansible.builtin.debug:
    msg: "{{ query('xenfleet.migration.xen_domain_location', 'db01', hosts=['xen-a', 'xen-b'], missing='skip') }}"
"""

RETURN = r"""
_raw:
  description: A record, or the attribute, of each domain that was found, in the order of the terms and of names.
  type: list
  elements: dict
  contains:
    name:
      description: The domain's name.
      type: str
    uuid:
      description: Its UUID.
      type: str
    host:
      description: The host that it is on.
      type: str
    uri:
      description: The URI of that host's libvirt.
      type: str
    id:
      description: Its Xen domain id on that host; null when it is not active.
      type: int
    also_on:
      description: Other hosts that have a definition of it.
      type: list
      elements: str
    state:
      description: Its state in libvirt's words, such as V(running), V(paused) or V(shut off).
      type: str
    persistent:
      description: Whether its host has a definition of it that outlives it.
      type: bool
    autostart:
      description: Whether it starts with its host.
      type: bool
    kind:
      description: How Xen virtualises it.
      type: str
      choices: [pv, pvh, hvm]
    memory_kib:
      description: Its memory in KiB.
      type: int
    vcpus:
      description: The number of its virtual CPUs.
      type: int
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible.utils.display import Display

from ansible_collections.xenfleet.migration.plugins.module_utils._core.connections import host_records
from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import MigrationError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.find import (
    Found,
    find,
    inspect_found,
    is_pattern,
    not_found,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._core.location import LISTED, located, looked_at
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Fleet, Host
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.dependencies import PACKAGES, problems
from ansible_collections.xenfleet.migration.plugins.plugin_utils._inventory_records import Inventory, connection_records
from ansible_collections.xenfleet.migration.plugins.plugin_utils._reading import read_fleet

display = Display()


class LookupModule(LookupBase):
    """Options to terms, records to a list; the rest is the core's."""

    def run(self, terms: Sequence[Any], variables: Mapping[str, Any] | None = None, **kwargs: Any) -> list[Any]:
        """Raises ``AnsibleLookupError`` for what can't be found, asked or meant."""
        self.set_options(var_options=variables, direct=kwargs)
        if problems:
            wanted = " and ".join(PACKAGES[library] for library in problems)
            raise AnsibleLookupError(f"This lookup needs, for the Python that Ansible itself runs on, {wanted}.")
        try:
            return self._records(self._terms(terms), self._hosts(variables or {}))
        except MigrationError as error:
            raise AnsibleLookupError(str(error)) from error

    def _terms(self, terms: Sequence[Any]) -> list[str]:
        flat = self._flatten(list(terms))
        if not all(isinstance(term, str) and term for term in flat):
            raise AnsibleLookupError(f"Names, UUIDs or patterns of domains are wanted, not {flat!r}.")
        return [str(term) for term in flat]

    def _hosts(self, variables: Mapping[str, Any]) -> tuple[Host, ...]:
        wanted = self._templar.template(self.get_option("hosts"))
        return host_records(connection_records(wanted, Inventory(variables, self._loader, self._templar)))

    def _records(self, terms: list[str], hosts: Sequence[Host]) -> list[Any]:
        hypervisors, fleet = read_fleet(hosts)
        found = [one for term in terms for one in self._find(fleet, term)]
        attribute = self.get_option("attribute")
        if attribute in LISTED:
            return [located(one, fleet)[attribute] for one in found]
        domains = inspect_found([one.place for one in found], hypervisors)
        records = [looked_at(one, fleet, domains[one.place]) for one in found if one.place in domains]
        return records if attribute is None else [record[attribute] for record in records]

    def _find(self, fleet: Fleet, term: str) -> tuple[Found, ...]:
        found = find(fleet, term)
        if not found and not is_pattern(term):
            self._missing(not_found(fleet, term))
        return found

    def _missing(self, sentence: str) -> None:
        missing = self.get_option("missing")
        if missing == "error":
            raise AnsibleLookupError(sentence)
        if missing == "warn":
            display.warning(sentence)
