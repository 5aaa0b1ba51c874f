# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where domains are, private to this collection: for whoever asks without wanting to move anything."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from .errors import HypervisorError, MigrationError
from .locate import Place, unreachable
from .model import DOMAIN_0_UUID, Domain, Fleet, Listed
from .parallel import ask_all
from .snapshot import CONNECT_SECONDS, Hypervisors

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_GLOB = re.compile(r"[*?[]")


@dataclass(frozen=True)
class Found:
    """One domain: the place where it is, and the places of other copies or definitions of it."""

    place: Place
    also_on: tuple[Place, ...] = ()


@dataclass(frozen=True)
class Match:
    """All the places that belong to one answer to a term; ``called`` is what to call it."""

    called: str
    places: tuple[Place, ...]


def find(fleet: Fleet, term: str) -> tuple[Found, ...]:
    """Return the domains with this name, this UUID or names that match this pattern; control domains never match.

    A name that is spelled exactly so counts before a pattern. Raises ``MigrationError`` for a domain whose place is not one.
    """
    return tuple(choose(match) for match in matches(fleet, term))


def matches(fleet: Fleet, term: str) -> tuple[Match, ...]:
    """Return the places of everything that ``find`` would find, without a judgement about which of them counts."""
    exact = _places(fleet, lambda listed: listed.name == term)
    if exact:
        return (_match(fleet, term, exact),)
    if _UUID.fullmatch(term):
        by_uuid = _places(fleet, lambda listed: listed.uuid == term.lower())
        return (Match(term, by_uuid),) if by_uuid else ()
    if not is_pattern(term):
        return ()
    return _by_name(fleet, _places(fleet, lambda listed: fnmatchcase(listed.name, term)))


def every_match(fleet: Fleet) -> tuple[Match, ...]:
    """Return the places of every domain but the control domains."""
    return _by_name(fleet, _places(fleet, lambda _listed: True))


def choose(match: Match) -> Found:
    """Choose the place that counts: the only one, or the only one where the domain is active.

    Raises ``MigrationError`` where there is no such place.
    """
    active = [place for place in match.places if place.listed.id is not None]
    if len(match.places) == 1:
        return Found(match.places[0])
    if len(active) == 1 and len({place.listed.uuid for place in match.places}) == 1:
        return Found(active[0], tuple(place for place in match.places if place is not active[0]))
    found = " and ".join(str(place) for place in match.places)
    raise MigrationError(f"Domain {match.called} exists more than once: {found}. {_advice(match, active)}")


def _advice(match: Match, active: Sequence[Place]) -> str:
    if len({place.listed.uuid for place in match.places}) > 1:
        return "They are different domains: ask for one by its UUID, or rename the other."
    if active:
        return "It is being moved just now, or two copies run: look at both hosts."
    return "See which definition is the right one, and undefine the other."


def is_pattern(term: str) -> bool:
    """Whether a term may match any number of names."""
    return _GLOB.search(term) is not None


def not_found(fleet: Fleet, term: str) -> str:
    """Say that nothing was found, and where it was not looked for."""
    asked = [name for name, state in fleet.hosts.items() if state.unreachable is None]
    silent = [state.host.name for state in unreachable(fleet)]
    maybe = f" It may be on {', '.join(silent)}, which could not be asked." if silent else ""
    return f"No domain {term} was found on {', '.join(asked) or 'any host'}.{maybe}"


def inspect_found(places: Sequence[Place], hypervisors: Hypervisors) -> dict[Place, Domain]:
    """Look closely at domains, host by host at the same time; one that has just gone from its place is left out.

    Raises ``HypervisorError`` for a host that can't be asked any more.
    """
    found, problems = inspect_each(places, hypervisors)
    for problem in problems.values():
        raise problem
    return found


def inspect_each(
    places: Sequence[Place], hypervisors: Hypervisors
) -> tuple[dict[Place, Domain], dict[str, MigrationError]]:
    """Do as ``inspect_found`` does, and return the error of each host that can't be asked any more."""
    by_host: dict[str, list[Place]] = {}
    for place in places:
        by_host.setdefault(place.host, []).append(place)
    answers = ask_all(
        lambda host: [(place, hypervisors[host].inspect(place.listed.uuid)) for place in by_host[host]],
        by_host,
        CONNECT_SECONDS,
        lambda host: HypervisorError(host, "show its domains", f"no answer within {CONNECT_SECONDS} s"),
    )
    problems = {host: answer for host, answer in answers.items() if isinstance(answer, MigrationError)}
    shown = [pair for answer in answers.values() if not isinstance(answer, MigrationError) for pair in answer]
    return {place: domain for place, domain in shown if domain is not None}, problems


def _places(fleet: Fleet, fits: Callable[[Listed], bool]) -> tuple[Place, ...]:
    return tuple(
        Place(name, listed)
        for name, state in fleet.hosts.items()
        for listed in state.listed
        if listed.uuid != DOMAIN_0_UUID and fits(listed)
    )


def _by_name(fleet: Fleet, places: Sequence[Place]) -> tuple[Match, ...]:
    names = sorted({place.listed.name for place in places})
    return tuple(_match(fleet, name, [place for place in places if place.listed.name == name]) for name in names)


def _match(fleet: Fleet, name: str, places: Sequence[Place]) -> Match:
    """Add where a domain that is active is active under another name, too: it is being moved and renamed just now."""
    active = {place.listed.uuid for place in places if place.listed.id is not None}
    twins = _places(fleet, lambda listed: listed.id is not None and listed.uuid in active and listed.name != name)
    return Match(name, (*places, *twins))
