# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Ansible would reach a host by SSH, private to this collection: what its ssh connection plugin makes of all its settings.

Variables, environment, ansible.cfg and command line count as they do for any task, because Ansible itself is asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, reduce
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
from ansible_collections.xenfleet.migration.plugins.plugin_utils._ssh_proxy import first_proxy
from ansible_collections.xenfleet.migration.plugins.plugin_utils._ssh_uri import SshWay

_ARGUMENTS = ("ssh_args", "ssh_common_args", "ssh_extra_args")
_OPTIONS = (*_ARGUMENTS, "host", "port", "remote_user", "private_key_file", "host_key_checking")
_MOST = 4000
_PORT = re.compile("[0-9]{1,5}")


class Unusable(Exception):
    """There is no way to the host; ``str()`` says why and names the setting."""


@cache
def ssh_variables() -> frozenset[str]:
    """Return the names of the variables that count here: those of Ansible's ssh connection plugin, but no password's."""
    return frozenset(name for option in _OPTIONS for name in _variables(option))


@cache
def _variables(option: str) -> tuple[str, ...]:
    connection_loader.get("ssh", class_only=True)  # or its settings are not known yet
    settings = constants.config.get_configuration_definitions("connection", "ssh")
    return tuple(str(variable["name"]) for variable in settings[option].get("vars", ()))


def ssh_way(name: str, variables: Mapping[str, Any], remote_user: str | None) -> SshWay:
    """Return how Ansible reaches the host with these (templated) variables, and with this keyword of the play or task.

    Raises ``Unusable`` when a setting is no good, or when libvirt has no place for it.
    """
    known = _known(name, variables, remote_user)
    said = _said(known)
    address = known.text("host") or name
    if said.proxy and not said.proxy.is_none:
        raise Unusable(said.proxy.sentence(address))
    return SshWay(
        address=address,
        user=said.user,
        port=_port(said.port),
        # ssh tries every key that it is told of. A URI has place for one, and this one was meant for the host.
        key_file=_path(known.text("private_key_file") or said.key_file),
        known_hosts=_path(_known_hosts(said)),
        host_key_checking=_host_key_checking(known, said),
        identities_only=said.identities_only,
    )


@dataclass(frozen=True)
class _Settings:
    """What Ansible's configuration makes of a host's variables and a play's or task's keywords."""

    variables: Mapping[str, Any]
    keywords: Mapping[str, Any]

    def get(self, option: str) -> tuple[Any, str]:
        """Return the setting's value, and where it comes from. What is no good is not repeated: nobody knows what is in it."""
        given = [name for name in _variables(option) if name in self.variables]
        for name in given:
            if not _is_word(self.variables[name]) and option != "host_key_checking":
                raise Unusable(f"its variable {name} is neither a number nor a text of less than {_MOST} characters")
        try:
            value, origin = constants.config.get_config_value_and_origin(
                option, plugin_type="connection", plugin_name="ssh", keys=self.keywords, variables=self.variables
            )
        except (AnsibleError, ValueError) as error:
            raise Unusable(f"{' or '.join(given) or option} is not of the kind that is wanted") from error
        return value, str(origin).removeprefix("var: ")

    def text(self, option: str) -> str | None:
        """Return the value as a text, None if there is nothing in it."""
        value = self.get(option)[0]
        return None if value is None or value == "" else str(value)


def _is_word(value: object) -> bool:
    if isinstance(value, str):
        return len(value) < _MOST
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63)


def _known(name: str, variables: Mapping[str, Any], remote_user: str | None) -> _Settings:
    # Ansible, too, takes what its command line says as if it were a keyword of the play.
    user = remote_user or context.CLIARGS.get("remote_user")
    return _Settings({**variables, "inventory_hostname": name}, {"remote_user": user})


def _said(known: _Settings) -> SshArguments:
    """Return what ssh would be told, in the order of Ansible's command lines: the first word on anything counts."""
    own = SshArguments(user=known.text("remote_user"), port=known.text("port"))
    before, common, extra = (_read(option, known) for option in _ARGUMENTS)
    return reduce(_first, (before, own, common, extra))


def _read(option: str, known: _Settings) -> SshArguments:
    text, origin = known.text(option), known.get(option)[1]
    try:
        said = read_ssh_arguments(text or "")
    except NotCarried as error:
        raise Unusable(
            f"{origin} holds {error}, which a libvirt URI has no place for: put it into the SSH configuration of the user"
            " that runs the task, or give the host a libvirt URI in the variable xen_uri"
        ) from error
    return replace(said, proxy=replace(said.proxy, origin=origin)) if said.proxy else said


def _first(first: SshArguments, then: SshArguments) -> SshArguments:
    unset = {name: value for name, value in vars(then).items() if not getattr(first, name)}
    return replace(first, **{**unset, "proxy": first_proxy(first.proxy, then.proxy)})


def _port(text: str | None) -> int | None:
    if text is None:
        return None
    if not _PORT.fullmatch(text) or not 0 < int(text) < 2**16:
        raise Unusable(f"its port {text[:20]!r} is no number from 1 to 65535")
    return int(text)


def _known_hosts(said: SshArguments) -> str | None:
    return None if said.known_hosts in {"/dev/null", "none"} else said.known_hosts


def _path(text: str | None) -> str | None:
    try:
        return str(Path(text).expanduser()) if text else None
    except RuntimeError as error:
        raise Unusable(f"the path {text!r} begins with the home directory of a user that doesn't exist") from error


def _host_key_checking(known: _Settings, said: SshArguments) -> str:
    """What the arguments say counts, because ansible-runner and AWX turn Ansible's own setting off unasked.

    Here alone Ansible differs: once turned off, checking stays off in spite of ``ansible_ssh_common_args``.
    """
    word = said.host_key_checking
    if word is None:
        return "yes" if known.get("host_key_checking")[0] else "no"
    return word if word in {"no", "accept-new"} else "yes"
