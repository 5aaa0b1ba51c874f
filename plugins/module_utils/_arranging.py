# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What modules about whole hosts have in common, private to this collection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ._core.arranging.account import account
from ._core.arranging.arrange import arrange
from ._core.arranging.wanted import Wanted, WholeWish
from ._core.caller import Caller
from ._core.connections import host_records
from ._core.errors import InvalidInput, MigrationError
from ._core.planner.values import Rules
from ._module import connect_for, require_libraries
from ._moving import PROGRESS, make_moves
from ._wishes import AT_ONCE, HOW, how

PLANNING: dict[str, Any] = {
    "destinations": {"type": "list", "elements": "str"},
    "reserve_mib": {"type": "int", "default": 0},
    "keep_apart": {"type": "list", "elements": "list", "default": []},
    "keep_together": {"type": "list", "elements": "list", "default": []},
    "pinned": {"type": "list", "elements": "str", "default": []},
}


def arranging_module(more: dict[str, Any]) -> AnsibleModule:
    """Return a module with all options about whole hosts and ``more``."""
    return AnsibleModule(
        argument_spec={"hosts": {"type": "raw"}, **HOW, **AT_ONCE, **PROGRESS, **PLANNING, **more},
        supports_check_mode=True,
    )


@dataclass(frozen=True)
class Leftovers:
    """Domains that can't go where they are to: whether the others move all the same, and whether that is no failure."""

    others_move: bool
    are_ok: bool


def run_arranging(
    module: AnsibleModule, wish: Callable[[list[str]], WholeWish], leftovers: Leftovers, shut_off: bool
) -> None:
    """Do what is wanted, and end the module; ``wish`` makes it of the names of all hosts.

    ``shut_off`` is whether domains that are shut off go, too.
    """
    require_libraries(module)
    try:
        hosts = host_records(module.params["hosts"] or {})
        known = [host.name for host in hosts]
        wanted = Wanted(
            how(module, hosts, ()), wish(known), _rules(module.params, known), leftovers.others_move, shut_off
        )
    except MigrationError as error:
        module.fail_json(msg=str(error))

    def answer(caller: Caller) -> dict[str, Any]:
        arranged = arrange(wanted, connect_for(module, read_only=module.check_mode), caller)
        return account(arranged, leftovers.are_ok, wanted.request.hosts)

    make_moves(module, answer)


def _rules(given: dict[str, Any], known: list[str]) -> Rules:
    allowed = given["destinations"]
    unknown = [name for name in allowed or () if name not in known]
    if unknown:
        raise InvalidInput(f"Host {unknown[0]} in destinations is not among the hosts: {', '.join(known)}.")
    if given["reserve_mib"] < 0:
        raise InvalidInput(f"reserve_mib is {given['reserve_mib']}: it must be 0 or more.")
    return Rules(
        reserve_kib=given["reserve_mib"] * 1024,
        apart=_groups(given["keep_apart"]),
        together=_groups(given["keep_together"]),
        pinned=frozenset(given["pinned"]),
        allowed=None if allowed is None else frozenset(allowed),
    )


def _groups(given: list[list[Any]]) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(str(name) for name in group) for group in given)
