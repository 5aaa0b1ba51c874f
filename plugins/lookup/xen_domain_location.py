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
      - V(host), V(uri), V(name), V(uuid), V(id) and V(also_on) take one listing of each host. V(state), V(persistent) and
        V(autostart) take a few more of the hosts that have one of the domains. V(kind), V(memory_kib) and V(vcpus) take a close
        look, as with O(details).
    type: str
    choices: [host, uri, name, uuid, id, also_on, state, persistent, autostart, kind, memory_kib, vcpus]
  details:
    description:
      - Whether the records have RV(_raw[].kind), RV(_raw[].memory_kib) and RV(_raw[].vcpus), too.
      - That takes a close look at each domain that is found, which is several calls to its host. Everything else takes a number
        of calls to each host that doesn't grow with its domains, but for one call for each that neither runs nor is shut off.
    type: bool
    default: false
  missing:
    description: What to do about a name or UUID that isn't found. A pattern may well match nothing.
    type: str
    choices: [error, warn, skip]
    default: error
notes:
  - A domain that is active on one host and only defined on others is where it is active; the others are in RV(_raw[].also_on).
    One that is active on two hosts, because it is being moved just now, is an error that says so.
  - Before a domain is said to be missing, in two places or gone, all hosts are listed once more; it may have moved from one to
    another meanwhile. What a pattern matches may lack a domain that moved just while the hosts were listed.
  - A host that falls silent while it is asked is one that could not be asked.
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

- name: Add up the memory of all domains
  ansible.builtin.debug:
    msg: "{{ query('xenfleet.migration.xen_domain_location', '*', attribute='memory_kib') | sum }} KiB"

- name: Say all that there is to say about a domain
  ansible.builtin.debug:
    msg: "{{ lookup('xenfleet.migration.xen_domain_location', 'db01', details=true) }}"

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
      returned: with O(details)
      type: str
      choices: [pv, pvh, hvm]
    memory_kib:
      description: Its memory in KiB.
      returned: with O(details)
      type: int
    vcpus:
      description: The number of its virtual CPUs.
      returned: with O(details)
      type: int
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible.utils.display import Display

from ansible_collections.xenfleet.migration.plugins.module_utils._core.connections import host_records
from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import MigrationError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.find import (
    Ambiguous,
    Answer,
    Found,
    not_found,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._core.locate import left_out
from ansible_collections.xenfleet.migration.plugins.module_utils._core.location import (
    DETAILS,
    LISTED,
    located,
    looked_at,
    told,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._core.looking import (
    Look,
    Shown,
    closely,
    look_for,
    missing,
    not_at_all,
    traits,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Fleet, Host
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.dependencies import PACKAGES, problems
from ansible_collections.xenfleet.migration.plugins.plugin_utils._hosts_option import hosts_option
from ansible_collections.xenfleet.migration.plugins.plugin_utils._inventory_records import Inventory, connection_records
from ansible_collections.xenfleet.migration.plugins.plugin_utils._reading import read_fleet

display = Display()

Record = dict[str, Any]


class LookupModule(LookupBase):
    """Options to terms, records to a list; the rest is the core's."""

    def run(self, terms: Sequence[Any], variables: Mapping[str, Any] | None = None, **kwargs: Any) -> list[Any]:
        """Raises ``AnsibleLookupError`` for what can't be found, asked or meant."""
        # As in the modules, empty hosts are none given.
        direct = {name: value for name, value in kwargs.items() if name != "hosts" or value}
        self.set_options(var_options=variables, direct=direct)
        if problems:
            wanted = " and ".join(PACKAGES[library] for library in problems)
            raise AnsibleLookupError(f"This lookup needs, for the Python that Ansible itself runs on, {wanted}.")
        try:
            return self._records(self._terms(terms), self._hosts(direct.get("hosts"), variables or {}))
        except MigrationError as error:
            raise AnsibleLookupError(str(error)) from error

    def _terms(self, terms: Sequence[Any]) -> list[str]:
        flat = self._flatten(list(terms))
        if not all(isinstance(term, str) and term for term in flat):
            raise AnsibleLookupError(f"Names, UUIDs or patterns of domains are wanted, not {flat!r}.")
        return [str(term) for term in flat]

    def _hosts(self, given: Any, variables: Mapping[str, Any]) -> tuple[Host, ...]:
        wanted = hosts_option(given, self, variables, self._templar)
        return host_records(connection_records(wanted, Inventory(variables, self._loader, self._templar)))

    def _records(self, terms: list[str], hosts: Sequence[Host]) -> list[Any]:
        attribute = self.get_option("attribute")
        if attribute in LISTED:
            records = self._seen(terms, hosts, not_at_all, located)
        elif attribute in DETAILS or (attribute is None and self.get_option("details")):
            records = self._seen(terms, hosts, closely, looked_at)
        else:
            records = self._seen(terms, hosts, traits, told)
        return records if attribute is None else [record[attribute] for record in records]

    def _seen(
        self,
        terms: list[str],
        hosts: Sequence[Host],
        look: Look[Shown],
        record: Callable[[Found, Fleet, Shown], Record],
    ) -> list[Record]:
        hypervisors, fleet = read_fleet(hosts)
        sighting = look_for(terms, fleet, hypervisors, look)
        for sentence in left_out(sighting.fleet):  # or a pattern's answer would seem to be all there is
            display.warning(sentence)
        found = [_certain(answer) for term in terms for answer in sighting.answers[term]]
        for term in missing(sighting.answers):
            self._missing(not_found(sighting.fleet, term))
        return [record(one, sighting.fleet, sighting.shown[one.place]) for one in found]

    def _missing(self, sentence: str) -> None:
        wanted = self.get_option("missing")
        if wanted == "error":
            raise AnsibleLookupError(sentence)
        if wanted == "warn":
            display.warning(sentence)


def _certain(answer: Answer) -> Found:
    if isinstance(answer, Ambiguous):
        raise AnsibleLookupError(answer.problem)
    return answer
