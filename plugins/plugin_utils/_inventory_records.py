# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the inventory to connection records, private to this collection: which hosts there are, and the way to each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.loader import lookup_loader
from jinja2 import Undefined, UndefinedError

from ansible_collections.xenfleet.migration.plugins.module_utils._core.connections import host_records
from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.xenfleet.migration.plugins.module_utils._core.uri import parse_uri
from ansible_collections.xenfleet.migration.plugins.plugin_utils._hosts_meant import from_json, host_names
from ansible_collections.xenfleet.migration.plugins.plugin_utils._ssh_settings import Unusable, ssh_variables, ssh_way
from ansible_collections.xenfleet.migration.plugins.plugin_utils._ssh_uri import ssh_uri

LOCAL_URI = "xen:///system"
_SSH = frozenset({"ssh", "smart", "paramiko", "paramiko_ssh"})
_SAID = ("migration_address", "peer_uri", "bandwidth", "accepts_domains")
"""What a host's variables say of it besides the way to it, each by the name ``xen_`` and this."""
_OWN = frozenset({"ansible_connection", "xen_uri", *(f"xen_{key}" for key in _SAID)})
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
    ``remote_user`` is the keyword of the play or task, which a lookup can't know.
    """

    variables: Mapping[str, Any]
    loader: Any
    templar: Any
    runs_on: str | None = None
    remote_user: str | None = None


def connection_records(hosts: object, inventory: Inventory) -> dict[str, Record]:
    """Return host name -> record, as the modules' ``hosts`` option takes it.

    ``hosts`` is such a dictionary itself (or its JSON), or a host pattern or a list of them, or nothing for the group
    ``xen_hosts``. A host that has no usable way to it gets a record that says why. Raises ``InvalidInput`` for a pattern that
    matches nothing, and for a record that is no good.
    """
    meant = from_json(hosts)
    if isinstance(meant, Mapping):
        return _checked({str(name): record for name, record in meant.items()})
    names = host_names(meant, lambda patterns: _matching(patterns, inventory))
    return _checked({name: _record(name, inventory) for name in names})


def _checked(records: dict[str, Record]) -> dict[str, Record]:
    # Here, because what modules are given is shown at -vvv: a URI may hold the password that it is refused for.
    host_records(records)
    return records


def _matching(patterns: list[str], inventory: Inventory) -> list[str]:
    lookup = lookup_loader.get(
        "ansible.builtin.inventory_hostnames", loader=inventory.loader, templar=inventory.templar
    )
    return [str(name) for name in lookup.run(patterns, variables=inventory.variables)]


def _record(name: str, inventory: Inventory) -> Record:
    try:
        record = _usable_record(name, _host_variables(name, inventory), inventory)
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


def _usable_record(name: str, variables: Mapping[str, Any], inventory: Inventory) -> Record:
    said = {key: variables.get(f"xen_{key}") for key in _SAID}
    # A bandwidth of 0 is somebody's mistake, and no word for none; false is what a host says that takes no domains.
    meant = ("bandwidth", "accepts_domains")
    more = {key: value for key, value in said.items() if value or (key in meant and value is not None)}
    return {"uri": _uri(name, variables, inventory), **more}


def _uri(name: str, variables: Mapping[str, Any], inventory: Inventory) -> str:
    runs_on = inventory.runs_on
    given = _given(name, str(variables.get("xen_uri") or ""))
    if runs_on is None:
        return given or _from_here(name, variables, inventory.remote_user)
    if name == runs_on:
        # A URI that other hosts are to use would be a detour here, with keys of its own.
        return given if _is_local(given, name) else LOCAL_URI
    if _is_local(given, name):
        raise Unusable(f"its variable xen_uri is local, which means {runs_on}, where the task runs: {_REMEDY}")
    return given or _from_elsewhere(name, variables, runs_on, inventory.remote_user)


def _given(name: str, uri: str) -> str:
    try:
        if uri:
            parse_uri(uri, name)
    except InvalidInput as error:
        raise Unusable(f"its variable xen_uri is no good: {error}") from error
    return uri


def _is_local(uri: str, name: str) -> bool:
    return bool(uri) and parse_uri(uri, name).address is None


def _from_here(name: str, variables: Mapping[str, Any], remote_user: str | None) -> str:
    connection = _connection(variables)
    if connection == "local":
        return LOCAL_URI
    _only_ssh(connection)
    return ssh_uri(ssh_way(name, variables, remote_user))


def _from_elsewhere(name: str, variables: Mapping[str, Any], runs_on: str, remote_user: str | None) -> str:
    connection = _connection(variables)
    if connection == "local":
        raise Unusable(
            "its ansible_connection is local, which means the machine that Ansible runs on, and the task runs on"
            f" {runs_on}: {_REMEDY}"
        )
    _only_ssh(connection)
    uri = ssh_uri(ssh_way(name, {**variables, **_UNSAID}, remote_user))
    endpoint = parse_uri(uri, name)
    if endpoint.is_roundabout:
        raise Unusable(f"its address {endpoint.address} means {runs_on} itself, where the task runs: {_REMEDY}")
    return uri


def _connection(variables: Mapping[str, Any]) -> str:
    return str(variables.get("ansible_connection") or "ssh").rpartition(".")[2]


def _only_ssh(connection: str) -> None:
    if connection not in _SSH:
        shown = connection if connection.isidentifier() else "no plugin's name"
        raise Unusable(f"its ansible_connection is {shown}, which libvirt can't take: {_REMEDY}")
