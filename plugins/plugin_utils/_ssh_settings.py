# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Ansible would reach a host by SSH, private to this collection: what its ssh connection plugin makes of all its settings.

Variables, environment, ansible.cfg and command line count as they do for any task, because Ansible itself is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from ansible import constants, context
from ansible.errors import AnsibleError
from ansible.plugins.loader import connection_loader

from ansible_collections.xenfleet.migration.plugins.plugin_utils._ssh_arguments import (
    NotCarried,
    SshArguments,
    read_ssh_arguments,
)
from ansible_collections.xenfleet.migration.plugins.plugin_utils._ssh_uri import SshWay

_ARGUMENTS = ("ssh_args", "ssh_common_args", "ssh_extra_args")
"""In the order in which Ansible gives them to ssh, where the first word on anything counts."""

_OPTIONS = (*_ARGUMENTS, "host", "port", "remote_user", "private_key_file", "host_key_checking")


class Unusable(Exception):
    """There is no way to the host; ``str()`` says why and names the setting."""


@cache
def ssh_variables() -> frozenset[str]:
    """Return the names of the variables that count here: those of Ansible's ssh connection plugin, but no password's."""
    connection_loader.get("ssh", class_only=True)  # or its settings are not known yet
    settings = constants.config.get_configuration_definitions("connection", "ssh")
    return frozenset(variable["name"] for option in _OPTIONS for variable in settings[option].get("vars", ()))


def ssh_way(name: str, variables: Mapping[str, Any]) -> SshWay:
    """Return how Ansible reaches the host with these (templated) variables.

    Raises ``Unusable`` when a setting is no good, or when libvirt has no place for it.
    """
    known = {**variables, "inventory_hostname": name}
    arguments = _arguments(known)
    return SshWay(
        address=str(_setting("host", known)[0] or name),
        user=_text(_setting("remote_user", known)[0]) or arguments.user,
        port=_setting("port", known)[0] or _port(arguments),
        key_file=_path(_setting("private_key_file", known)[0] or arguments.key_file),
        known_hosts=_path(_known_hosts(arguments)),
        host_key_checking=_host_key_checking(known, arguments),
        identities_only=arguments.identities_only,
    )


def _setting(option: str, variables: Mapping[str, Any]) -> tuple[Any, str]:
    """Return the setting's value, and where it comes from."""
    try:
        value, origin = constants.config.get_config_value_and_origin(
            option, plugin_type="connection", plugin_name="ssh", keys=_command_line(), variables=variables
        )
    except AnsibleError as error:
        raise Unusable(" ".join(str(error).split()).rstrip(": ")) from error
    return value, str(origin).removeprefix("var: ")


def _command_line() -> dict[str, Any]:
    """Return what Ansible takes from its command line as if it were a keyword of the play."""
    return {"remote_user": context.CLIARGS.get("remote_user")}


def _arguments(variables: Mapping[str, Any]) -> SshArguments:
    found = SshArguments()
    for option in _ARGUMENTS:
        text, origin = _setting(option, variables)
        try:
            found = _first(found, read_ssh_arguments(_text(text) or ""))
        except NotCarried as error:
            raise Unusable(
                f"{origin} holds {error}, which a libvirt URI has no place for: put it into the SSH configuration of the user"
                " that runs the task, or give the host a libvirt URI in the variable xen_uri"
            ) from error
    return found


def _first(first: SshArguments, then: SshArguments) -> SshArguments:
    unset = {name: value for name, value in vars(then).items() if not getattr(first, name)}
    return replace(first, **unset)


def _text(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)


def _port(arguments: SshArguments) -> int | None:
    if arguments.port is None:
        return None
    if not arguments.port.isdecimal():
        raise Unusable(f"the port {arguments.port} among its SSH arguments is no number")
    return int(arguments.port)


def _known_hosts(arguments: SshArguments) -> str | None:
    return None if arguments.known_hosts in {"/dev/null", "none"} else arguments.known_hosts


def _path(text: str | None) -> str | None:
    return str(Path(text).expanduser()) if text else None


def _host_key_checking(variables: Mapping[str, Any], arguments: SshArguments) -> str:
    """What the arguments say counts, because ansible-runner and AWX turn Ansible's own setting off unasked."""
    said = arguments.host_key_checking
    if said is None:
        return "yes" if _setting("host_key_checking", variables)[0] else "no"
    return said if said in {"no", "accept-new"} else "yes"
