# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the module with connections from the inventory."""

from __future__ import annotations

from ansible_collections.xenfleet.migration.plugins.plugin_utils._hosts_action import HostsAction


class ActionModule(HostsAction):
    """Adds nothing of its own."""
