# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What could not be checked before a move, private to this collection: told as such, and never taken for fine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .model import Finding, Severity


@dataclass(frozen=True)
class Unchecked:
    """``what`` could not be checked, and ``why``."""

    what: str
    why: str | None


def not_checked(domain: str, unchecked: Iterable[Unchecked]) -> tuple[Finding, ...]:
    """Return one finding with all that was not checked for a domain, none if there is nothing."""
    reasons: dict[str, list[str]] = {}
    for item in unchecked:
        reasons.setdefault((item.why or "it was not told").rstrip("."), []).append(item.what)
    if not reasons:
        return ()
    told = ". ".join(f"{', '.join(dict.fromkeys(what))}: {why}" for why, what in reasons.items())
    return (Finding("not_checked", f"Not checked for domain {domain}: {told}.", Severity.WARNS),)
