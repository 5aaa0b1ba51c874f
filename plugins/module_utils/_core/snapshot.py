# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet as it is now, private to this collection: every host connected to and asked, all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from .errors import Blocked, HostUnreachable, MigrationError
from .hypervisor import Hypervisor
from .model import Domain, Finding, Fleet, Host, HostState, Place, Wish
from .parallel import ask_all

CONNECT_SECONDS = 90
"""How long a host may take to connect and list its domains. An SSH login on an overloaded hypervisor was seen to need 15 s."""

Connect = Callable[[Host], Hypervisor]
Hypervisors = Mapping[str, Hypervisor]
LookedAt = Mapping["tuple[str, str]", Domain]
"""Domains that were looked at closely a moment ago, by host and UUID: a busy host takes its time for each look."""


def take_snapshot(hosts: Sequence[Host], connect: Connect) -> tuple[Hypervisors, Fleet]:
    """Connect to every host and ask what it has; a host that can't be asked is in the fleet with the reason why."""

    def ask(host: Host) -> tuple[Hypervisor, HostState]:
        if host.problem is not None:
            raise HostUnreachable(host.name, host.uri, host.problem)
        hypervisor = connect(host)
        return hypervisor, hypervisor.state()

    answers = ask_all(ask, hosts, CONNECT_SECONDS, _no_answer)
    open_ones: dict[str, Hypervisor] = {}
    states: dict[str, HostState] = {}
    for host, answer in answers.items():
        if isinstance(answer, MigrationError):
            states[host.name] = _silent(host, answer)
        else:
            open_ones[host.name], states[host.name] = answer
    return open_ones, Fleet(states)


def look_again(fleet: Fleet, hypervisors: Hypervisors) -> Fleet:
    """Ask the hosts of a fleet what they have now; one that could not be connected to isn't asked again.

    What was asked of them before the last moves isn't taken for what is so now.
    """

    def ask(host: Host) -> HostState:
        hypervisors[host.name].forget_facts()
        return hypervisors[host.name].state()

    hosts = [fleet.hosts[name].host for name in hypervisors]
    answers = ask_all(ask, hosts, CONNECT_SECONDS, _no_answer)
    states = dict(fleet.hosts)
    for host, answer in answers.items():
        states[host.name] = _silent(host, answer) if isinstance(answer, MigrationError) else answer
    return Fleet(states)


@contextmanager
def opened(hosts: Sequence[Host], connect: Connect) -> Iterator[tuple[Hypervisors, Fleet]]:
    """Do as ``take_snapshot`` does, and give the connections back in the end."""
    hypervisors, fleet = take_snapshot(hosts, connect)
    try:
        yield hypervisors, fleet
    finally:
        for hypervisor in hypervisors.values():
            hypervisor.close()


def inspect_domains(
    located: Sequence[tuple[Wish, Place]], hypervisors: Hypervisors, looked_at: LookedAt
) -> list[tuple[Wish, Domain]]:
    """Look closely at the domains in their places, unless they were ``looked_at`` there.

    Raises ``Blocked`` when one has just gone from its place.
    """
    return [
        (wish, looked_at.get((place.host, place.listed.uuid)) or _inspected(place, hypervisors[place.host]))
        for wish, place in located
    ]


def _inspected(place: Place, hypervisor: Hypervisor) -> Domain:
    domain = hypervisor.inspect(place.listed.uuid)
    if domain is None:
        text = f"Domain {place.listed.name} vanished from {place.host} while it was looked at: run the task again."
        raise Blocked([Finding("domain_missing", text, domain=place.listed.name)])
    return domain


def _silent(host: Host, why: MigrationError) -> HostState:
    return HostState(host, unreachable=str(why))


def _no_answer(host: Host) -> MigrationError:
    return HostUnreachable(host.name, host.uri, f"no answer within {CONNECT_SECONDS} s")
