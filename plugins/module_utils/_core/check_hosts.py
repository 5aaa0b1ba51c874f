# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a move's destination can take what its source has, private to this collection: pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .errors import MigrationError
from .model import Abilities, Finding, Fleet, HostFacts, Move, Severity
from .probe import Probed
from .unchecked import Unchecked


def check_versions(
    move: Move, facts: Mapping[str, HostFacts], abilities: Mapping[str, Abilities]
) -> Iterator[Finding | Unchecked]:
    """Yield a finding where the destination is older: Xen reads no stream of a release that came after it."""
    if not move.domain.active:
        return
    source, destination = facts[move.source], facts[move.destination]
    if source.xen_version is None or destination.xen_version is None:
        yield Unchecked("the releases of Xen", source.problem if source.xen_version is None else destination.problem)
    elif source.xen_version > destination.xen_version:
        yield Finding(
            "xen_version",
            f"Domain {move.domain.name} runs on Xen {_dotted(source.xen_version)} on {move.source}, and {move.destination} has"
            f" Xen {_dotted(destination.xen_version)}: an older Xen can't take over a newer one's domain.",
        )
    here, there = abilities[move.source].version, abilities[move.destination].version
    if here > there:
        yield Finding(
            "libvirt_version",
            f"{move.destination} has libvirt {_dotted(there)}, older than {_dotted(here)} on {move.source}: it may not know all"
            f" that the definition of {move.domain.name} holds.",
            Severity.WARNS,
        )


def check_cpu(move: Move, source: HostFacts, destination: HostFacts) -> Iterator[Finding | Unchecked]:
    """Yield a finding for CPU features that the domain was given and the destination can't give."""
    if not move.domain.active:
        return
    if source.cpu_given is None or destination.cpu_possible is None:
        yield Unchecked("CPU features", source.problem if source.cpu_given is None else destination.problem)
        return
    kind = move.domain.kind
    possible = destination.cpu_possible[kind]
    lost = {word: bits & ~possible.get(word, 0) for word, bits in source.cpu_given[kind].items()}
    told = ", ".join(f"{word} {bits:#010x}" for word, bits in lost.items() if bits)
    if told:
        yield Finding(
            "cpu_features",
            f"Domain {move.domain.name} may use CPU features that {move.source} gives it and {move.destination} can't: {told}"
            " (feature words and bits, as xen-cpuid tells them). It could crash there.",
        )


def check_bridges(move: Move, destination: HostFacts, probed: Probed) -> Iterator[Finding | Unchecked]:
    """Yield a finding for each bridge or virtual network that the domain needs and the destination has not."""
    if move.domain.needs.bridges and destination.bridges is None:
        yield Unchecked(f"bridges of {move.destination}", destination.problem)
    elif destination.bridges is not None:
        for bridge in move.domain.needs.bridges:
            if bridge not in destination.bridges:
                yield _lacks(move, "bridge_missing", f"bridge {bridge}")
    for bridge in move.domain.needs.other_bridges:
        yield Unchecked(
            f"bridge {bridge}", "it is no Linux bridge of the host's own (Open vSwitch, a script, another domain)"
        )
    networks = probed.networks.get(move.destination, frozenset())
    if isinstance(networks, MigrationError):
        yield Unchecked(f"networks of {move.destination}", str(networks))
        return
    for network in move.domain.needs.networks:
        if network in networks:
            yield _lacks(move, "network_missing", f"active virtual network {network}")


def _lacks(move: Move, code: str, what: str) -> Finding:
    text = f"Domain {move.domain.name} needs {what}, which {move.destination} doesn't have."
    # A domain that is shut off can be defined without it; it just won't start.
    return Finding(code, text, Severity.BLOCKS if move.domain.active else Severity.WARNS)


def check_reach(move: Move, probed: Probed) -> Iterator[Finding | Unchecked]:
    """Yield a finding where the source doesn't reach the destination's migration ports."""
    if move.encrypted or move.address is None:
        return
    answer = probed.reach.get((move.source, move.address))
    if isinstance(answer, MigrationError):
        yield Unchecked(f"whether {move.source} reaches {move.address}", str(answer))
    elif answer is not None:
        yield Finding(
            "ports_unreachable",
            f"Memory of domain {move.domain.name} can't be sent: {move.source} doesn't reach {move.destination} at"
            f" {move.address}, TCP port 49215 ({answer}). libvirt takes ports 49152 to 49216: open all of them, or give"
            f" {move.destination} another migration_address.",
        )


