# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes every task's result as a line of JSON to the file that RECORDER_FILE names."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: recorder
type: aggregate
short_description: Records results for the tests
description: Writes every task's result as a line of JSON.
"""


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """Beside whatever writes to the screen."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "recorder"
    CALLBACK_NEEDS_ENABLED = True

    def v2_runner_on_ok(self, result: Any) -> None:
        _write(result, False)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        del ignore_errors
        _write(result, True)


def _write(result: Any, failed: bool) -> None:
    record = {**result._result, "failed": failed, "inventory_host": result._host.get_name()}
    with Path(os.environ["RECORDER_FILE"]).open("a") as file:
        file.write(json.dumps(record) + "\n")
