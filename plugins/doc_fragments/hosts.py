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
      - The hosts to look through, each with the way to reach its libvirt.
      - A key is the name that the host goes by in O(host), O(placement) and the result. Its value is a libvirt URI,
        or a dictionary with the keys C(uri) and, where memory is to take a network of its own, C(migration_address).
      - A URI may use the transports C(xen) (the machine itself), C(xen+ssh), C(xen+libssh), C(xen+libssh2) and C(xen+tls).
        Parameters that would make libvirt run a program (C(command), C(netcat), C(proxy)) and passwords are refused.
      - C(migration_address) is a fact about the host, the numeric address of its own that memory should be sent to.
        Without it the address is worked out from the URI and from what the hosts themselves say.
    type: dict
    required: true
"""
