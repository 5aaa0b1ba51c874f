# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules that only look have in common, private to this collection: their options, connections and errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ._core.connections import host_records
from ._core.errors import MigrationError
from ._core.model import Host
from ._core.snapshot import Connect
from ._module import connect_for, require_libraries

Look = Callable[[Mapping[str, Any], Sequence[Host], Connect], dict[str, Any]]
"""Options, hosts and what opens connections to a result; its ``hosts`` says of each whether it could be reached."""

_ARGUMENTS: dict[str, Any] = {
    "hosts": {"type": "raw"},
    "unreachable": {"type": "str", "choices": ["warn", "error", "ignore"], "default": "warn"},
}


def run_info_module(arguments: Mapping[str, Any], look: Look, shell: bool) -> None:
    """Look, over read-only connections and perhaps by a shell, and end the module with what was seen."""
    module = AnsibleModule(argument_spec={**arguments, **_ARGUMENTS}, supports_check_mode=True)
    require_libraries(module)
    try:
        result = look(
            module.params, host_records(module.params["hosts"] or {}), connect_for(module, read_only=True, shell=shell)
        )
    except MigrationError as error:
        module.fail_json(msg=str(error))
    _end(module, result)


def _end(module: AnsibleModule, result: dict[str, Any]) -> None:
    silent = [str(host["problem"]) for host in result["hosts"].values() if not host["reachable"]]
    if silent and module.params["unreachable"] == "error":
        module.fail_json(msg=" ".join(silent), **result)
    if module.params["unreachable"] == "warn":
        for sentence in silent:
            module.warn(sentence)
    module.exit_json(changed=False, **result)
