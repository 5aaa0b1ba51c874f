# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What domains there are and where, private to this collection: one listing of the fleet, turned into records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from .errors import InvalidInput
from .find import Ambiguous, Answer, Found
from .location import looked_at
from .looking import Sighting, Terms, closely, look_for, missing
from .model import Domain, Host, HostState
from .snapshot import Connect, opened


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
        return survey_record(look_for(terms, fleet, hypervisors, closely))


def survey_record(sighting: Sighting[Domain]) -> dict[str, Any]:
    """Return what the module returns; pure."""
    answers = _told_once(sighting)
    domains = [
        looked_at(answer, sighting.fleet, sighting.shown[answer.place])
        for answer in answers
        if isinstance(answer, Found)
    ]
    return {
        "domains": domains,
        "placement": _placement(domains),
        "missing": missing(sighting.answers),
        "ambiguous": [_ambiguous(answer) for answer in answers if isinstance(answer, Ambiguous)],
        "hosts": {name: reachability(state) for name, state in sighting.fleet.hosts.items()},
    }


def reachability(state: HostState) -> dict[str, Any]:
    """Return whether a host could be asked and, if not, why."""
    return {"reachable": state.unreachable is None, "problem": state.unreachable}


def _told_once(sighting: Sighting[Domain]) -> list[Answer]:
    """Return all answers, in the order of terms and of names, and nothing twice."""
    once: dict[object, Answer] = {}
    for answer in (answer for answers in sighting.answers.values() for answer in answers):
        once.setdefault(answer.place if isinstance(answer, Found) else frozenset(answer.places), answer)
    return list(once.values())


def _placement(domains: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    # A name that two domains have places neither of them.
    names = Counter(domain["name"] for domain in domains)
    return {domain["name"]: domain["host"] for domain in domains if names[domain["name"]] == 1}


def _ambiguous(answer: Ambiguous) -> dict[str, Any]:
    places = [
        {"host": place.host, "name": place.listed.name, "uuid": place.listed.uuid, "id": place.listed.id}
        for place in answer.places
    ]
    return {"name": answer.called, "places": places, "message": answer.problem}
