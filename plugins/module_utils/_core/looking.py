# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking for domains while they may move, private to this collection: first in the listings, then in their places."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, Optional, TypeVar

from .errors import HypervisorError, MigrationError
from .find import Ambiguous, Answer, Found, find, find_all, is_pattern
from .hypervisor import Hypervisor
from .model import Domain, Fleet, HostState, Listed, Place, Traits
from .parallel import ask_all
from .snapshot import CONNECT_SECONDS, Hypervisors

Shown = TypeVar("Shown", Listed, Traits, Domain)
Told = TypeVar("Told")
Look = Callable[[Hypervisor, Mapping[str, Listed]], Mapping[str, Shown]]
"""Asks one host for domains, by their UUIDs; those that it doesn't know are left out of the answer."""
Terms = Optional[Sequence[str]]
"""Names, UUIDs or patterns, or None for every domain."""


@dataclass(frozen=True)
class Sighting(Generic[Shown]):
    """All that was seen: the fleet, what each term means there, and what the look at every place that counts has shown."""

    fleet: Fleet
    answers: Mapping[str, tuple[Answer, ...]]
    shown: Mapping[Place, Shown]


def not_at_all(_hypervisor: Hypervisor, listed: Mapping[str, Listed]) -> Mapping[str, Listed]:
    """Take the listing's word for it."""
    return listed


def traits(hypervisor: Hypervisor, listed: Mapping[str, Listed]) -> Mapping[str, Traits]:
    """Look at all domains of a host at once."""
    return hypervisor.traits(listed.keys())


def closely(hypervisor: Hypervisor, listed: Mapping[str, Listed]) -> Mapping[str, Domain]:
    """Look at one domain after the other, which takes a few calls for each."""
    looked = {uuid: hypervisor.inspect(uuid) for uuid in listed}
    return {uuid: domain for uuid, domain in looked.items() if domain is not None}


def look_for(
    terms: Terms, fleet: Fleet, hypervisors: Hypervisors, look: Look[Shown], once_more: bool = True
) -> Sighting[Shown]:
    """Find domains and look at each, ``once_more`` after another listing where that may tell more.

    It may where a domain isn't found, is found twice, or is no longer (active) in its place: hosts aren't listed at the very
    same moment, and what was on its way then has arrived. What has still gone from its place is not there, and a host that
    falls silent counts as if it had never answered.
    """
    answers = _answers(terms, fleet)
    if once_more and (missing(answers) or _has_ambiguous(answers)):
        return look_for(terms, _listed_again(fleet, hypervisors), hypervisors, look, once_more=False)
    places = {answer.place for found in answers.values() for answer in found if isinstance(answer, Found)}
    shown, problems = look_at(places, hypervisors, look)
    gone = {place for place in places - shown.keys() if place.host not in problems}
    stopped = any(place.listed.id is not None and one.id is None for place, one in shown.items())
    fleet = _without_silent(fleet, problems)
    if once_more and (gone or stopped):
        return look_for(terms, _listed_again(fleet, hypervisors), hypervisors, look, once_more=False)
    if gone or problems:
        return look_for(terms, _without(fleet, gone), hypervisors, look, once_more)
    return Sighting(fleet, answers, shown)


def missing(answers: Mapping[str, Sequence[Answer]]) -> list[str]:
    """Return the names and UUIDs that mean nothing; a pattern may well match nothing."""
    return [term for term, found in answers.items() if not found and not is_pattern(term)]


def look_at(
    places: Collection[Place], hypervisors: Hypervisors, look: Look[Shown]
) -> tuple[dict[Place, Shown], dict[str, MigrationError]]:
    """Look at domains, at all hosts at the same time; one that has just gone from its place is left out.

    Also returns the error of each host that can't be asked any more.
    """
    by_host: dict[str, dict[str, Listed]] = {}
    for place in places:
        by_host.setdefault(place.host, {})[place.listed.uuid] = place.listed
    answers, problems = _ask(by_host, lambda host: look(hypervisors[host], by_host[host]))
    shown = {Place(host, by_host[host][uuid]): one for host, seen in answers.items() for uuid, one in seen.items()}
    return shown, problems


def _answers(terms: Terms, fleet: Fleet) -> dict[str, tuple[Answer, ...]]:
    # Every domain is what the pattern * means, but for a domain of that very name.
    return {"*": find_all(fleet)} if terms is None else {term: find(fleet, term) for term in terms}


def _has_ambiguous(answers: Mapping[str, Sequence[Answer]]) -> bool:
    return any(isinstance(answer, Ambiguous) for found in answers.values() for answer in found)


def _listed_again(fleet: Fleet, hypervisors: Hypervisors) -> Fleet:
    """Ask those hosts again that could be asked."""
    asked = [name for name, state in fleet.hosts.items() if state.unreachable is None]
    states, problems = _ask(asked, lambda host: hypervisors[host].state())
    return _without_silent(Fleet({**fleet.hosts, **states}), problems)


def _ask(hosts: Collection[str], ask: Callable[[str], Told]) -> tuple[dict[str, Told], dict[str, MigrationError]]:
    """Ask all hosts at the same time; return their answers, and the errors of those that can't answer."""
    told = ask_all(
        ask,
        hosts,
        CONNECT_SECONDS,
        lambda host: HypervisorError(host, "show its domains", f"no answer within {CONNECT_SECONDS} s"),
    )
    problems = {host: answer for host, answer in told.items() if isinstance(answer, MigrationError)}
    return {host: answer for host, answer in told.items() if not isinstance(answer, MigrationError)}, problems


def _without_silent(fleet: Fleet, problems: Mapping[str, MigrationError]) -> Fleet:
    """Return the fleet with these hosts as unreachable ones."""
    silent = {name: HostState(fleet.hosts[name].host, unreachable=str(error)) for name, error in problems.items()}
    return Fleet({**fleet.hosts, **silent})


def _without(fleet: Fleet, gone: Collection[Place]) -> Fleet:
    hosts = {
        name: replace(state, listed=tuple(listed for listed in state.listed if Place(name, listed) not in gone))
        for name, state in fleet.hosts.items()
    }
    return Fleet(hosts)
