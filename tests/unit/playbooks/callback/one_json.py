# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints one document of JSON at the end, and nothing else, as ansible.posix.json does."""

from __future__ import annotations

import json
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: one_json
type: stdout
short_description: Prints for a program
description: Prints how many hosts were fine, as JSON.
"""


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """In place of what writes to the screen for persons."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "one_json"

    def v2_playbook_on_stats(self, stats: Any) -> None:
        self._display.display(json.dumps({"ok": len(stats.processed)}))
