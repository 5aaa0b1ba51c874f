# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A second look at domains that were found, private to this collection: by more listings, or closely at each of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from .errors import HypervisorError, MigrationError
from .find import Index, find
from .hypervisor import Hypervisor
from .locate import Place
from .model import Domain, Fleet, HostState, Traits
from .parallel import ask_all
from .snapshot import CONNECT_SECONDS, Hypervisors

Shown = TypeVar("Shown")
Look = Callable[[Hypervisor, Collection[str]], Mapping[str, Shown]]
"""Asks one host for domains, by their UUIDs; those that it doesn't know are left out of the answer."""


def traits(hypervisor: Hypervisor, uuids: Collection[str]) -> Mapping[str, Traits]:
    """Look at all domains of a host at once."""
    return hypervisor.traits(uuids)


def closely(hypervisor: Hypervisor, uuids: Collection[str]) -> Mapping[str, Domain]:
    """Look at one domain after the other, which takes a few calls for each."""
    looked = {uuid: hypervisor.inspect(uuid) for uuid in uuids}
    return {uuid: domain for uuid, domain in looked.items() if domain is not None}


def look_at(
    places: Collection[Place], hypervisors: Hypervisors, look: Look[Shown]
) -> tuple[dict[Place, Shown], dict[str, MigrationError]]:
    """Look at domains, at all hosts at the same time; one that has just gone from its place is left out.

    Also returns the error of each host that can't be asked any more.
    """
    by_host: dict[str, dict[str, Place]] = {}
    for place in places:
        by_host.setdefault(place.host, {})[place.listed.uuid] = place
    answers = ask_all(
        lambda host: look(hypervisors[host], by_host[host]),
        by_host,
        CONNECT_SECONDS,
        lambda host: HypervisorError(host, "show its domains", f"no answer within {CONNECT_SECONDS} s"),
    )
    problems = {host: answer for host, answer in answers.items() if isinstance(answer, MigrationError)}
    shown = {
        by_host[host][uuid]: one
        for host, answer in answers.items()
        if not isinstance(answer, MigrationError)
        for uuid, one in answer.items()
    }
    return shown, problems


def look_at_found(
    terms: Sequence[str], fleet: Fleet, hypervisors: Hypervisors, look: Look[Shown]
) -> tuple[Fleet, dict[Place, Shown]]:
    """Look at all that the terms find; also return the fleet as it proves to be, in which they find nothing else.

    A domain that has gone from its place in the meantime is not there, and a host that has fallen silent is unreachable.
    Raises ``MigrationError`` for a domain whose place is not one.
    """
    index = Index(fleet)
    places = {found.place for term in dict.fromkeys(terms) for found in find(index, term)}
    shown, problems = look_at(places, hypervisors, look)
    if len(shown) == len(places):
        return fleet, shown
    gone = {place for place in places if place not in shown}
    return look_at_found(terms, without_silent(_without(fleet, gone), problems), hypervisors, look)


def without_silent(fleet: Fleet, problems: Mapping[str, MigrationError]) -> Fleet:
    """Return the fleet with these hosts as unreachable ones."""
    silent = {name: HostState(fleet.hosts[name].host, unreachable=str(error)) for name, error in problems.items()}
    return replace(fleet, hosts={**fleet.hosts, **silent})


def _without(fleet: Fleet, gone: Collection[Place]) -> Fleet:
    hosts = {
        name: replace(state, listed=tuple(listed for listed in state.listed if Place(name, listed) not in gone))
        for name, state in fleet.hosts.items()
    }
    return Fleet(hosts)
