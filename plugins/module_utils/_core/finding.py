# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be found before a move, private to this collection: every code, and which of them a user may accept."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from enum import Enum

from .errors import InvalidInput
from .model import Finding, Severity


class Accepted(Enum):
    """Whether a user may have a move made although this was found."""

    NEVER = "never"
    IF_ASKED = "if asked"


CODES: Mapping[str, Accepted] = {
    "abort_impossible": Accepted.IF_ASKED,
    "address_unknown": Accepted.NEVER,
    "address_unusable": Accepted.NEVER,
    "autostart_held": Accepted.NEVER,
    "bandwidth_impossible": Accepted.IF_ASKED,
    "bridge_missing": Accepted.IF_ASKED,
    "changes_refused": Accepted.NEVER,
    "control_domain": Accepted.NEVER,
    "cpu_features": Accepted.IF_ASKED,
    "domain_ambiguous": Accepted.NEVER,
    "domain_missing": Accepted.NEVER,
    "domain_state": Accepted.NEVER,
    "host_devices": Accepted.NEVER,
    "host_unreachable": Accepted.NEVER,
    "host_unwritable": Accepted.IF_ASKED,
    "job_held": Accepted.NEVER,
    "libvirt_version": Accepted.IF_ASKED,
    "live_impossible": Accepted.NEVER,
    "managed_save": Accepted.NEVER,
    "memory_short": Accepted.NEVER,
    "move_unfinished": Accepted.NEVER,
    "name_taken": Accepted.NEVER,
    "network_missing": Accepted.IF_ASKED,
    "not_checked": Accepted.IF_ASKED,
    "order_unknown": Accepted.NEVER,
    "outside_libvirt": Accepted.NEVER,
    "pause_lost": Accepted.NEVER,
    "peer_unknown": Accepted.NEVER,
    "peer_unreachable": Accepted.NEVER,
    "plain_transport": Accepted.IF_ASKED,
    "ports_unreachable": Accepted.IF_ASKED,
    "rename_impossible": Accepted.NEVER,
    "rename_in_place": Accepted.NEVER,
    "run_lost": Accepted.NEVER,
    "storage_differs": Accepted.IF_ASKED,
    "storage_missing": Accepted.IF_ASKED,
    "storage_not_shared": Accepted.IF_ASKED,
    "unsuspendable": Accepted.IF_ASKED,
    "xen_version": Accepted.IF_ASKED,
}
"""Codes don't change between releases.

What can't be accepted is what no move could be made against, or what would lose something.
"""

_MILDER = {Severity.BLOCKS: Severity.WARNS, Severity.WARNS: Severity.INFORMS, Severity.INFORMS: Severity.INFORMS}


def check_codes(codes: Sequence[str]) -> frozenset[str]:
    """Return the codes that a user accepts. Raises ``InvalidInput`` for one that doesn't exist or can't be accepted."""
    acceptable = sorted(code for code, accepted in CODES.items() if accepted is Accepted.IF_ASKED)
    for code in codes:
        if code not in acceptable:
            why = "can't be accepted" if code in CODES else "is no code of a finding"
            raise InvalidInput(f"{code!r} {why}. These can be accepted: {', '.join(acceptable)}.")
    return frozenset(codes)


def accept(findings: Sequence[Finding], codes: Collection[str]) -> tuple[Finding, ...]:
    """Make what the user accepts one step milder: what blocked warns, what warned informs."""
    return tuple(
        replace(finding, severity=_MILDER[finding.severity]) if finding.code in codes else finding
        for finding in findings
    )
