# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What domains there are and where, private to this collection: one listing of the fleet, turned into records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional

from .errors import InvalidInput, MigrationError
from .find import Found, Index, Match, choose, every_match, is_pattern, matches
from .locate import Place
from .location import looked_at
from .looking import closely, look_at, without_silent
from .model import Domain, Fleet, Host, HostState
from .snapshot import Connect, Hypervisors, opened

Terms = Optional[Sequence[str]]
"""Names, UUIDs or patterns, or None for every domain."""


@dataclass(frozen=True)
class Sighting:
    """All that was seen: the fleet, what each term means there, and the domains that were looked at closely."""

    fleet: Fleet
    answers: Mapping[str, tuple[Match, ...]]
    domains: Mapping[Place, Domain]


@dataclass(frozen=True)
class Judged:
    """What a match comes to: the domain found, or the problem that keeps it from being one."""

    match: Match
    found: Found | None
    problem: str | None = None


def check_terms(terms: Terms) -> None:
    """Raise ``InvalidInput`` for an empty name."""
    if terms is not None and not all(term.strip() for term in terms):
        raise InvalidInput(
            "name holds an empty text: give names, UUIDs or patterns of domains, or leave it out for all of them."
        )


def survey_domains(terms: Terms, hosts: Sequence[Host], connect: Connect) -> dict[str, Any]:
    """Return ``domains``, ``placement``, ``missing``, ``ambiguous`` and ``hosts`` of what the hosts show now."""
    check_terms(terms)
    with opened(hosts, connect) as (hypervisors, fleet):
        return survey_record(look(terms, fleet, hypervisors))


def look(terms: Terms, fleet: Fleet, hypervisors: Hypervisors) -> Sighting:
    """Find the domains and look at each; a host that falls silent meanwhile counts as if it had never answered."""
    answers = _answers(terms, fleet)
    places = [one.found.place for one in _judged(answers) if one.found is not None]
    domains, problems = look_at(places, hypervisors, closely)
    if problems:
        return look(terms, without_silent(fleet, problems), hypervisors)
    return Sighting(fleet, answers, domains)


def survey_record(sighting: Sighting) -> dict[str, Any]:
    """Return what the module returns; pure."""
    judged = _judged(sighting.answers)
    domains = [
        looked_at(one.found, sighting.fleet, sighting.domains[one.found.place])
        for one in judged
        if one.found is not None and one.found.place in sighting.domains
    ]
    return {
        "domains": domains,
        "placement": _placement(domains),
        "missing": [term for term, found in sighting.answers.items() if _is_missing(term, found, sighting.domains)],
        "ambiguous": [_ambiguous(one) for one in judged if one.found is None],
        "hosts": {name: reachability(state) for name, state in sighting.fleet.hosts.items()},
    }


def reachability(state: HostState) -> dict[str, Any]:
    """Return whether a host could be asked and, if not, why."""
    return {"reachable": state.unreachable is None, "problem": state.unreachable}


def _answers(terms: Terms, fleet: Fleet) -> dict[str, tuple[Match, ...]]:
    index = Index(fleet)
    # Every domain is what the pattern * means, but for a domain of that very name.
    return {"*": every_match(index)} if terms is None else {term: matches(index, term) for term in terms}


def _judged(answers: Mapping[str, tuple[Match, ...]]) -> list[Judged]:
    """Return what each match comes to, in the order of terms and of names, and nothing twice."""
    judged: dict[object, Judged] = {}
    for match in (match for found in answers.values() for match in found):
        one = _judge(match)
        judged.setdefault(one.found.place if one.found is not None else frozenset(match.places), one)
    return list(judged.values())


def _judge(match: Match) -> Judged:
    try:
        return Judged(match, choose(match))
    except MigrationError as error:
        return Judged(match, None, str(error))


def _is_missing(term: str, found: Sequence[Match], domains: Mapping[Place, Domain]) -> bool:
    """Whether a name or UUID was not found, or had gone when it was looked at; one that is ambiguous is not missing."""
    chosen = [_judge(match).found for match in found]
    return not is_pattern(term) and all(one is not None and one.place not in domains for one in chosen)


def _placement(domains: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    # A name that two domains have places neither of them.
    names = Counter(domain["name"] for domain in domains)
    return {domain["name"]: domain["host"] for domain in domains if names[domain["name"]] == 1}


def _ambiguous(one: Judged) -> dict[str, Any]:
    places = [
        {"host": place.host, "name": place.listed.name, "uuid": place.listed.uuid, "id": place.listed.id}
        for place in one.match.places
    ]
    return {"name": one.match.called, "places": places, "message": one.problem}
