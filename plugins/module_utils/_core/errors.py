# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every exception of the core, private to this collection.

::

    MigrationError           a sentence for the person on duty; nothing else is ever raised on purpose
    ├── InvalidInput         an option, a host record or a URI can't be right; no host was contacted
    ├── Blocked              preflight found reasons against it; nothing was touched
    └── HypervisorError      a host refused a call, or couldn't be asked
        └── HostUnreachable  no connection to the host's libvirt
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .model import Finding


class MigrationError(Exception):
    """Base of all of them; ``str()`` is the sentence to show."""


class InvalidInput(MigrationError):
    """What was asked can't be right, whatever the hosts look like."""


class Blocked(MigrationError):
    """At least one finding of preflight blocks; ``findings`` has all of them, blocking or not, ``reasons`` says what blocks."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        self.reasons = " ".join(finding.sentence for finding in self.findings if finding.blocks)
        super().__init__(f"Nothing was moved. {self.reasons}")


class HypervisorError(MigrationError):
    """A host refused a call or couldn't be asked; ``host`` is its name, ``reason`` what it said."""

    def __init__(self, host: str, action: str, reason: str) -> None:
        self.host = host
        self.reason = reason.strip().rstrip(".")
        super().__init__(f"Host {host} could not {action}: {self.reason}.")


class HostUnreachable(HypervisorError):
    """No connection to the host's libvirt could be had."""

    def __init__(self, host: str, uri: str, reason: str) -> None:
        super().__init__(host, f"be reached at {uri}" if uri else "be reached", reason)
