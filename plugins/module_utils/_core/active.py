# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moving a domain that has memory, running or paused, private to this collection.

The source keeps its definition (next-boot configuration, autostart) until the destination has all of it and is seen to run the
domain: libvirt's own UNDEFINE_SOURCE would delete both at a moment when nobody else has them.
"""

from __future__ import annotations

from dataclasses import replace

from .check_domain import held_job
from .ends import Ends
from .errors import HypervisorError
from .hypervisor import Definition, Hypervisor, Transfer
from .model import Domain, Limit, Move, Outcome, State, Status
from .progress import Phase
from .stopping import not_stopped, why_stopped
from .teller import Teller
from .transfer import Sent, send_within
from .verify import Verdict, as_domain, describe, observe
from .watch import Watch


def move_active(
    move: Move, source: Hypervisor, destination: Hypervisor, limit: Limit, teller: Teller | None = None
) -> Outcome:
    """Send the memory within the limit, establish from both hosts what came of it, then carry the definition over."""
    teller = teller or Teller(move)
    try:
        kept = source.definition(move.domain.uuid) if move.domain.persistent else None
    except HypervisorError as error:
        return Outcome(move, Status.FAILED, error=f"Domain {move.domain.name} was not touched. {error}")
    sent = _send(move, source, destination, limit, Watch(move, source, destination, teller))
    verdict, sighting = teller.during(Phase.CHECKING, lambda: observe(move, source, destination))
    warnings = not_stopped(move, limit, sent)
    outcome = Outcome(
        move, Status.FAILED, warnings=warnings, stalled=sent.stall is not None, stopped_because=sent.stopped_because
    )
    if verdict is Verdict.STAYED:
        status = Status.FAILED if sent.stopped_after is None else Status.ABORTED
        stayed = as_domain(sighting.source)
        return replace(outcome, status=status, domain=stayed, error=_stayed(move, limit, sent, stayed))
    if verdict is Verdict.DOUBT:
        doubt = _doubt(move, describe(move, sighting), sent)
        return replace(outcome, status=Status.IN_DOUBT, error=doubt)
    if sent.refusal is not None:
        warnings += (_moved_nevertheless(move, sent.refusal),)
    settled = teller.during(Phase.CARRYING_OVER, lambda: _settle(move, kept, source, destination, warnings))
    return replace(settled, confirmed=sent.refusal is None, stalled=outcome.stalled)


def _send(move: Move, source: Hypervisor, destination: Hypervisor, limit: Limit, watch: Watch) -> Sent:
    domain = move.domain
    transfer = Transfer(
        address=move.address or "",
        live=move.live,
        paused=domain.state is State.PAUSED,
        persistent=domain.persistent,
        new_name=move.new_name,
    )

    def send() -> None:
        if transfer.paused:
            # A Xen guest takes part in its own suspension, which a paused one can't: it runs until it is suspended.
            source.resume(domain.uuid)
        source.send(domain.uuid, destination, transfer)

    watch.begin()
    sent = send_within(limit, send, Ends(move, source, destination), watch.tick)
    watch.end()
    if sent.refusal is not None and transfer.paused:
        return replace(sent, refusal=_paused_again(sent.refusal, domain.uuid, source))
    return sent


def _paused_again(refusal: HypervisorError, uuid: str, source: Hypervisor) -> HypervisorError:
    """Pause what was resumed for a move that failed; return the error to tell."""
    try:
        found = source.inspect(uuid)
        if found is not None and found.active and found.state is State.RUNNING:
            source.pause(uuid)
    except HypervisorError as error:
        return HypervisorError(
            refusal.host, "pause it again after its failed move", f"{error} The move: {refusal.reason}"
        )
    return refusal


def _settle(
    move: Move, kept: Definition | None, source: Hypervisor, destination: Hypervisor, warnings: tuple[str, ...]
) -> Outcome:
    try:
        if kept is not None:
            warnings += carry_over(move, kept, source, destination)
        found = destination.inspect(move.domain.uuid)
    except HypervisorError as error:
        text = f"Domain {move.final_name} goes on on {move.destination}, but not all could be done for it: {error}"
        return Outcome(
            move, Status.INCOMPLETE, error=f"{text} {_left_behind(move, source)}".rstrip(), warnings=warnings
        )
    return Outcome(move, Status.MOVED, domain=found, warnings=warnings)


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


def _left_behind(move: Move, source: Hypervisor) -> str:
    """Say what the source still has of a domain that runs elsewhere."""
    try:
        left = source.inspect(move.domain.uuid)
    except HypervisorError as error:
        return f"What {move.source} still has of it is not known: {error}"
    if left is None:
        return ""
    return (
        f"{move.source} still has the definition, {left.state.value}: define it on {move.destination}, then undefine it on"
        f" {move.source}."
    )


def lost_warnings(move: Move, places: tuple[str, ...]) -> tuple[str, ...]:
    """Say which parts of the definition the destination's libvirt did not take over; nothing if there are none."""
    if not places:
        return ()
    what = "; ".join(places)
    return (
        f"The definition of {move.final_name} on {move.destination} differs from what it was on {move.source}: {what}.",
    )


def _stayed(move: Move, limit: Limit, sent: Sent, stayed: Domain | None) -> str:
    why = "libvirt reported success, but the domain did not arrive."
    if sent.stopped_after is not None:
        why = f"Its transfer was stopped after {sent.stopped_after:.1f} s, {why_stopped(limit, sent)}."
    elif sent.refusal is not None:
        why = str(sent.refusal)
    if stayed is not None and stayed.job:
        why += f" It can't be moved again for now: {held_job(stayed)}"
    return (
        f"Domain {move.domain.name} was not moved from {move.source} to {move.destination}. It goes on unharmed on"
        f" {move.source}, and {move.destination} has no copy of it. {why}"
    )


def _doubt(move: Move, seen: str, sent: Sent) -> str:
    why = f" {sent.refusal}" if sent.refusal is not None else ""
    if sent.stopped_after is not None:
        why += (
            f" Its transfer was stopped after {sent.stopped_after:.1f} s. Should xl list on {move.source} show it suspended"
            f" (s) and {move.destination} have no copy of it, it goes on once {move.source}'s libvirt daemon has been"
            f" restarted, by virsh dompmwakeup {move.domain.name} there."
        )
    return (
        f"Where domain {move.domain.name} runs after its move from {move.source} to {move.destination} could not be"
        f" established: {seen}.{why} Nothing was undefined. Look at both hosts (virsh dominfo, xl list) before starting or"
        " destroying either copy."
    )


def _moved_nevertheless(move: Move, refusal: HypervisorError) -> str:
    return f"Domain {move.final_name} runs on {move.destination} and only there, although libvirt reported: {refusal}"
