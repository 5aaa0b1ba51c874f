# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What speaks against a move on its domain's own side, private to this collection: pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .locate import name_holders, unreachable
from .model import Abilities, Domain, Finding, Fleet, HostFacts, Kind, Limit, Move, Severity, State
from .unchecked import Unchecked

_IMMOVABLE = {
    State.MIGRATING: (
        "is being moved just now, or a failed move left libvirt believing so (xen_domain_recover mends that)"
    ),
    State.SHUTTING_DOWN: "is shutting down: wait until it is shut off",
    State.CRASHED: "has crashed: destroy or restart it first",
    State.PM_SUSPENDED: (
        "is suspended, on purpose or by a move that broke off: wake it up first (virsh dompmwakeup), or have xen_domain_recover"
        " do it, which sees to it that no other copy can run"
    ),
    State.UNKNOWN: "is in a state that libvirt has no name for",
}


def check_domain(domain: Domain) -> Iterator[Finding]:
    """Yield what keeps the domain from being moved at all."""
    if domain.active and domain.state in _IMMOVABLE:
        yield Finding("domain_state", f"Domain {domain.name} on {domain.host} {_IMMOVABLE[domain.state]}.")
    elif domain.job:
        yield Finding("job_held", f"Domain {domain.name} can't be moved: {held_job(domain)}")
    if domain.host_devices:
        yield Finding(
            "host_devices",
            f"Domain {domain.name} on {domain.host} has {domain.host_devices} device(s) of its host assigned to it: detach"
            " them first, they can't move.",
        )
    if domain.managed_save and not domain.active:
        yield Finding(
            "managed_save",
            f"Domain {domain.name} on {domain.host} has a saved memory image, which would be lost: start it, then move it.",
        )
    yield from check_left_by_move(domain)


def check_left_by_move(domain: Domain) -> Iterator[Finding]:
    """Yield what a move that goes on, or broke off, has made different with the domain, wherever it is to be."""
    if domain.autostart_held:
        yield Finding(
            "autostart_held",
            f"A move of {domain.name} held back its autostart on {domain.host}, and goes on, or broke off: the next one takes"
            " the autostart along, and xen_domain_recover gives it back.",
            Severity.WARNS,
            domain.name,
        )
    if domain.came_running and domain.state is State.PAUSED and domain.cpu_time_ns == 0:
        yield Finding(
            "run_lost",
            f"A move brought {domain.name} to {domain.host}, and goes on, or broke off before it was made to run there: it is"
            " paused, and has never run. xen_domain_recover tells what is to be made sure of before it is resumed.",
            Severity.WARNS,
            domain.name,
        )
    if domain.pause_noted:
        yield Finding(
            "pause_lost",
            f"A move of {domain.name} that had found it paused on {domain.host} goes on, or broke off: the next one treats it"
            " as paused, and leaves it so, and xen_domain_recover pauses it again.",
            Severity.WARNS,
            domain.name,
        )


def check_arrived(domain: Domain, fleet: Fleet) -> Iterator[Finding]:
    """Yield a finding for one that never ran where it is to be, while a host that it may have come from is silent."""
    silent = [state.host.name for state in unreachable(fleet)]
    fresh = domain.state in {State.PAUSED, State.MIGRATING} and domain.cpu_time_ns == 0
    if fresh and silent and not domain.came_paused and not domain.came_running:
        yield Finding(
            "run_lost",
            f"{domain.name} is paused on {domain.host}, and has never run there. A move may have brought it, and goes on, or"
            f" broke off: {', '.join(silent)} could not be asked. Don't resume it before that can be, and"
            " xen_domain_recover has told how things are.",
            Severity.WARNS,
            domain.name,
        )


def check_gone(domain: Domain, fleet: Fleet) -> Iterator[Finding]:
    """Yield a finding for a definition that a move left behind, where the host that has the domain may just be silent."""
    silent = [state.host.name for state in unreachable(fleet)]
    if domain.left_behind and silent:
        yield Finding(
            "host_unreachable",
            f"Domain {domain.name} is shut off on {domain.host} because of a move, and may run on {', '.join(silent)},"
            f" which could not be asked. What {domain.host} has left of it may be all that there is of its definition, and is"
            " not taken anywhere else before that is clear.",
        )


def held_job(domain: Domain) -> str:
    """Say what it means that libvirt holds a job on the domain."""
    return (
        f"libvirt on {domain.host} holds a job on it. A move of it is under way, or one failed without giving the job back;"
        f" then xen_domain_recover for {domain.name} does, by a restart of libvirt's daemon on {domain.host} (domains go on"
        " running)."
    )


def check_name(move: Move, fleet: Fleet, abilities: Abilities) -> Iterator[Finding]:
    """Yield what keeps the domain from getting its new name, if it is to have one."""
    name = move.new_name
    if name is None:
        return
    if not abilities.rename_in_move:
        yield Finding(
            "rename_impossible", f"The hypervisor of {move.source} can't rename {move.domain.name} in a move."
        )
    for place in name_holders(fleet, name):
        yield Finding("name_taken", f"Domain {move.domain.name} can't be called {name}: that name is taken {place}.")


