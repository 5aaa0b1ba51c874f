# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where each wished-for domain is, private to this collection: pure, from the fleet alone."""

from __future__ import annotations

from collections.abc import Sequence

from .model import DOMAIN_0_UUID, Finding, Fleet, HostState, Place, Wish


def locate(fleet: Fleet, wish: Wish) -> Place | Finding:
    """Find the one place where the domain is, or say why there isn't one.

    A domain that already has the wish's new name counts as the wished-for one only where it is to be.
    """
    places = holders(fleet, wish)
    if any(place.listed.uuid == DOMAIN_0_UUID for place in places):
        text = f"Domain {wish.name} is the control domain of its host: it can't be moved."
        return Finding("control_domain", text, domain=wish.name)
    if not places and wish.new_name is not None:
        places = name_holders(fleet, wish.new_name)
        if [place.host for place in places] != [wish.host]:
            return _missing(fleet, wish)
    if not places:
        return _missing(fleet, wish)
    first = places[0].listed
    twins = [place for place in fleet.by_uuid[first.uuid] if place not in places]
    if len(places) + len(twins) > 1:
        return _ambiguous(fleet, wish, [*places, *twins])
    return places[0]


def locate_all(fleet: Fleet, wishes: Sequence[Wish]) -> tuple[list[tuple[Wish, Place]], list[Finding]]:
    """Find the wished-for domains, in the order of the wishes.

    The findings tell of those that can't be found for sure, and of silent hosts that matter: those to move to, and all of
    them when a domain is missing.
    """
    answers = [(wish, locate(fleet, wish)) for wish in wishes]
    problems = [answer for _wish, answer in answers if isinstance(answer, Finding)]
    silent = {state.host.name: state for state in unreachable(fleet)}
    goals = {wish.host for wish in wishes}
    problems += [_silent(state) for name, state in silent.items() if problems or name in goals]
    found = [(wish, answer) for wish, answer in answers if isinstance(answer, Place) and wish.host not in silent]
    return found, problems


def holders(fleet: Fleet, wish: Wish) -> Sequence[Place]:
    """Return every place where there is a domain that a wish may mean."""
    return name_holders(fleet, wish.name) if wish.uuid is None else fleet.by_uuid.get(wish.uuid, ())


def name_holders(fleet: Fleet, name: str) -> Sequence[Place]:
    """Return every place where a domain has this name."""
    return fleet.by_name.get(name, ())


def _silent(state: HostState) -> Finding:
    return Finding("host_unreachable", state.unreachable or "")


def _missing(fleet: Fleet, wish: Wish) -> Finding:
    text = f"Domain {wish.name} was not found {searched(fleet)}"
    text += " libvirt sees only domains that were started or defined through it."
    return Finding("domain_missing", text, domain=wish.name)


def _ambiguous(fleet: Fleet, wish: Wish, places: Sequence[Place]) -> Finding:
    found = " and ".join(
        str(place) + (f" under the name {place.listed.name}" if place.listed.name != wish.name else "")
        for place in places
    )
    text = f"Domain {wish.name} exists more than once: {found}."
    hosts = [place.host for place in places]
    if len({fleet.hosts[host].listed for host in hosts}) == 1:
        advice = (
            f"{' and '.join(hosts)} list exactly the same domains: most likely they are one machine under two names."
        )
    else:
        advice = (
            "It may be moving just now, or a copy or a stale definition was left behind: xen_domain_recover tells which, and"
            " mends what is certain. Else see which one is right (virsh domstate --reason and virsh dumpxml --inactive on each,"
            " since autostart and changes for the next boot may be only in one that is shut off), and undefine the other when"
            " it is shut off."
        )
    return Finding("domain_ambiguous", f"{text} {advice}", domain=wish.name)


def searched(fleet: Fleet) -> str:
    """End a sentence about a domain that was not found: on which hosts, and where else it may be."""
    asked = [name for name, state in fleet.hosts.items() if state.unreachable is None]
    silent = [state.host.name for state in unreachable(fleet)]
    maybe = f" It may be on {', '.join(silent)}, which could not be asked." if silent else ""
    return f"on {', '.join(asked) or 'any host'}.{maybe}"


def left_out(fleet: Fleet) -> tuple[str, ...]:
    """Say of each host that could not be asked that it doesn't count, and why."""
    return tuple(f"{state.host.name} was left out of account: {state.unreachable}" for state in unreachable(fleet))


def unreachable(fleet: Fleet) -> list[HostState]:
    """Return the hosts that could not be asked."""
    return [state for state in fleet.hosts.values() if state.unreachable is not None]
