# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table in docs/reliability.md, made of what the trials wrote down, and of nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "tests" / "faults" / "results.json"
PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- made by make faults: begin -->", "<!-- end -->"


def write_table(results: Path, page: Path = PAGE) -> None:
    """Put the table of these results into the page."""
    text = page.read_text()
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    page.write_text(f"{before}{BEGIN}\n\n{table(json.loads(results.read_text()))}\n\n{END}{after}")


def table(records: Sequence[dict[str, Any]]) -> str:
    """Return the whole of it in Markdown: the versions, the score, and a row for each fault, moment and release."""
    versions = {record["release"]: record["versions"] for record in records if record["versions"]}
    whole = [record for record in records if not record["problems"]]
    lines = [f"* Debian {release}: {versions[release]}" for release in sorted(versions)]
    lines += ["", f"{len(whole)} of {len(records)} trials ended with nothing lost.{_undecided(records)}", ""]
    lines += [
        "| What was broken | When | Debian | The task said | Then the hosts showed | What converged | Lost |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *map(_row, records),
    ]
    return "\n".join(lines)


def _undecided(records: Sequence[dict[str, Any]]) -> str:
    count = sum(record.get("undecided", False) for record in records)
    return f" After {count} of them a person has to say which of two definitions is right." if count else ""


def _row(record: dict[str, Any]) -> str:
    lost = "; ".join(problem.strip().splitlines()[-1] for problem in record["problems"]) or "nothing"
    lost += "; a person has to say which of two definitions is right" if record.get("undecided") else ""
    steps = "; ".join(re.sub(r" \(.*\)", "", step).replace("rerun: ", "a rerun is ", 1) for step in record["steps"])
    cells = [record["fault"], record["moment"], record["release"], record["told"], record["seen"], steps, lost]
    return "| " + " | ".join(cell.replace("|", "/") or "-" for cell in cells) + " |"
