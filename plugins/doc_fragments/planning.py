# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that a plan for whole hosts keeps to."""

from __future__ import annotations


class ModuleDocFragment:
    """Shared by the modules that plan moves themselves."""

    DOCUMENTATION = r"""
options:
  destinations:
    description: The only hosts that domains may go to, by their names in O(hosts). By default any of them.
    type: list
    elements: str
  reserve_mib:
    description: How much memory, in MiB, stays free on every host that a domain goes to.
    type: int
    default: 0
  keep_apart:
    description:
      - Groups of domains, by name, of which no two may come to be on one host.
      - Domains that share a host already are left there.
    type: list
    elements: list
    default: []
  keep_together:
    description: Groups of domains, by name, that go to one host together, or not at all.
    type: list
    elements: list
    default: []
  pinned:
    description: Domains, by name, that stay where they are.
    type: list
    elements: str
    default: []
"""
