# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking all hosts what they have of domains, by libvirt and by a shell, private to this collection. Changes nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from .errors import HypervisorError, MigrationError
from .evidence import HostEvidence, Look
from .hypervisor import Hypervisor
from .model import Domain
from .parallel import ask_all
from .snapshot import Hypervisors

LOOK_SECONDS = 120
"""How long a host may take to show its domains, a few calls for each."""

Terms = Collection[str]
"""Names or UUIDs of the domains that are meant."""


def take_look(hypervisors: Hypervisors, terms: Terms | None = None, silent: Mapping[str, str] | None = None) -> Look:
    """Ask all hosts at once about these domains, or all they have; ``silent`` are hosts that could not be asked before."""
    told = ask_all(lambda name: hypervisors[name].evidence(), hypervisors, LOOK_SECONDS, _no_answer)
    evidence = {name: _evidence(answer) for name, answer in told.items()}
    meant = None if terms is None else frozenset(terms) | _outsiders(evidence, terms)
    shown = ask_all(lambda name: _domains(hypervisors[name], meant), hypervisors, LOOK_SECONDS, _no_answer)
    domains = {name: answer for name, answer in shown.items() if not isinstance(answer, MigrationError)}
    failed = {name: str(answer) for name, answer in shown.items() if isinstance(answer, MigrationError)}
    return Look(evidence, domains, {**(silent or {}), **failed})


def _outsiders(evidence: Mapping[str, HostEvidence], terms: Terms) -> frozenset[str]:
    """Return the UUIDs of domains that Xen knows by these names: libvirt may know them by others, or not at all."""
    return frozenset(
        uuid for told in evidence.values() for uuid, copy in (told.domains or {}).items() if copy.name in terms
    )


def _domains(hypervisor: Hypervisor, meant: Terms | None) -> Mapping[str, Domain]:
    listed = [one.uuid for one in hypervisor.state().listed if meant is None or one.name in meant or one.uuid in meant]
    looked = map(hypervisor.inspect, listed)
    return {domain.uuid: domain for domain in looked if domain is not None}


def _evidence(answer: HostEvidence | MigrationError) -> HostEvidence:
    return HostEvidence(problem=str(answer)) if isinstance(answer, MigrationError) else answer


def _no_answer(name: str) -> MigrationError:
    return HypervisorError(name, "show its domains", f"no answer within {LOOK_SECONDS} s")
