# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moving a domain that has memory, running or paused, private to this collection.

The source keeps its definition (next-boot configuration, autostart) until the destination has all of it and is seen to run the
domain: libvirt's own UNDEFINE_SOURCE would delete both at a moment when nobody else has them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from .carry_over import carry_over, check_still_there
from .check_domain import held_job
from .ends import ends_of
from .errors import HypervisorError
from .held_autostart import give_back, hold
from .hypervisor import Definition, Hypervisor, Transfer
from .model import Domain, Limit, Move, Outcome, Status
from .paused import forget_note, let_run_for_move, pause_again
from .progress import Phase
from .stopping import not_stopped, why_stopped
from .teller import Teller
from .throttle import Throttle, Throttled
from .transfer import Sent, send_within
from .truth import Truth, establish
from .verify import Verdict, describe
from .watch import Watch


def move_active(
    move: Move,
    source: Hypervisor,
    destination: Hypervisor,
    limit: Limit,
    teller: Teller | None = None,
    shared: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Send the memory within the limit, establish from both hosts what came of it, then carry the definition over.

    ``shared`` tells whether another move to the same destination goes on just now.
    """
    teller = teller or Teller(move)
    try:
        kept = source.definition(move.domain.uuid) if move.domain.persistent else None
        throttle = Throttle(move, source)
    except HypervisorError as error:
        return Outcome(move, Status.FAILED, error=f"Domain {move.domain.name} was not touched. {error}")
    not_held = hold(move, kept, source)
    watch = Watch(move, source, destination, teller, shared)
    sent = _send(move, source, destination, limit, watch, throttle)
    truth = teller.during(Phase.CHECKING, lambda: establish(move, source, destination, limit))
    pause = watch.pause.end(truth.verdict is Verdict.MOVED)
    throttled = throttle.end(sent.refusal is None)
    warnings = (*not_held, *not_stopped(move, limit, sent), *_not_limited(move, throttled), *truth.notes)
    here, still_held = give_back(source, truth, kept)
    warnings += still_held
    outcome = Outcome(
        move,
        Status.FAILED,
        warnings=warnings,
        bandwidth=throttled.bandwidth,
        stalled=sent.stall is not None,
        stopped_because=sent.stopped_because,
    )
    if truth.verdict is Verdict.STAYED:
        status = Status.FAILED if sent.stopped_after is None else Status.ABORTED
        warnings += forget_note(here, source)
        return replace(
            outcome, status=status, domain=here, warnings=warnings, error=_stayed(move, limit, sent, here, truth)
        )
    if truth.verdict is Verdict.ENDED:
        return replace(outcome, status=Status.FAILED, domain=here, error=_ended(move, sent, truth))
    if truth.verdict is Verdict.DOUBT:
        return replace(outcome, status=Status.IN_DOUBT, error=_doubt(move, truth, sent))
    if sent.refusal is not None:
        warnings += (_moved_nevertheless(move, sent.refusal),)
    settled = teller.during(Phase.CARRYING_OVER, lambda: _settle(move, kept, source, destination, warnings))
    return replace(
        settled,
        confirmed=sent.refusal is None,
        encrypted=sent.encrypted,
        pause=pause,
        bandwidth=outcome.bandwidth,
        stalled=outcome.stalled,
    )


def _send(
    move: Move, source: Hypervisor, destination: Hypervisor, limit: Limit, watch: Watch, throttle: Throttle
) -> Sent:
    domain = move.domain
    transfer = Transfer(
        address=move.address or "",
        live=move.live,
        paused=domain.paused,
        persistent=domain.persistent,
        new_name=move.new_name,
        # Without a URI libvirt refuses: what is to go encrypted never goes any other way.
        peer_uri=(move.peer_uri or "") if move.encrypted else None,
        bandwidth=throttle.for_driver,
    )

    def send() -> bool:
        if transfer.paused:
            let_run_for_move(domain, source)
        elif domain.came_paused:
            # Or it would tell at the destination that this one is to stay paused there.
            source.forget_note(domain.uuid)
        return source.send(domain.uuid, destination, transfer)

    throttle.begin()
    watch.begin()
    sent = send_within(limit, send, ends_of(move, source, destination), watch.tick)
    watch.end()
    if sent.refusal is not None and transfer.paused:
        return replace(sent, refusal=pause_again(sent.refusal, domain.uuid, source))
    return sent


def _settle(
    move: Move, kept: Definition | None, source: Hypervisor, destination: Hypervisor, warnings: tuple[str, ...]
) -> Outcome:
    try:
        if kept is not None:
            check_still_there(move, destination)
            warnings += carry_over(move, kept, source, destination)
        found = destination.inspect(move.domain.uuid)
        warnings += forget_note(found, destination)
    except HypervisorError as error:
        text = f"Domain {move.final_name} goes on on {move.destination}, but not all could be done for it: {error}"
        return Outcome(
            move, Status.INCOMPLETE, error=f"{text} {_left_behind(move, source)}".rstrip(), warnings=warnings
        )
    return Outcome(move, Status.MOVED, domain=found, warnings=warnings)


def _left_behind(move: Move, source: Hypervisor) -> str:
    """Say what the source still has of a domain that runs elsewhere."""
    try:
        left = source.inspect(move.domain.uuid)
    except HypervisorError as error:
        return f"What {move.source} still has of it is not known: {error}"
    if left is None:
        return ""
    return (
        f"{move.source} still has the definition, {left.state.value}: run the task again when {move.destination} can take it,"
        " which carries it over."
    )


def _stayed(move: Move, limit: Limit, sent: Sent, stayed: Domain | None, truth: Truth) -> str:
    why = "libvirt reported success, but the domain did not arrive."
    if sent.stopped_after is not None:
        why = f"Its transfer was stopped after {sent.stopped_after:.1f} s, {why_stopped(limit, sent)}."
    elif sent.refusal is not None:
        why = str(sent.refusal)
    if stayed is not None and stayed.job:
        why += f" It can't be moved again for now: {held_job(stayed)}"
    return (
        f"Domain {move.domain.name} was not moved from {move.source} to {move.destination}. It goes on unharmed on"
        f" {move.source}, and {move.destination} {_there(truth)}. {why}"
    )


def _ended(move: Move, sent: Sent, truth: Truth) -> str:
    return (
        f"Domain {move.domain.name} was not moved from {move.source} to {move.destination}: its guest shut down or crashed, or"
        f" somebody destroyed it, before its memory was there. It is shut off on {move.source}, with its definition, and"
        f" {move.destination} {_there(truth)}. Run the task again to have the definition moved.{_said(sent)}"
    )


def _there(truth: Truth) -> str:
    return truth.left or "has no copy of it"


def _said(sent: Sent) -> str:
    return f" {sent.refusal}" if sent.refusal is not None else ""


def _doubt(move: Move, truth: Truth, sent: Sent) -> str:
    why = _said(sent)
    if sent.stopped_after is not None:
        why += f" Its transfer was stopped after {sent.stopped_after:.1f} s."
    return (
        f"Where domain {move.domain.name} runs after its move from {move.source} to {move.destination} could not be"
        f" established: {describe(move, truth.sighting)}.{why} Nothing was undefined. {truth.why_not_mended} Run"
        f" xen_domain_recover for {move.domain.name} when both hosts can be asked; don't start or destroy either copy before."
    )


def _not_limited(move: Move, throttled: Throttled) -> Iterator[str]:
    if throttled.unlimited is not None:
        yield (
            f"The limit of {move.bandwidth:g} MiB/s was not seen to be kept while the memory of {move.domain.name} was sent:"
            f" {throttled.unlimited.rstrip('.')}."
        )


def _moved_nevertheless(move: Move, refusal: HypervisorError) -> str:
    return f"Domain {move.final_name} runs on {move.destination} and only there, although libvirt reported: {refusal}"
