# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host's Xen has of domains just now, private to this collection: by a shell, whatever libvirt believes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from .._core.errors import HypervisorError
from .._core.evidence import HostEvidence
from .host_reach import MIGRATION_PORTS
from .sections import in_sections, read_or_none, split_sections, untold
from .shell import Shell
from .xen_list import LIST, read_copies

_ACTION = "tell what its Xen has of domains"

TRANSFERS = (
    # The process that sends or receives a domain's memory; its arguments hold no text of a user's.
    'for process in /proc/[0-9]*; do { read -r program <"$process/comm"; } 2>/dev/null || continue;'
    """ case $program in libxl-save-help*) tr '\\0' ' ' <"$process/cmdline"; echo;; esac; done; echo end"""
)
SECTIONS: Mapping[str, str] = {
    "user": "id -u",
    "transfers": TRANSFERS,
    "ports": f"ss -Hltn '( sport >= :{MIGRATION_PORTS[0]} and sport <= :{MIGRATION_PORTS[1]} )' && echo end",
    "domains": LIST,
}
COMMAND = in_sections(SECTIONS)
DOMAINS_COMMAND = in_sections({"domains": LIST})

_TRANSFER = re.compile(r"--(?:save|restore)-domain -?\d+ -?\d+ (\d+) ")
"""Of libxl-save-helper's arguments, the third number is Xen's id of the domain (seen with Xen 4.17 and 4.20)."""

_LISTENING = re.compile(r"\S+ +\d+ +\d+ +\S+:(\d+) ")
"""A line of ``ss -Hltn``, up to the port."""


def ask_evidence(shell: Shell) -> HostEvidence:
    """Return what the host told; what it didn't is None, and ``problem`` says why."""
    return _asked(shell, COMMAND, read_evidence)


def ask_domains(shell: Shell) -> HostEvidence:
    """Return what Xen has of domains, and nothing else: every program takes its time on a busy host."""
    return _asked(shell, DOMAINS_COMMAND, _read_domains)


def _asked(shell: Shell, command: str, read: Callable[[str, str], HostEvidence]) -> HostEvidence:
    try:
        output, complaint = shell.ask(command, _ACTION)
    except HypervisorError as error:
        return HostEvidence(root=False, problem=str(error))
    return read(output, complaint)


def _read_domains(output: str, complaint: str) -> HostEvidence:
    domains = read_or_none(read_copies, split_sections(output).get("domains", ""))
    return HostEvidence(domains, problem=untold(["domains"] if domains is None else [], None, complaint))


def read_evidence(output: str, complaint: str) -> HostEvidence:
    """Read the answer to ``COMMAND``."""
    sections = split_sections(output)
    domains = read_or_none(read_copies, sections.get("domains", ""))
    moving = read_or_none(_moving, sections.get("transfers", ""))
    ports = read_or_none(_ports, sections.get("ports", ""))
    root = read_or_none(lambda text: int(text) == 0, sections.get("user", ""))
    values = {"domains": domains, "transfers": moving, "migration ports": ports, "user": root}
    missing = [name for name, value in values.items() if value is None]
    problem = untold(missing, root, complaint)
    return HostEvidence(domains, moving, ports, root, problem)


def _moving(text: str) -> frozenset[int]:
    *lines, end = text.splitlines() or [""]
    if end != "end":
        raise ValueError(text)
    # A process that has just ended is still there, without arguments.
    return frozenset(map(_moved, filter(str.strip, lines)))


def _moved(line: str) -> int:
    match = _TRANSFER.search(line)
    if match is None:  # of some other release of Xen: what it moves must not pass for standing still
        raise ValueError(line)
    return int(match[1])


def _ports(text: str) -> frozenset[int]:
    *lines, end = text.splitlines() or [""]
    if end != "end":
        raise ValueError(text)
    return frozenset(int(_LISTENING.match(line)[1]) for line in lines)  # type: ignore[index]  # read_or_none knows