def check_writing(move: Move, facts: Mapping[str, HostFacts]) -> Iterator[Finding | Unchecked]:
    """Yield a finding for each end whose libvirt can't write: the destination has to, the source should."""
    source, destination = facts[move.source].writing, facts[move.destination].writing
    if destination is None:
        yield Unchecked(f"whether {move.destination} can keep its definition", facts[move.destination].problem)
    elif destination:
        yield Finding(
            "host_unwritable",
            f"{move.destination} can't keep the definition of domain {move.domain.name}: {destination}. Its libvirt would give"
            " the domain up again as soon as it has arrived.",
        )
    if source:
        yield Finding(
            "host_unwritable",
            f"{move.source} can't give up the definition of domain {move.domain.name}: {source}. It will stay there when the"
            " domain has moved; run the task again when that is mended.",
            Severity.WARNS,
        )


def check_outside(move: Move, facts: Mapping[str, HostFacts], fleet: Fleet) -> Iterator[Finding | Unchecked]:
    """Yield a finding for a copy, or another domain of its name, that runs at the destination without libvirt's knowledge."""
    running = facts[move.destination].running
    if running is None:
        yield Unchecked(f"whether {move.destination} runs it outside libvirt", facts[move.destination].problem)
    elif move.domain.uuid in running:
        yield outside(move.domain.name, move.destination, running[move.domain.uuid])
    else:
        known = {listed.uuid for listed in fleet.hosts[move.destination].listed}
        taken = [uuid for uuid, name in running.items() if name == move.final_name and uuid not in known]
        if taken:
            yield Finding(
                "outside_libvirt",
                f"Xen on {move.destination} runs another domain with the name {move.final_name} (UUID {taken[0]}), and libvirt"
                " there doesn't know of it: Xen has no two of one name. Look at it with xl list.",
            )


def outside(domain: str, host: str, name: str) -> Finding:
    """Return the finding for a domain that runs outside libvirt's knowledge, there called ``name``."""
    also = "" if name == domain else f" as {name}"
    return Finding(
        "outside_libvirt",
        f"Xen on {host} runs domain {domain}{also}, and libvirt there doesn't know of it: it was started by xl, or a move of"
        " it is under way or was broken off. Look at it with xl list.",
        domain=domain,
    )


def check_changes(move: Move, probed: Probed) -> Iterator[Finding | Unchecked]:
    """Yield a finding for each end of the move where the login may only look."""
    for host in (move.source, move.destination):
        answer = probed.refusals.get(host)
        if isinstance(answer, MigrationError):
            yield Unchecked(f"whether libvirt on {host} lets this login move it", str(answer))
        elif answer is not None:
            yield Finding(
                "changes_refused",
                f"Domain {move.domain.name} can't be moved by this login: libvirt on {host} lets it look only"
                f" ({answer.rstrip('.')}). Give the URI of {host} a user that may manage libvirt there: root, or on most"
                " systems a member of the group libvirt.",
            )


def check_peer(move: Move, probed: Probed) -> Iterator[Finding | Unchecked]:
    """Yield a finding where the source's libvirt daemon doesn't get at the destination's."""
    if not move.encrypted or move.peer_uri is None:
        return
    answer = probed.peers.get((move.source, move.destination))
    if isinstance(answer, MigrationError):
        yield Unchecked(f"whether {move.source}'s libvirt reaches {move.destination}'s at {move.peer_uri}", str(answer))
    elif answer is not None:
        yield Finding(
            "peer_unreachable",
            f"The memory of domain {move.domain.name} can't go encrypted: root on {move.source}, as which libvirt runs there,"
            f" doesn't get at the libvirt of {move.destination} by {move.peer_uri}: {answer.rstrip('.')}.",
        )


def check_transport(move: Move) -> Iterator[Finding]:
    """Yield word that memory goes unencrypted."""
    if move.address is not None and not move.encrypted:
        yield Finding(
            "plain_transport",
            f"The memory of domain {move.domain.name} goes from {move.source} to {move.address} unencrypted.",
            Severity.INFORMS,
        )


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
