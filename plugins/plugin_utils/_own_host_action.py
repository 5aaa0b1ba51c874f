# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""For modules that are about a host, private to this collection: in a play over the hosts, each is meant itself."""

from __future__ import annotations

from typing import Any

from ansible_collections.xenfleet.migration.plugins.plugin_utils._hosts_action import HostsAction


class OwnHostAction(HostsAction):
    """``host`` defaults to the inventory host, where that is one of ``hosts``."""

    def arguments(self, given: dict[str, Any], inventory_hostname: str) -> dict[str, Any]:
        """Add the host that it is about."""
        if given.get("host") or inventory_hostname not in given["hosts"]:
            return given
        return {**given, "host": inventory_hostname}
