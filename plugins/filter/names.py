# Copyright (c) 2026 The xenfleet.migration contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists as people type them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError


def names(value: Any) -> list[str]:
    """Return the names in a list, or in a text: a JSON list, or parts between commas and line ends, without blanks around.

    Raises ``AnsibleFilterError`` for anything else.
    """
    if value is None:
        return []
    if isinstance(value, str):
        value = _json(value) if value.strip().startswith("[") else value.replace("\n", ",").split(",")
    if not isinstance(value, Sequence) or not all(isinstance(item, str) for item in value):
        raise AnsibleFilterError(f"A list of names is wanted, as a list or as a text, not {value!r}.")
    return [item.strip() for item in value if item.strip()]


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise AnsibleFilterError(f"{text!r} begins with a bracket but is no JSON list: {error}.") from error


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[[Any], list[str]]]:
        """Return the filters by name."""
        return {"names": names}
