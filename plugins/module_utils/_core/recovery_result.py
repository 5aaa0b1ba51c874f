# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a recovery to what the task returns, private to this collection: pure."""

from __future__ import annotations

from typing import Any

from .evidence import Copy
from .recover import Mended, Recovery, Treatment

_BAD = frozenset({Mended.REFUSED, Mended.FAILED})
_CHANGED = frozenset({Mended.PLANNED, Mended.REPAIRED, Mended.FAILED})


def recovery_result(recovery: Recovery) -> dict[str, Any]:
    """Return ``changed``, ``failed``, ``msg``, ``warnings``, ``cases``, ``healthy`` and ``missing``."""
    return {
        "changed": any(treatment.mended in _CHANGED for treatment in recovery.treatments),
        "failed": bool(recovery.missing) or any(treatment.mended in _BAD for treatment in recovery.treatments),
        "msg": " ".join(_sentences(recovery)),
        "warnings": [*_unseen(recovery), *(text for treatment in recovery.treatments for text in treatment.warnings)],
        "cases": [_record(treatment) for treatment in recovery.treatments],
        "healthy": list(recovery.healthy),
        "missing": list(recovery.missing),
    }


def _unseen(recovery: Recovery) -> list[str]:
    return [f"{host} was not asked for all it has: {why}" for host, why in recovery.unseen.items()]


def _sentences(recovery: Recovery) -> list[str]:
    told = [treatment.told for treatment in recovery.treatments]
    told += [f"No host shows a domain {term}." for term in recovery.missing]
    count = len(recovery.healthy)
    if count or not told:
        told.append(f"Nothing is wrong with {count} domain{'' if count == 1 else 's'}.")
    return told


def _record(treatment: Treatment) -> dict[str, Any]:
    case = treatment.case
    return {
        "domain": case.name if case else None,
        "uuid": case.uuid if case else None,
        "code": treatment.diagnosis.code,
        "status": treatment.mended.value,
        "message": treatment.diagnosis.sentence,
        "repairs": [str(repair) for repair in treatment.diagnosis.repairs],
        "error": treatment.error,
        "copies": [_copy(copy) for copy in case.copies] if case else [],
    }


def _copy(copy: Copy) -> dict[str, Any]:
    domain, xen = copy.domain, copy.xen
    return {
        "host": copy.host,
        "is": copy.life.name.lower(),
        "libvirt": domain.state.value if domain else None,
        "persistent": domain.persistent if domain else False,
        "autostart": domain.autostart if domain else False,
        "job": copy.job,
        "xen": xen.state.value if xen else None,
        "xen_id": xen.id if xen else None,
        "xen_cpu_seconds": xen.cpu_tenths / 10 if xen else None,
    }
