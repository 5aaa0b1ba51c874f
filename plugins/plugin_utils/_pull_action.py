# Copyright (c) 2026 The xenfleet.migration contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""For modules that bring domains to a host, private to this collection: in a play over the hosts, each pulls its own."""

from __future__ import annotations

from typing import Any

from ansible_collections.xenfleet.migration.plugins.plugin_utils._own_host_action import OwnHostAction


class PullAction(OwnHostAction):
    """``host`` has its default for domains that are named; a placement says the hosts itself."""

    def arguments(self, given: dict[str, Any], inventory_hostname: str) -> dict[str, Any]:
        """Add the host that domains are pulled to."""
        return super().arguments(given, inventory_hostname) if given.get("name") else given
