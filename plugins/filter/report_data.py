# Copyright (c) 2026 The xenfleet.migration contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data of a report."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.xenfleet.migration.plugins.plugin_utils._report_data import report_data as data_of
from ansible_collections.xenfleet.migration.plugins.plugin_utils._report_reading import read_run


def report_data(result: Any, title: str = "Moves of Xen domains", made: float | None = None) -> dict[str, Any]:
    """Return the data. Raises ``AnsibleFilterError`` for what is no result of a task."""
    try:
        return data_of(read_run(result), title, time.time() if made is None else made)
    except ValueError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., dict[str, Any]]]:
        """Return the filters by name."""
        return {"report_data": report_data}
