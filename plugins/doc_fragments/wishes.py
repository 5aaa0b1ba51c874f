# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that say which domain is to be where."""

from __future__ import annotations


class ModuleDocFragment:
    """Shared by the module that moves domains and the one that only checks."""

    DOCUMENTATION = r"""
options:
  name:
    description:
      - The domain or domains to bring to O(host).
      - Ansible splits a text at commas. Write a list for a name that holds one.
    type: list
    elements: str
  host:
    description:
      - The host that the domains in O(name) are to be on, by its name in O(hosts).
      - By default the host of the play, where that is one of O(hosts); so each host of a play pulls its own domains.
    type: str
  placement:
    description: Domain name to host name, for any number of domains and hosts.
    type: dict
  new_name:
    description:
      - The name that the domain is to have at its destination. For one domain only.
      - A domain that is on its host under this name already is left as it is.
    type: str
  stopovers:
    description:
      - Whether a domain may stop on a third host on its way, where domains change places on hosts that have no room for any
        order. It is the smallest that helps, and the host in O(hosts) with most room that takes domains. That it can go on
        from there is checked before anything is touched.
      - Without it such moves are refused, because nobody has said that the domain may be there.
      - The hosts are looked at again before it goes on. Where it can't then, because another move has failed, say, a host has
        fallen silent, or the task was killed, it stays on the third host, and the task fails. Run again, the task brings it on
        as soon as there is room.
    type: bool
    default: false
"""
