# Copyright (c) 2026 The xenfleet.migration contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the module with connections from the inventory; in a play over the hosts, each is emptied, or gets its domains back."""

from __future__ import annotations

from ansible_collections.xenfleet.migration.plugins.plugin_utils._own_host_action import OwnHostAction
from ansible_collections.xenfleet.migration.plugins.plugin_utils._progress_action import ProgressAction


class ActionModule(ProgressAction, OwnHostAction):
    """Shows how far the moves are, too."""
