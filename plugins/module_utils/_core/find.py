# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where domains are, private to this collection: for whoever asks without wanting to move anything."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from .errors import MigrationError
from .locate import Place, searched
from .model import DOMAIN_0_UUID, Fleet

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


class Index:
    """The places of all domains but the control domains, by name and by UUID: finding a thousand takes no thousand searches."""

    def __init__(self, fleet: Fleet) -> None:
        self.by_name: dict[str, list[Place]] = {}
        self.by_uuid: dict[str, list[Place]] = {}
        for name, state in fleet.hosts.items():
            for listed in state.listed:
                if listed.uuid != DOMAIN_0_UUID:
                    place = Place(name, listed)
                    self.by_name.setdefault(listed.name, []).append(place)
                    self.by_uuid.setdefault(listed.uuid, []).append(place)


def find(index: Index, term: str) -> tuple[Found, ...]:
    """Return the domains with this name, this UUID or names that match this pattern; control domains never match.

    A name that is spelled exactly so counts before a pattern. Raises ``MigrationError`` for a domain whose place is not one.
    """
    return tuple(choose(match) for match in matches(index, term))


def matches(index: Index, term: str) -> tuple[Match, ...]:
    """Return the places of everything that ``find`` would find, without a judgement about which of them counts."""
    if term in index.by_name:
        return (_match(index, term),)
    if _UUID.fullmatch(term):
        by_uuid = index.by_uuid.get(term.lower())
        return (Match(term, tuple(by_uuid)),) if by_uuid else ()
    if not is_pattern(term):
        return ()
    return tuple(_match(index, name) for name in sorted(index.by_name) if fnmatchcase(name, term))


def every_match(index: Index) -> tuple[Match, ...]:
    """Return the places of every domain but the control domains."""
    return tuple(_match(index, name) for name in sorted(index.by_name))


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
    return f"No domain {term} was found {searched(fleet)}"


def _match(index: Index, name: str) -> Match:
    """Add where a domain that is active is active under another name, too: it is being moved and renamed just now."""
    places = index.by_name[name]
    active = dict.fromkeys(place.listed.uuid for place in places if place.listed.id is not None)
    same = (place for uuid in active for place in index.by_uuid[uuid])
    twins = (place for place in same if place.listed.id is not None and place.listed.name != name)
    return Match(name, (*places, *twins))
