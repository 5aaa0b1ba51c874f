# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that say which domain is to be where, and how it gets there, private to this collection; and their request."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ._core.at_once import AtOnce
from ._core.connections import host_records
from ._core.finding import check_codes
from ._core.model import Host, OnTimeout, Wish
from ._core.request import Request
from ._core.wish import make_wishes

HOW: dict[str, Any] = {
    "live": {"type": "bool", "default": True},
    "encrypted": {"type": "bool", "default": False},
    "bandwidth": {"type": "float"},
    "timeout": {"type": "float"},
    "on_timeout": {"type": "str", "choices": [choice.value for choice in OnTimeout], "default": OnTimeout.ABORT.value},
    "accept": {"type": "list", "elements": "str", "default": []},
}
"""Options that say how domains are to be moved."""

ARGUMENTS: dict[str, Any] = {
    "name": {"type": "list", "elements": "str"},
    "host": {"type": "str"},
    "placement": {"type": "dict"},
    "hosts": {"type": "raw"},
    "new_name": {"type": "str"},
    "stopovers": {"type": "bool", "default": False},
    **HOW,
}

AT_ONCE: dict[str, Any] = {
    "moves_at_once": {"type": "int", "default": AtOnce.total},
    "moves_per_source": {"type": "int"},
    "moves_per_destination": {"type": "int"},
    "stop_on_failure": {"type": "bool", "default": False},
}
"""Options of modules that make moves."""


def wishes_module(more: dict[str, Any]) -> AnsibleModule:
    """Return a module with these options and ``more``; it ends here where options don't go together."""
    return AnsibleModule(
        argument_spec={**ARGUMENTS, **more},
        required_one_of=[("name", "placement")],
        required_by={"host": ("name",)},
        mutually_exclusive=[("name", "placement"), ("new_name", "placement")],
        supports_check_mode=True,
    )


def make_request(module: AnsibleModule) -> Request:
    """Make the request. Raises ``InvalidInput``."""
    given = module.params
    hosts = host_records(given["hosts"] or {})
    return how(module, hosts, make_wishes(given["name"], given["host"], given["placement"], given["new_name"], hosts))


def how(module: AnsibleModule, hosts: tuple[Host, ...], wishes: tuple[Wish, ...]) -> Request:
    """Return the request for wishes, made as the options say. Raises ``InvalidInput``."""
    given = module.params
    return Request(
        hosts=hosts,
        wishes=wishes,
        live=given["live"],
        encrypted=given["encrypted"],
        bandwidth=given["bandwidth"],
        timeout=given["timeout"],
        on_timeout=OnTimeout(given["on_timeout"]),
        check=module.check_mode,
        accepted=check_codes(given["accept"]),
        at_once=at_once(given),
        stop_on_failure=given.get("stop_on_failure", False),
        stopovers=given.get("stopovers", False),
    )


def at_once(given: dict[str, Any]) -> AtOnce:
    """Return how many moves may go on at once; where a module doesn't make any, what it is by default."""
    return AtOnce(
        given.get("moves_at_once", AtOnce.total),
        given.get("moves_per_source"),
        given.get("moves_per_destination"),
    )
