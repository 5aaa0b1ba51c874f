# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the inventory to connection records, private to this collection: which hosts there are, and the way to each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.loader import lookup_loader
from jinja2 import Undefined, UndefinedError

from ansible_collections.xenfleet.migration.plugins.module_utils._core.connections import host_records
from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.xenfleet.migration.plugins.module_utils._core.uri import parse_uri
from ansible_collections.xenfleet.migration.plugins.plugin_utils._ssh_settings import Unusable, ssh_variables, ssh_way
from ansible_collections.xenfleet.migration.plugins.plugin_utils._ssh_uri import ssh_uri

DEFAULT_GROUP = "xen_hosts"
LOCAL_URI = "xen:///system"
_SSH = frozenset({"ssh", "smart", "paramiko", "paramiko_ssh"})
_OWN = frozenset({"ansible_connection", "xen_uri", "xen_migration_address"})
_UNSAID = {
    "ansible_ssh_args": "",
    "ansible_ssh_common_args": "",
    "ansible_ssh_extra_args": "",
    "ansible_private_key_file": "",
    "ansible_ssh_private_key_file": "",
    "ansible_host_key_checking": True,
    "ansible_ssh_host_key_checking": True,
}
"""Keys, known hosts and jumps are those of the machine that Ansible runs on. On another, its own SSH configuration knows."""
_REMEDY = "give it a libvirt URI in the variable xen_uri"

Record = dict[str, Any]


@dataclass(frozen=True)
class Inventory:
    """What a task or a lookup sees of the inventory.

    ``runs_on`` is the name of the host that libvirt's client runs on, None for the machine that Ansible itself runs on.
    """

    variables: Mapping[str, Any]
    loader: Any
    templar: Any
    runs_on: str | None = None


def connection_records(hosts: object, inventory: Inventory) -> dict[str, Record]:
    """Return host name -> record, as the modules' ``hosts`` option takes it.

    ``hosts`` is such a dictionary itself (or its JSON), or a host pattern or a list of them, or nothing for the group
    ``xen_hosts``. A host that has no usable way to it gets a record that says why. Raises ``InvalidInput`` for a pattern that
    matches nothing.
    """
    if isinstance(hosts, str) and hosts.strip().startswith("{"):
        hosts = _parsed(hosts)
    if isinstance(hosts, Mapping):
        return {str(name): record for name, record in hosts.items()}
    return {name: _record(name, inventory) for name in _names(hosts, inventory)}


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError as error:
        raise InvalidInput(f"hosts begins with a brace but is no JSON: {error}.") from error


def _names(hosts: object, inventory: Inventory) -> list[str]:
    patterns = _patterns(hosts)
    for pattern in patterns:
        if pattern[0] not in "!&" and not _matching([pattern], inventory):
            raise InvalidInput(_nothing(pattern, given=bool(hosts)))
    names = _matching(patterns, inventory)
    if not names:
        raise InvalidInput(f"The patterns in hosts ({', '.join(patterns)}) together leave no host of the inventory.")
    return names


def _patterns(hosts: object) -> list[str]:
    if not hosts:
        return [DEFAULT_GROUP]
    items: Sequence[object] = [hosts] if isinstance(hosts, str) else hosts if isinstance(hosts, Sequence) else ()
    texts = [item.strip() for item in items if isinstance(item, str)]
    if not texts or len(texts) != len(items) or not all(texts):
        raise InvalidInput(
            f"hosts is {hosts!r}: give a group, a host or a pattern of the inventory, a list of those, or a dictionary of host"
            " name to libvirt URI."
        )
    return texts


def _matching(patterns: list[str], inventory: Inventory) -> list[str]:
    lookup = lookup_loader.get(
        "ansible.builtin.inventory_hostnames", loader=inventory.loader, templar=inventory.templar
    )
    return [str(name) for name in lookup.run(patterns, variables=inventory.variables)]


