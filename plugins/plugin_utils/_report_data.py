# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report as data, private to this collection: what docs/report.md describes, pure."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ansible_collections.xenfleet.migration.plugins.plugin_utils._report_run import Run
from ansible_collections.xenfleet.migration.plugins.plugin_utils._report_verdict import figures, verdict
from ansible_collections.xenfleet.migration.plugins.plugin_utils._report_words import utc

SCHEMA = 1
"""Grows when a key goes or changes its meaning; new keys don't count."""


def report_data(run: Run, title: str, made: float) -> dict[str, Any]:
    """Return the report of a run that was made at ``made`` (seconds since the epoch): values only, None where not measured."""
    everything = asdict(run)
    return {
        "schema": SCHEMA,
        "title": title,
        "made": utc(made),
        "verdict": asdict(verdict(run)),
        "figures": _figures(run),
        "hosts": {"before": everything.pop("before"), "after": everything.pop("after")},
        **everything,
    }


def _figures(run: Run) -> dict[str, Any]:
    found = figures(run)
    return {
        "moves": found.moves,
        "moved": found.moved,
        "begun": found.begun,
        "settled": found.settled,
        "total_seconds": found.total,
        "longest_seconds": found.longest.duration if found.longest else None,
        "longest_domain": found.longest.domain if found.longest else None,
        "pauses_seconds": found.pauses,
        "pauses_seen": found.pauses_seen,
        "longest_pause_seconds": found.longest_pause.pause if found.longest_pause else None,
        "longest_pause_domain": found.longest_pause.domain if found.longest_pause else None,
    }
