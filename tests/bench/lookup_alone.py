# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``lookup_alone.py INVENTORY NAME...``: print how many seconds the lookup takes, without the rest of ansible-playbook.

It is asked again and again in one process, over connections that were opened by an answer before.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader, lookup_loader
from ansible.template import Templar
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager

LOOKUP = "xenfleet.migration.xen_domain_location"
TIMES = 9


def main() -> None:
    """Ask once to warm up, then measure."""
    inventory, *names = sys.argv[1:]
    ask = asking(inventory, names)
    if len(ask()) != len(names):
        raise RuntimeError(f"not all of {len(names)} domains were found")
    print(median(seconds(ask) for _time in range(TIMES)))


def asking(inventory: str, names: list[str]) -> Callable[[], list[Any]]:
    """Return what asks for the domains as a task on localhost does."""
    init_plugin_loader()
    loader = DataLoader()
    hosts = InventoryManager(loader, [inventory])
    manager = VariableManager(loader, hosts)
    variables = {**manager.get_vars(host=hosts.localhost), "hostvars": HostVars(hosts, manager, loader)}
    lookup = lookup_loader.get(LOOKUP, loader=loader, templar=Templar(loader, variables))
    return lambda: list(lookup.run(names, variables=variables))


def seconds(ask: Callable[[], list[Any]]) -> float:
    """Return how long one answer takes."""
    begun = time.monotonic()
    ask()
    return time.monotonic() - begun


if __name__ == "__main__":
    main()
