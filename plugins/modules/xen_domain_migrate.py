#!/usr/bin/python
# Copyright (c) 2026 The xenfleet.migration contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bring domains to the hosts where they are to be."""

from __future__ import annotations

DOCUMENTATION = r"""
module: xen_domain_migrate
short_description: Bring Xen domains to the hosts where they are to be
version_added: 0.1.0
author:
  - The xenfleet.migration contributors (@xenfleet)
description:
  - Say which host each domain is to be on. The module finds where it is, decides whether it can move, moves it, and establishes
    from both hosts that it is at its destination and only there.
  - Running and paused domains move with their memory, shut off ones by their definition. What a domain was, it stays,
    persistent or transient, paused or running, with its autostart and its next-boot configuration, and nothing that could
    be started stays behind at the source.
  - A Xen guest takes part in its own suspension, which a paused one can't. A paused domain is therefore resumed just before its
    transfer, which is never live, runs until it is suspended, and is paused again at its destination (or, if the move fails,
    at its source). That it was paused is noted with what runs meanwhile, so that xen_domain_recover pauses it again where the
    move broke off, and the next move treats it as paused.
  - Memory goes from host to host directly. Nobody has to know addresses or ports.
  - Domains that change places are moved in an order that fits into memory, if need be with a stop on a third host (see
    O(stopovers)). Several moves go on at once, and one that fails doesn't keep the others from being made.
  - Nothing is touched when anything speaks against any of the moves; all reasons are given together.
  - A move that was interrupted after its memory had arrived is finished first; the definition that the source still has is
    carried over. That takes libvirt's word that the domain is shut off there because it was migrated, which its daemon
    forgets when it ends, or a note that its autostart was held back; without either the domain is ambiguous, which is an error.
  - As long as a move goes on its source doesn't start the domain when it boots, or a source that loses power as the domain
    is handed over would boot a second copy. A move that fails gives the autostart back at once, or xen_domain_recover does.
  - The moves are made by a process in a session of its own. When the task is killed or told to end (Ctrl-C, a closed terminal,
    a cancelled job), that process brings the moves under way to their end, begins no other, and writes to the log of the system
    that it runs on what became of them. It can't outlive that system, nor a container that ends with its job.
requirements:
  - libvirt-python
  - lxml
extends_documentation_fragment:
  - xenfleet.migration.hosts
  - xenfleet.migration.wishes
  - xenfleet.migration.how
  - xenfleet.migration.moving
attributes:
  async:
    support: full
    description: Without the lines that tell how far a move is.
  check_mode:
    support: full
    description: Connects read-only, and returns the very moves that would be made.
  diff_mode:
    support: full
    description: Shows the placement before and after.
seealso:
  - name: libvirt's migration documentation
    description: What libvirt calls the parts of a migration.
    link: https://libvirt.org/migration.html
"""

EXAMPLES = r"""
- name: Have two domains on the hosts where they belong, among those in the inventory group xen_hosts
  xenfleet.migration.xen_domain_migrate:
    placement:
      web01: xen-b
      db01: xen-a
  delegate_to: localhost

- name: Have each host of a play pull the domains that its host_vars name
  xenfleet.migration.xen_domain_migrate:
    name: "{{ xen_domains }}"
  delegate_to: localhost

- name: Name the connections instead, and have memory take a network of its own
  xenfleet.migration.xen_domain_migrate:
    name: web01
    host: xen-b
    hosts:
      xen-a:
        uri: xen+ssh://root@xen-a.example.com/system
        migration_address: 192.0.2.11
      xen-b:
        uri: xen+ssh://root@xen-b.example.com/system
        migration_address: 192.0.2.12
  delegate_to: localhost

- name: Have no memory cross the network unencrypted
  xenfleet.migration.xen_domain_migrate:
    name: web01
    host: xen-b
    encrypted: true
  delegate_to: localhost

- name: Leave room on the network, and have no host send more than 80 MiB/s, however many moves it takes part in
  xenfleet.migration.xen_domain_migrate:
    placement:
      web01: xen-b
      web02: xen-b
    bandwidth: 50
    hosts:
      xen-a:
        uri: xen+ssh://root@xen-a.example.com/system
        bandwidth: 80
      xen-b: xen+ssh://root@xen-b.example.com/system
  delegate_to: localhost

- name: Have two domains change places although neither host has room for both, by way of a third one
  xenfleet.migration.xen_domain_migrate:
    placement:
      web01: xen-b
      db01: xen-a
    stopovers: true
    hosts: [xen-a, xen-b, xen-c]
  delegate_to: localhost

- name: Move a domain that can't move live, under a new name
  xenfleet.migration.xen_domain_migrate:
    name: old-name
    new_name: new-name
    host: xen-b
    live: false
    hosts: [xen-a, xen-b]
  delegate_to: localhost
"""

