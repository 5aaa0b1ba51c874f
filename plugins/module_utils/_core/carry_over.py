# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a domain is besides its memory, from one host to the other, private to this collection: and nothing of it lost."""

from __future__ import annotations

from .errors import HypervisorError
from .hypervisor import Definition, Hypervisor
from .model import Move


def carry_over(move: Move, kept: Definition, source: Hypervisor, destination: Hypervisor) -> tuple[str, ...]:
    """Have the destination define what the source had, then the source forget it; return what is worth a warning."""
    uuid = move.domain.uuid
    destination.define(kept, move.final_name)
    warnings = lost_warnings(move, destination.missing(kept, uuid))
    try:
        source.undefine(uuid)
    except HypervisorError as error:
        if source.inspect(uuid) is not None:
            raise
        # Only the answer was lost.
        warnings += (f"{move.source} no longer has {move.domain.name}, although it reported: {error}",)
    return warnings


def lost_warnings(move: Move, places: tuple[str, ...]) -> tuple[str, ...]:
    """Say which parts of the definition the destination's libvirt did not take over; nothing if there are none."""
    if not places:
        return ()
    what = "; ".join(places)
    return (
        f"The definition of {move.final_name} on {move.destination} differs from what it was on {move.source}: {what}.",
    )
