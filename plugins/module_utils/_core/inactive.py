# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moving a domain that is shut off, private to this collection: its definition is all there is of it."""

from __future__ import annotations

from .active import lost_warnings
from .errors import HypervisorError
from .hypervisor import Hypervisor
from .model import Domain, Move, Outcome, Status


def move_inactive(move: Move, source: Hypervisor, destination: Hypervisor) -> Outcome:
    """Define at the destination, see that it is there, then undefine at the source; on any error take the first step back."""
    uuid = move.domain.uuid
    try:
        definition = source.definition(uuid)
        destination.define(definition, move.final_name)
    except HypervisorError as error:
        return _failed(move, error, _take_back(move, destination))
    try:
        warnings = lost_warnings(move, destination.missing(definition, uuid))
        _check_still_off(move, source.inspect(uuid))
        source.undefine(uuid)
    except HypervisorError as error:
        return _failed(move, error, _take_back(move, destination))
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


def _take_back(move: Move, destination: Hypervisor) -> str | None:
    """Remove what was defined at the destination; return why that failed, or None."""
    try:
        found = destination.inspect(move.domain.uuid)
        if found is not None and not found.active:
            destination.undefine(found.uuid)
    except HypervisorError as error:
        return str(error)
    return None


def _failed(move: Move, error: HypervisorError, leftover: str | None) -> Outcome:
    text = f"Domain {move.domain.name} (shut off) was not moved from {move.source} to {move.destination}: {error}"
    if leftover is None:
        return Outcome(move, Status.FAILED, error=f"{text} {move.source} keeps its definition.")
    return Outcome(
        move,
        Status.IN_DOUBT,
        error=f"{text} {move.destination} may keep a second definition: undefine it there. {leftover}",
    )