RETURN = r"""
msg:
  description: What was done, or why nothing was, in sentences.
  type: str
  returned: always
  sample: Moved web01 from xen-a to xen-b, live, in 21.3 s.
domains:
  description:
    - Every domain that was asked for, as it is now, by the name it had when the task began.
    - In check mode, as it is before the move.
  type: dict
  returned: when the domains could be found and nothing spoke against the moves
  sample:
    web01:
      name: web01
      uuid: 0f1b1c52-6a53-4d0e-a6d7-3a51b4cbd7f4
      host: xen-b
      uri: xen+ssh://root@xen-b.example.com/system
      id: 7
      state: running
      persistent: true
      autostart: true
moves:
  description:
    - The moves, in the order in which they were begun, or would be if one had to wait for the other.
    - A domain that stops on a third host is there twice.
  type: list
  elements: dict
  returned: when the domains could be found and nothing spoke against the moves
  contains:
    domain:
      description: The domain's name before the move.
      type: str
      sample: web01
    uuid:
      description: The domain's UUID.
      type: str
      sample: 0f1b1c52-6a53-4d0e-a6d7-3a51b4cbd7f4
    source:
      description: The host that it was on.
      type: str
      sample: xen-a
    destination:
      description: The host that it was to move to.
      type: str
      sample: xen-b
    new_name:
      description: The name it was to have there, null if it was to keep its own.
      type: str
      sample: null
    live:
      description: Whether it went on running while its memory was copied.
      type: bool
      sample: true
    encrypted:
      description:
        - Whether its memory went through the encrypted connection of the hosts' libvirt daemons, by the call that moved it. In
          check mode, whether it would.
        - Null for a shut off domain, and where libvirt didn't report to this task that the memory was sent. With O(encrypted)
          none was sent unencrypted in that case either.
      type: bool
      sample: false
    bandwidth:
      description:
        - The limit in MiB/s that its source confirmed for its memory, the lowest of those where moves shared one; null where it
          confirmed none. In check mode, the limit that it is to have.
      type: float
      sample: 40.0
    address:
      description:
        - The destination's address that its memory was sent to, null for a shut off domain.
        - Of an encrypted move, the host in the URI by which the source's libvirt reaches the destination's.
      type: str
      sample: 192.0.2.12
    status:
      description:
        - V(planned) in check mode, else V(moved), V(failed) (it stayed at its source, unharmed),
          V(aborted) (so did it, and was stopped, which RV(moves[].stopped_because) tells why), V(not begun),
          V(incomplete) (it runs at its destination, but its definition could not be carried over), V(in doubt), or V(in place)
          (another run made this move while this one waited for its turn; nothing was left to do).
      type: str
      sample: moved
    timeout:
      description: How many seconds it might take, null for any number.
      type: float
      sample: 607.2
    stopped_because:
      description: Why its transfer was stopped, V(timeout) or V(stalled); null if it was not.
      type: str
      sample: null
    started:
      description: When it was begun, in seconds since 1970-01-01 00:00 UTC; null if it was not.
      type: float
      sample: 1795676400.125
    duration:
      description: Seconds from the beginning of the move until both hosts had shown where the domain is; null if not begun.
      type: float
      sample: 21.317
    pause:
      description:
        - Seconds for which its guest stood still, from when its source's Xen asked the guest to suspend itself until its source
          was seen to give it up, when its destination has it run. It is what was seen from where the task runs, late by some
          tenths of a second at both ends; where nobody saw it given up, its end is when both hosts had shown where it is. What
          its network needs to find it again isn't in it.
        - null where that was not seen, as without a shell of root's at the source, of a domain that was paused anyway, and of
          one that did not move.
      type: float
      sample: 2.104
    error:
      description: What went wrong, what each host showed and what to do next; null if nothing did.
      type: str
      sample: null
findings:
  description: Everything that was found before the moves.
  type: list
  elements: dict
  returned: when the hosts could be asked
  contains:
    code:
      description: A stable name for this kind of finding.
      type: str
      sample: live_impossible
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
      sample: Domain web01 can't be moved live.
"""

from typing import Any

from ansible_collections.xenfleet.migration.plugins.module_utils._core.caller import Caller
from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import MigrationError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.migration import migrate
from ansible_collections.xenfleet.migration.plugins.module_utils._core.result import failed, result, warnings
from ansible_collections.xenfleet.migration.plugins.module_utils._module import connect_for, require_libraries
from ansible_collections.xenfleet.migration.plugins.module_utils._moving import PROGRESS, make_moves
from ansible_collections.xenfleet.migration.plugins.module_utils._wishes import AT_ONCE, make_request, wishes_module


def main() -> None:
    """Translate options to a request, and a report or an error to a result."""
    module = wishes_module({**AT_ONCE, **PROGRESS})
    require_libraries(module)
    try:
        request = make_request(module)
    except MigrationError as error:
        module.fail_json(msg=str(error))

    def answer(caller: Caller) -> dict[str, Any]:
        report = migrate(request, connect_for(module, read_only=module.check_mode), caller)
        return {"failed": failed(report), "warnings": warnings(report), **result(report, request.hosts)}

    make_moves(module, answer)


if __name__ == "__main__":
    main()
