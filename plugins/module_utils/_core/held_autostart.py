# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A domain on its way isn't started by its source's boot, private to this collection.

A source that loses power when the domain has just begun to run at its destination would boot a second copy of it.
"""

from __future__ import annotations

from .errors import HypervisorError
from .hypervisor import Definition, Hypervisor
from .model import Domain, Move
from .truth import Truth
from .verify import Verdict, as_domain, seen_running


def hold(move: Move, kept: Definition | None, source: Hypervisor) -> tuple[str, ...]:
    """Hold its autostart back, if it has any; return what is worth a warning.

    A source that can't write its definitions, its disk being full, say, is one to be left: so that is no reason to stay.
    """
    if kept is None or not kept.autostart:
        return ()
    try:
        source.hold_autostart(move.domain.uuid)
    except HypervisorError as error:
        return (
            f"The autostart of {move.domain.name} could not be held back for its move: had {move.source} lost power as the"
            f" domain was handed over, its boot would have started a second copy. {error}",
        )
    return ()


def give_back(source: Hypervisor, truth: Truth, kept: Definition | None) -> tuple[Domain | None, tuple[str, ...]]:
    """Give the autostart back to a domain that goes on at its source; return it as it is then, and what is worth a warning.

    ``kept`` is what the source had before the move. Where its destination can't be asked, only if it is seen to run: else it
    may run there. Not where its destination keeps a definition by which it starts it at its boot: no two hosts are to.
    """
    here = as_domain(truth.sighting.source)
    if here is None or truth.verdict is Verdict.MOVED or not _is_lacking(here, kept):
        return here, ()
    try:
        if truth.verdict is Verdict.DOUBT and not _runs_here_alone(here, source, truth):
            return here, (_still_held(here, "it is not seen to run there, and only there"),)
        if here.job:
            return here, (_still_held(here, "libvirt there holds a job on it"),)
        there = as_domain(truth.sighting.destination)
        if truth.left is not None and there is not None and there.autostart:
            return here, (_still_held(here, f"{there.host} has it, too, and starts it at its boot"),)
        source.give_back_autostart(here.uuid)
    except HypervisorError as error:
        return here, (_still_held(here, str(error).rstrip(".")),)
    return _as_it_is_now(here, source), ()


def give_back_shut_off(here: Domain, there: Domain | None, source: Hypervisor) -> tuple[Domain, tuple[str, ...]]:
    """Give it back to a domain that is shut off, and stays at its source; likewise.

    Unless its destination has it, too, and runs it, or starts it at its boot: no two hosts are to.
    """
    if not here.autostart_held:
        return here, ()
    if there is not None and (there.active or there.autostart):
        return here, (_still_held(here, f"{there.host} has it, too"),)
    try:
        source.give_back_autostart(here.uuid)
    except HypervisorError as error:
        return here, (_still_held(here, str(error).rstrip(".")),)
    return _as_it_is_now(here, source) or here, ()


def _is_lacking(here: Domain, kept: Definition | None) -> bool:
    """Whether its autostart is held back, also if the note of that was lost to a definition that it got during the move."""
    had = kept is not None and kept.autostart
    return here.autostart_held or (had and here.persistent and not here.autostart)


def _runs_here_alone(here: Domain, source: Hypervisor, truth: Truth) -> bool:
    there = as_domain(truth.sighting.destination)
    return (there is None or not there.active) and seen_running(here.uuid, source)


def _as_it_is_now(here: Domain, source: Hypervisor) -> Domain | None:
    try:
        return source.inspect(here.uuid)
    except HypervisorError:
        return here  # as it was seen last


def _still_held(here: Domain, why: str) -> str:
    return (
        f"The autostart of {here.name} on {here.host}, held back for its move, was not given back: {why}. Run"
        f" xen_domain_recover for {here.name}, which does so when it is certain where the domain runs."
    )
