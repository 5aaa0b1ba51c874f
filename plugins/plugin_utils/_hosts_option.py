# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the option ``hosts`` comes from, private to this collection, alike for modules and lookup."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def hosts_option(given: Any, lookup: Any, variables: Mapping[str, Any], templar: Any) -> Any:
    """Return what was given to the task or lookup, else what a variable, the environment or ansible.cfg say.

    ``lookup`` is the plugin that declares the option. Only a variable is a template. What was given has been templated
    before: once more, and ansible-core 2.18 would run what some host's output holds. The environment is data.
    """
    if given:
        return given
    value, origin = lookup.get_option_and_origin("hosts", hostvars=variables)
    return templar.template(value) if str(origin).startswith("var: ") else value
