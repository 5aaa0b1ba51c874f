# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What libvirt's listings tell of domains, private to this collection: a listing is one call, whatever its length."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, TypeVar

from .._core.model import State, Traits
from .dependencies import libvirt
from .domain_state import domain_state

Answer = TypeVar("Answer")


def listed_traits(connection: Any, uuids: Collection[str]) -> dict[str, Traits]:
    """Return the traits of those of the domains that the host knows.

    Each listing asks for one combination of traits: what is said of a domain was true of it at one moment. Those that no
    listing has are asked for singly: a pause may be a migration's, and in between a domain may change or vanish.
    """
    wanted = set(uuids)
    told: dict[str, Traits] = {}
    for flags, state, persistent, autostart in _combinations():
        for domain in connection.listAllDomains(flags):
            told[domain.UUIDString()] = Traits(domain_id(domain), state, persistent, autostart)
    for uuid in wanted - told.keys():
        traits = looked_up(connection, uuid, traits_of)
        if traits is not None:
            told[uuid] = traits
    return {uuid: traits for uuid, traits in told.items() if uuid in wanted}


def traits_of(domain: Any) -> Traits:
    """Ask for the traits of one domain."""
    state, reason = domain.state()[:2]
    persistent = bool(domain.isPersistent())
    return Traits(domain_id(domain), domain_state(state, reason), persistent, persistent and bool(domain.autostart()))


def domain_id(domain: Any) -> int | None:
    """Return the domain's Xen id as it was when it was looked up or listed, None if it was not active."""
    number = domain.ID()
    return None if number < 0 else int(number)


def looked_up(connection: Any, uuid: str, look: Callable[[Any], Answer]) -> Answer | None:
    """Return what ``look`` finds out about a domain, None if the host doesn't know it or it vanishes meanwhile."""
    try:
        return look(connection.lookupByUUIDString(uuid))
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN:
            return None
        raise


def _combinations() -> list[tuple[int, State, bool, bool]]:
    """Return the flags of each listing, with what they say: all that domains can be that run or are shut off."""
    running, shut_off = libvirt.VIR_CONNECT_LIST_DOMAINS_RUNNING, libvirt.VIR_CONNECT_LIST_DOMAINS_SHUTOFF
    transient, persistent = libvirt.VIR_CONNECT_LIST_DOMAINS_TRANSIENT, libvirt.VIR_CONNECT_LIST_DOMAINS_PERSISTENT
    by_hand = persistent | libvirt.VIR_CONNECT_LIST_DOMAINS_NO_AUTOSTART
    by_itself = persistent | libvirt.VIR_CONNECT_LIST_DOMAINS_AUTOSTART
    return [
        (running | transient, State.RUNNING, False, False),
        (running | by_hand, State.RUNNING, True, False),
        (running | by_itself, State.RUNNING, True, True),
        (shut_off | by_hand, State.SHUT_OFF, True, False),
        (shut_off | by_itself, State.SHUT_OFF, True, True),
    ]