def check_bandwidth(move: Move, abilities: Abilities, source: HostFacts) -> Iterator[Finding | Unchecked]:
    """Yield a finding for a limit that can't be kept, neither by the driver nor by a shell on the source."""
    if move.bandwidth is None or abilities.bandwidth:
        return
    if move.encrypted:
        why = "encrypted memory goes through libvirt's own connection, which can't be told from its others"
    elif source.root is False:
        because = f" ({source.problem.rstrip('.')})" if source.problem else ""
        why = f"there is no shell of root's on {move.source}{because}"
    elif source.root is None or source.throttling is None:
        yield Unchecked("whether its bandwidth can be limited", source.problem)
        return
    elif source.throttling:
        why = f"{move.source} can't limit a connection: {source.throttling}"
    else:
        return
    yield Finding(
        "bandwidth_impossible",
        f"The move of {move.domain.name} can't be limited to {move.bandwidth:g} MiB/s: {why}. Leave the bandwidth out (the"
        f" option, and what is said of {move.source}), or accept {move.domain.name} to be sent without a limit"
        " (bandwidth_impossible).",
    )


def check_abort(limit: Limit, move: Move, facts: Mapping[str, HostFacts]) -> Iterator[Finding | Unchecked]:
    """Yield a finding for a move that could not be stopped at its timeout. An encrypted one is ended at both of its ends."""
    if not limit.aborts or not move.domain.active:
        return
    ends = (move.source, move.destination) if move.encrypted else (move.source,)
    shell_less = [host for host in ends if not facts[host].root]
    without = [host for host in shell_less if facts[host].root is False]
    if not move.live:
        why = "its move is not live, so it stands still from the beginning, and only the move's end has it run again"
    elif not shell_less:
        return
    elif not without:
        yield Unchecked("whether its move could be stopped at its timeout", facts[shell_less[0]].problem)
        return
    else:
        problem = facts[without[0]].problem
        why = f"there is no shell of root's on {without[0]}" + (f" ({problem.rstrip('.')})" if problem else "")
    yield Finding(
        "abort_impossible",
        f"The move of {move.domain.name} could not be stopped after {limit.seconds:g} s: {why}. Ask for it to be"
        " seen through instead (on_timeout: wait).",
    )


def check_live(move: Move, source: HostFacts) -> Iterator[Finding | Unchecked]:
    """Yield what keeps a running domain from being copied while it runs."""
    domain = move.domain
    if not move.live:
        return
    if domain.kind is not Kind.PV and domain.needs.hap:
        return  # paging that can track its writes is what it runs with
    if source.shadow_paging is None:
        yield Unchecked(f"whether {move.source} can move it live", source.problem)
    elif not source.shadow_paging:
        why = "a PV domain needs" if domain.kind is Kind.PV else "a domain without HAP needs"
        yield Finding(
            "live_impossible",
            f"Domain {domain.name} can't be moved live: Xen on {move.source} has no shadow paging, which {why}"
            " for it. Ask for a move that is not live (live: false).",
        )


def check_suspended(move: Move, source: HostFacts) -> Iterator[Finding | Unchecked]:
    """Yield a finding for a guest that stands still in Xen, whatever libvirt calls it."""
    domain = move.domain
    if not domain.active or domain.state is State.PM_SUSPENDED:
        return
    if source.suspended is None:
        yield Unchecked("whether it stands still", source.problem)
    elif domain.uuid in source.suspended:
        yield Finding(
            "domain_state",
            f"Domain {domain.name} on {move.source} stands still, suspended as for the last of its memory, though libvirt calls"
            f" it {domain.state.value}: it is being moved just now, or a move that broke off left it so. xen_domain_recover has"
            " it run on once all hosts have shown that no other copy can.",
        )


def check_shut_off(move: Move, source: HostFacts) -> Iterator[Finding | Unchecked]:
    """Yield a finding for a domain that Xen has although libvirt takes it for shut off: only its definition would go."""
    domain = move.domain
    if domain.active:
        return
    if source.running is None:
        yield Unchecked(f"whether Xen on {move.source} runs it although it is shut off for libvirt", source.problem)
    elif domain.uuid in source.running and domain.uuid not in source.leaving:
        yield Finding(
            "domain_state",
            f"libvirt on {move.source} takes domain {domain.name} for shut off, and Xen there has it: it is just being started,"
            " shut down or received (run the task again), or xl started it, or libvirt lost sight of it. Were its definition"
            f" moved, a second copy could be started on {move.destination}. Look at it with xl list.",
        )


def check_suspendable(move: Move, source: HostFacts) -> Iterator[Finding | Unchecked]:
    """Yield a finding for a guest that can't take part in its own suspension, which every move of its memory ends with."""
    domain = move.domain
    if not domain.active or domain.kind is Kind.HVM:
        return  # an HVM guest is suspended from outside
    if source.suspendable is None:
        yield Unchecked("whether it can be suspended", source.problem)
    elif domain.id not in source.suspendable:
        yield Finding(
            "unsuspendable",
            f"Domain {domain.name} on {move.source} doesn't tell that it can be suspended (control/feature-suspend in the Xen"
            " store), which a move needs: it may still be booting, or be too old to tell. Xen would wait a minute for it, then"
            " give up.",
            Severity.WARNS,
        )
