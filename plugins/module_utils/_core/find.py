# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where domains are, private to this collection: for whoever asks without wanting to move anything."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Union

from .locate import name_holders, searched
from .model import DOMAIN_0_UUID, Fleet, Place

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_GLOB = re.compile(r"[*?[]")


@dataclass(frozen=True)
class Found:
    """One domain: the place where it is, and the places of other copies or definitions of it."""

    place: Place
    also_on: tuple[Place, ...] = ()


@dataclass(frozen=True)
class Ambiguous:
    """Places of which none counts more than the others; ``called`` is what was found there, ``problem`` a sentence."""

    called: str
    places: tuple[Place, ...]
    problem: str


Answer = Union[Found, Ambiguous]


def find(fleet: Fleet, term: str) -> tuple[Answer, ...]:
    """Return the domains with this name, this UUID or names that match this pattern; control domains never match.

    A name that is spelled exactly so counts before a pattern.
    """
    named = _named(fleet, term)
    if named:
        return named
    if _UUID.fullmatch(term):
        places = _guests(fleet.by_uuid.get(term.lower(), ()))
        return (_judged(term, places),) if places else ()
    return _all_named(fleet, term) if is_pattern(term) else ()


def find_all(fleet: Fleet) -> tuple[Answer, ...]:
    """Return every domain but the control domains."""
    return _all_named(fleet, "*")


def is_pattern(term: str) -> bool:
    """Whether a term may match any number of names."""
    return _GLOB.search(term) is not None


def not_found(fleet: Fleet, term: str) -> str:
    """Say that nothing was found, and where it was not looked for."""
    return f"No domain {term} was found {searched(fleet)}"


def _all_named(fleet: Fleet, pattern: str) -> tuple[Answer, ...]:
    names = sorted(name for name in fleet.by_name if fnmatchcase(name, pattern))
    return tuple(answer for name in names for answer in _named(fleet, name))


def _named(fleet: Fleet, name: str) -> tuple[Answer, ...]:
    """Add where a domain that is active is active under another name, too: it is being moved and renamed just now."""
    places = _guests(name_holders(fleet, name))
    active = dict.fromkeys(place.listed.uuid for place in places if place.listed.id is not None)
    same = (place for uuid in active for place in fleet.by_uuid[uuid])
    twins = tuple(place for place in same if place.listed.id is not None and place.listed.name != name)
    return (_judged(name, places + twins),) if places else ()


def _guests(places: Sequence[Place]) -> tuple[Place, ...]:
    return tuple(place for place in places if place.listed.uuid != DOMAIN_0_UUID)


def _judged(called: str, places: tuple[Place, ...]) -> Answer:
    """Choose the place that counts: the only one, or the only one where the domain is active."""
    if len(places) == 1:
        return Found(places[0])
    active = [place for place in places if place.listed.id is not None]
    if len(active) == 1 and len({place.listed.uuid for place in places}) == 1:
        return Found(active[0], tuple(place for place in places if place is not active[0]))
    found = " and ".join(str(place) for place in places)
    return Ambiguous(called, places, f"Domain {called} exists more than once: {found}. {_advice(places, active)}")


def _advice(places: Sequence[Place], active: Sequence[Place]) -> str:
    if len({place.listed.uuid for place in places}) > 1:
        return "They are different domains: ask for one by its UUID, or rename the other."
    if active:
        return "It is being moved just now, or two copies run: look at both hosts."
    return "See which definition is the right one, and undefine the other."
