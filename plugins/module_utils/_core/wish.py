# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the options to wishes, private to this collection: which domain is to be on which host, under which name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .errors import InvalidInput
from .model import Host, Wish


def make_wishes(
    names: Sequence[str] | None,
    host: str | None,
    placement: Mapping[str, str] | None,
    new_name: str | None,
    hosts: Sequence[Host],
) -> tuple[Wish, ...]:
    """Make one wish for each domain, from ``names`` and ``host`` or from ``placement``.

    Raises ``InvalidInput`` for a bad or doubled name, an unknown host, and a ``new_name`` for more than one domain.
    """
    pairs = list(placement.items()) if placement is not None else [(name, host) for name in names or ()]
    if not pairs:
        raise InvalidInput("No domain is named: give name and host, or a placement.")
    if new_name is not None and len(pairs) != 1:
        raise InvalidInput(f"new_name {new_name!r} can be given to one domain only, and {len(pairs)} are named.")
    known = [record.name for record in hosts]
    made = tuple(_wish(str(name), str(goal or ""), new_name, known) for name, goal in pairs)
    _refuse_doubles(made)
    return made


def _wish(name: str, host: str, new_name: str | None, known: Sequence[str]) -> Wish:
    check_name(name, "domain")
    if not host:
        raise InvalidInput(f"No host is given for domain {name}.")
    if host not in known:
        raise InvalidInput(f"Domain {name} is to be on host {host}, which is unknown. Known hosts: {', '.join(known)}.")
    if new_name is None or new_name == name:
        return Wish(name, host)
    check_name(new_name, "new")
    return Wish(name, host, new_name)


def check_name(name: str, what: str) -> None:
    """Raise ``InvalidInput`` unless libvirt would take this for a domain's name."""
    if not name.strip():
        raise InvalidInput(f"The {what} name {name!r} is empty.")
    if "/" in name or not name.isprintable():
        raise InvalidInput(f"The {what} name {name!r} holds a '/' or a control character, which libvirt refuses.")


def _refuse_doubles(made: Sequence[Wish]) -> None:
    seen: set[str] = set()
    for wish in made:
        if wish.name in seen:
            raise InvalidInput(f"Domain {wish.name} is named twice.")
        seen.add(wish.name)
