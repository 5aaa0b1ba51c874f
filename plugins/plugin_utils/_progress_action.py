# Copyright (c) 2026 The xenfleet.migration contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""For modules that tell how far they are, private to this collection: shows it while they run."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

from ansible import constants as C  # noqa: N812
from ansible.utils.display import Display

from ansible_collections.xenfleet.migration.plugins.plugin_utils._hosts_action import HostsAction
from ansible_collections.xenfleet.migration.plugins.plugin_utils._shown_lines import shown_lines

_MADE_OF_LINES = frozenset(
    {
        "default",
        "minimal",
        "oneline",
        "yaml",
        "debug",
        "unixy",
        "diy",
        "timestamp",
        "default_without_diff",
        "print_task",
    }
)
"""Callback plugins whose output is for persons, so that a line more spoils nothing: not json, junit, null, ..."""


class ProgressAction(HostsAction):
    """Gives the module a FIFO, and shows the lines that come from it, where anybody would see them."""

    def perform(self, arguments: dict[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
        """Run the module, and show its lines until it has ended."""
        if not self._is_seen():
            return super().perform(arguments, variables)
        # Ansible's own directory for this run, which it removes at the end, however the task ends.
        with shown_lines(_show, C.DEFAULT_LOCAL_TMP) as pipe:
            return super().perform({**arguments, "_progress_pipe": pipe}, variables)

    def _is_seen(self) -> bool:
        task = self._task
        here = self._connection.transport == "local"
        return here and not (task.async_val or task.check_mode or task.no_log) and _made_of_lines()


def _made_of_lines() -> bool:
    name = str(C.DEFAULT_STDOUT_CALLBACK).rpartition(".")[2]
    if name == "awx_display":  # ansible-runner's, which makes events of what another one would print
        name = os.environ.get("ORIGINAL_STDOUT_CALLBACK") or "default"
    return name.rpartition(".")[2] in _MADE_OF_LINES


def _show(line: str) -> None:
    with suppress(OSError):  # the run is being killed
        Display().display(line)
