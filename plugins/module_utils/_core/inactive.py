# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moving a domain that is shut off, private to this collection: its definition is all there is of it."""

from __future__ import annotations

from .carry_over import lost_warnings
from .errors import HypervisorError, MigrationError
from .held_autostart import give_back_shut_off, hold
from .hypervisor import Hypervisor
from .left_definition import check_replaceable, remove_left
from .model import Domain, Move, Outcome, Status


def move_inactive(move: Move, source: Hypervisor, destination: Hypervisor) -> Outcome:
    """Define at the destination, see that it is there, then undefine at the source.

    Whatever fails, the destination's definition is taken back only if the source is seen to have its own still, and all of it:
    else somebody has just made it there. Its autostart is held back at the source first: whoever dies in between leaves two
    definitions, of which one host's boot starts one.
    """
    warnings: tuple[str, ...] = ()
    try:
        definition = source.definition(move.domain.uuid)
        warnings = hold(move, definition, source)
        check_replaceable(move, source, destination)
        destination.define(definition, move.final_name)
        warnings += lost_warnings(move, destination.missing(definition, move.domain.uuid))
        _check_still_off(move, source.inspect(move.domain.uuid))
        source.undefine(move.domain.uuid)
    except HypervisorError as error:
        return _after_failure(move, error, source, destination, warnings)
    return _moved(move, destination, warnings)


def _check_still_off(move: Move, now: Domain | None) -> None:
    if now is None or now.active:
        what = "vanished" if now is None else "was started"
        raise HypervisorError(move.source, f"give up domain {move.domain.name}", f"it {what} in the meantime")


def _moved(move: Move, destination: Hypervisor, warnings: tuple[str, ...]) -> Outcome:
    try:
        found = destination.inspect(move.domain.uuid)
    except HypervisorError as error:
        text = f"The definition of {move.domain.name} was moved to {move.destination}, which can't be asked any more: {error}"
        return Outcome(move, Status.IN_DOUBT, error=text, warnings=warnings)
    return Outcome(move, Status.MOVED, domain=found, warnings=warnings)


def _after_failure(
    move: Move, error: HypervisorError, source: Hypervisor, destination: Hypervisor, warnings: tuple[str, ...]
) -> Outcome:
    text = f"Domain {move.domain.name} (shut off) was not moved from {move.source} to {move.destination}: {error}"
    try:
        left = None
        here, there = source.inspect(move.domain.uuid), destination.inspect(move.domain.uuid)
        if here is not None and there is not None and not there.active:
            left = remove_left(move, here, source, destination)
            there = destination.inspect(there.uuid)
    except MigrationError as second:
        return Outcome(move, Status.IN_DOUBT, error=f"{text} Its definition may now be on both hosts. {second}")
    if here is not None:
        here, still_held = give_back_shut_off(here, there, source)
        what = f"{move.source} keeps it" if left is None else f"{move.source} keeps it, and {move.destination} {left}"
        return Outcome(move, Status.FAILED, domain=here, error=f"{text} {what}.", warnings=still_held)
    if there is not None:
        late = (
            f"Domain {move.final_name} is on {move.destination} and only there, although an error was reported: {error}"
        )
        return Outcome(move, Status.MOVED, domain=there, warnings=(*warnings, late))
    return Outcome(move, Status.IN_DOUBT, error=f"{text} Neither host has it: another run may have moved it elsewhere.")
