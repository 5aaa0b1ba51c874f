# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What libvirt's listings tell of domains, private to this collection: a listing is one call, whatever its length."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Any, NamedTuple, TypeVar

from .._core.model import State, Traits
from .dependencies import libvirt
from .domain_state import domain_state

Answer = TypeVar("Answer")


def listed_traits(connection: Any, uuids: Collection[str]) -> dict[str, Traits]:
    """Return the traits of those of the domains that the host knows.

    Each listing asks for one combination of traits: what is said of a domain was true of it at one moment. What changes from
    one listing to the next, so that none has it, is looked up singly.
    """
    wanted = set(uuids)
    told = _running_and_shut_off(connection)
    if wanted - told.keys():
        told.update(_others(connection, wanted - told.keys()))
    for uuid in wanted - told.keys():
        traits = looked_up(connection, uuid, traits_of)
        if traits is not None:
            told[uuid] = traits
    return {uuid: traits for uuid, traits in told.items() if uuid in wanted}


def traits_of(domain: Any) -> Traits:
    """Ask for the traits of one domain."""
    return traits_in(domain, *domain.state()[:2])


def traits_in(domain: Any, state: int, reason: int) -> Traits:
    """Ask for the traits of one domain that is in this state (virDomainGetState's pair)."""
    persistent = bool(domain.isPersistent())
    return Traits(domain_id(domain), domain_state(state, reason), persistent, persistent and bool(domain.autostart()))


def domain_id(domain: Any) -> int | None:
    """Return the domain's Xen id as it was when it was looked up or listed, None if it was not active."""
    number = domain.ID()
    return None if number < 0 else int(number)


def looked_up(connection: Any, uuid: str, look: Callable[[Any], Answer]) -> Answer | None:
    """Return what ``look`` finds out about a domain, None if the host doesn't know it or it vanishes meanwhile."""
    return _if_there(lambda: look(connection.lookupByUUIDString(uuid)))


def _running_and_shut_off(connection: Any) -> dict[str, Traits]:
    transient, *persistent = _definitions()
    states = [
        (libvirt.VIR_CONNECT_LIST_DOMAINS_RUNNING, State.RUNNING, [transient, *persistent]),
        (libvirt.VIR_CONNECT_LIST_DOMAINS_SHUTOFF, State.SHUT_OFF, persistent),
    ]
    return {
        domain.UUIDString(): Traits(domain_id(domain), state, definition.persistent, definition.autostart)
        for flags, state, definitions in states
        for definition in definitions
        for domain in connection.listAllDomains(flags | definition.flags)
    }


def _others(connection: Any, wanted: Collection[str]) -> dict[str, Traits]:
    """Return the traits of those that neither run nor are shut off, each of which is asked for its state.

    No listing tells why a domain is paused, and that may be because it is being moved.
    """
    flags = libvirt.VIR_CONNECT_LIST_DOMAINS_PAUSED | libvirt.VIR_CONNECT_LIST_DOMAINS_OTHER
    told = {}
    for definition in _definitions():
        for domain in connection.listAllDomains(flags | definition.flags):
            state = _if_there(partial(_state_of, domain)) if domain.UUIDString() in wanted else None
            if state is not None and state is not State.SHUT_OFF:  # or the id would be one that it had before
                told[domain.UUIDString()] = Traits(
                    domain_id(domain), state, definition.persistent, definition.autostart
                )
    return told


class _Definition(NamedTuple):
    flags: int
    persistent: bool
    autostart: bool


def _definitions() -> list[_Definition]:
    """Return all that a domain's definition can be to a listing: none, one, or one that starts with its host."""
    persistent = libvirt.VIR_CONNECT_LIST_DOMAINS_PERSISTENT
    return [
        _Definition(libvirt.VIR_CONNECT_LIST_DOMAINS_TRANSIENT, False, False),
        _Definition(persistent | libvirt.VIR_CONNECT_LIST_DOMAINS_NO_AUTOSTART, True, False),
        _Definition(persistent | libvirt.VIR_CONNECT_LIST_DOMAINS_AUTOSTART, True, True),
    ]


def _state_of(domain: Any) -> State:
    state, reason = domain.state()[:2]
    return domain_state(state, reason)


def _if_there(ask: Callable[[], Answer]) -> Answer | None:
    try:
        return ask()
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN:
            return None
        raise