def _nothing(pattern: str, given: bool) -> str:
    if given:
        return f"hosts names {pattern!r}, which matches no host of the inventory."
    return (
        f"The inventory has no group {DEFAULT_GROUP} with hosts in it, and no other hosts were named. Put the Xen hosts into"
        " that group, or name them in the option hosts, the variable xenfleet_hosts or the environment's XENFLEET_HOSTS."
    )


def _record(name: str, inventory: Inventory) -> Record:
    try:
        record = _usable_record(name, _host_variables(name, inventory), inventory.runs_on)
        host_records({name: record})
    except (Unusable, InvalidInput) as error:
        return {"problem": str(error)}
    return record


def _host_variables(name: str, inventory: Inventory) -> dict[str, Any]:
    """Return those variables of the host that count here, templated."""
    of_host = inventory.variables["hostvars"][name]
    wanted = sorted((ssh_variables() | _OWN) & set(of_host))
    return {variable: _templated(variable, of_host) for variable in wanted}


def _templated(variable: str, of_host: Mapping[str, Any]) -> Any:
    try:
        value = of_host[variable]
        if isinstance(value, Undefined):  # what a lookup gets where a task gets the error; using it raises
            str(value)
    except (AnsibleError, UndefinedError) as error:
        raise Unusable(f"its variable {variable} can't be worked out: {error}") from error
    if isinstance(value, str) and "{{" in value:  # ansible-core 2.18 leaves what it can't work out
        raise Unusable(f"its variable {variable} can't be worked out: something in it is undefined")
    return value


def _usable_record(name: str, variables: Mapping[str, Any], runs_on: str | None) -> Record:
    address = variables.get("xen_migration_address")
    more = {"migration_address": address} if address else {}
    return {"uri": _uri(name, variables, runs_on), **more}


def _uri(name: str, variables: Mapping[str, Any], runs_on: str | None) -> str:
    given = _given(name, str(variables.get("xen_uri") or ""))
    if runs_on is None:
        return given or _from_here(name, variables)
    if name == runs_on:
        # A URI that other hosts are to use would be a detour here, with keys of its own.
        return given if _is_local(given, name) else LOCAL_URI
    if _is_local(given, name):
        raise Unusable(f"its variable xen_uri is local, which means {runs_on}, where the task runs: {_REMEDY}")
    return given or _from_elsewhere(name, variables, runs_on)


def _given(name: str, uri: str) -> str:
    try:
        if uri:
            parse_uri(uri, name)
    except InvalidInput as error:
        raise Unusable(f"its variable xen_uri is no good: {error}") from error
    return uri


def _is_local(uri: str, name: str) -> bool:
    return bool(uri) and parse_uri(uri, name).address is None


def _from_here(name: str, variables: Mapping[str, Any]) -> str:
    connection = _connection(variables)
    if connection == "local":
        return LOCAL_URI
    _only_ssh(connection)
    return ssh_uri(ssh_way(name, variables))


def _from_elsewhere(name: str, variables: Mapping[str, Any], runs_on: str) -> str:
    connection = _connection(variables)
    if connection == "local":
        raise Unusable(
            "its ansible_connection is local, which means the machine that Ansible runs on, and the task runs on"
            f" {runs_on}: {_REMEDY}"
        )
    _only_ssh(connection)
    uri = ssh_uri(ssh_way(name, {**variables, **_UNSAID}))
    endpoint = parse_uri(uri, name)
    if endpoint.is_roundabout:
        raise Unusable(f"its address {endpoint.address} means {runs_on} itself, where the task runs: {_REMEDY}")
    return uri


def _connection(variables: Mapping[str, Any]) -> str:
    return str(variables.get("ansible_connection") or "ssh").rpartition(".")[2]


def _only_ssh(connection: str) -> None:
    if connection not in _SSH:
        raise Unusable(f"its ansible_connection is {connection}, which libvirt can't take: {_REMEDY}")
