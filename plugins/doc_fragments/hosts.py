# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that say which hosts there are and how to reach them."""

from __future__ import annotations


class ModuleDocFragment:
    """Shared by everything in this collection that looks for domains."""

    DOCUMENTATION = r"""
options:
  hosts:
    description:
      - The hosts to look through. A group, a host or a pattern of the inventory, or a list of those.
      - By default the variable E(XENFLEET_HOSTS) of the environment, the variable C(xenfleet_hosts), or C(hosts) in the section
        C(xenfleet) of ansible.cfg; where none of them is set, the inventory group C(xen_hosts).
      - Each host is reached as Ansible itself reaches it, by its C(ansible_host), C(ansible_user), C(ansible_port),
        C(ansible_ssh_private_key_file), C(ansible_ssh_common_args), C(ansible_host_key_checking) and so on. A host with
        C(ansible_connection=local), and the one that the task runs on, is reached locally.
      - A host's variable C(xen_uri) gives a libvirt URI instead. Its variable C(xen_migration_address) is the numeric address
        of its own that memory should be sent to; without it the address is worked out. Its variable C(xen_peer_uri) is the
        libvirt URI by which the other hosts reach it, for encrypted moves; without it that is worked out, too. Its variable
        C(xen_bandwidth) is the most in MiB/s that it may send in all when domains move away from it; without it there is no
        such limit. With its variable C(xen_accepts_domains=false) it is never chosen for a domain by a plan about whole hosts
        (M(xenfleet.migration.xen_host_drain), M(xenfleet.migration.xen_fleet_balance)); a task that names it for a domain does
        move it there.
      - Or a dictionary that needs no inventory. A key is the name that the host goes by in everything else, its value a libvirt
        URI, or a dictionary with the keys C(uri), C(migration_address), C(peer_uri), C(bandwidth) and
        C(accepts_domains).
      - A URI may use the transports C(xen) (the machine itself), C(xen+ssh), C(xen+libssh), C(xen+libssh2) and C(xen+tls).
        Parameters that would make libvirt run a program (C(command), C(netcat), C(proxy)) and passwords are refused.
      - A host that can't be reached is a warning while nothing depends on it.
    type: raw
"""

    PLUGINS = r"""
options:
  hosts:
    env:
      - name: XENFLEET_HOSTS
    ini:
      - section: xenfleet
        key: hosts
    vars:
      - name: xenfleet_hosts
"""
