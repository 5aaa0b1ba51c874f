# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the action plugins have in common, private to this collection: the module gets its hosts from the inventory."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible.plugins.loader import lookup_loader

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.xenfleet.migration.plugins.plugin_utils._hosts_option import hosts_option
from ansible_collections.xenfleet.migration.plugins.plugin_utils._inventory_records import Inventory, connection_records

_LOOKUP = "xenfleet.migration.xen_domain_location"
"""Its option ``hosts`` has the variable, the environment and the ini setting that count for the modules, too."""


class HostsAction(ActionBase):
    """Runs the module of the same name with ``hosts`` as connection records."""

    _supports_async = True

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        """Return the module's result, or a failure where hosts can't be meant."""
        super().run(tmp, task_vars)
        variables = task_vars or {}
        try:
            records = connection_records(self._hosts(variables), self._inventory(variables))
        except InvalidInput as error:
            # Not raised: ansible-core 2.18 would show where, which helps nobody who is on duty.
            return {"failed": True, "changed": False, "msg": str(error)}
        arguments = self.arguments({**self._task.args, "hosts": records}, str(variables.get("inventory_hostname")))
        return self.perform(arguments, variables)

    def perform(self, arguments: dict[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
        """Run the module."""
        return dict(
            self._execute_module(module_args=arguments, task_vars=variables, wrap_async=bool(self._task.async_val))
        )

    def arguments(self, given: dict[str, Any], inventory_hostname: str) -> dict[str, Any]:
        """Return the module's arguments; a subclass may add to what was given."""
        del inventory_hostname
        return given

    def _hosts(self, variables: dict[str, Any]) -> Any:
        lookup = lookup_loader.get(_LOOKUP, loader=self._loader, templar=self._templar)
        return hosts_option(self._task.args.get("hosts"), lookup, variables, self._templar)

    def _inventory(self, variables: dict[str, Any]) -> Inventory:
        host = self._task.delegate_to or variables.get("inventory_hostname")
        runs_on = None if self._connection.transport == "local" else str(host)
        return Inventory(variables, self._loader, self._templar, runs_on, self._task.remote_user)
