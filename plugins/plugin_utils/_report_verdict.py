# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What came of a run, in a word, a sentence and a few figures, private to this collection: pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from ansible_collections.xenfleet.migration.plugins.plugin_utils._report_run import (
    BLOCKS,
    IN_DOUBT,
    MOVED,
    PLANNED,
    MoveRecord,
    Run,
)
from ansible_collections.xenfleet.migration.plugins.plugin_utils._report_words import count

UNTOLD = "not told"
"""The status of a move whose result doesn't tell one."""


@dataclass(frozen=True)
class Verdict:
    """``kind`` is one of ``good``, ``bad``, ``attention``, ``plan`` and ``neutral``."""

    kind: str
    word: str
    sentence: str


@dataclass(frozen=True)
class Figures:
    """Seconds are None where they were not measured.

    ``total`` is from the beginning of the first move to the end of the last, known only if that of each begun one is.
    ``pauses`` is the sum of the ``pauses_seen``: moves of which a pause was measured. ``settled`` domains needed no move.
    """

    moves: int
    moved: int
    begun: int
    settled: int
    total: float | None
    longest: MoveRecord | None
    pauses: float | None
    pauses_seen: int
    longest_pause: MoveRecord | None


def verdict(run: Run) -> Verdict:
    """Return what came of the run: the worst that happened gives the word, and all of it is in the sentence."""
    return Verdict(*_word(run), " ".join(_sentences(run)))


def figures(run: Run) -> Figures:
    """Return the figures of the run."""
    begun = [move for move in run.moves if move.begun]
    pauses = [move for move in run.moves if move.pause is not None]
    moving = {move.domain for move in run.moves}
    return Figures(
        moves=len(run.moves),
        moved=sum(move.status == MOVED for move in run.moves),
        begun=len(begun),
        settled=sum(place.asked not in moving for place in run.domains),
        total=_total(begun),
        longest=max((move for move in run.moves if move.duration is not None), key=_duration, default=None),
        pauses=sum(_pause(move) for move in pauses) if pauses else None,
        pauses_seen=len(pauses),
        longest_pause=max(pauses, key=_pause, default=None),
    )


def _word(run: Run) -> tuple[str, str]:
    statuses = {move.status for move in run.moves}
    done = statuses & {MOVED, PLANNED}
    if IN_DOUBT in statuses:
        return "bad", "In doubt"
    if statuses - {MOVED, PLANNED} or run.errors:
        return "bad", "Some failed" if MOVED in statuses else "Failed"
    if _blocking(run):
        return ("attention", "Some blocked") if done else ("bad", "Blocked")
    if run.failed:
        return "bad", "Failed"
    if statuses == {MOVED}:
        return "good", "All moved"
    if PLANNED in statuses:
        return "plan", "Planned"
    return "neutral", "Nothing to do" if run.changed is not None or run.messages else "No result"


def _sentences(run: Run) -> list[str]:
    return [_moves(run.moves), *_others(run.moves), *_blocked(run)]


def _moves(moves: tuple[MoveRecord, ...]) -> str:
    planned = sum(move.status == PLANNED for move in moves)
    moved = sum(move.status == MOVED for move in moves)
    if not moves:
        return "No move was made."
    if planned == len(moves):
        return f"{count(planned, 'move')} would be made; nothing has been touched."
    if len(moves) == 1:
        return f"The one move was {'made' if moved else 'not made'}."
    if moved == len(moves):
        return f"All {moved} moves were made."
    return f"{moved or 'None'} of {len(moves)} moves {'was' if moved == 1 else 'were'} made."


def _others(moves: tuple[MoveRecord, ...]) -> list[str]:
    others = Counter(move.status or UNTOLD for move in moves if move.status != MOVED)
    if not others or set(others) == {PLANNED}:
        return []
    return [", ".join(f"{number} {status}" for status, number in others.items()) + "."]


def _blocked(run: Run) -> list[str]:
    if run.blocked:
        domains = len({blocked.domain for blocked in run.blocked})
        return [f"{count(domains, 'domain is', 'domains are')} blocked."]
    findings = sum(finding.severity == BLOCKS for finding in run.findings)
    return [f"{count(findings, 'finding speaks', 'findings speak')} against moving."] if findings else []


def _blocking(run: Run) -> bool:
    return bool(run.blocked) or any(finding.severity == BLOCKS for finding in run.findings)


def _total(begun: list[MoveRecord]) -> float | None:
    starts = [move.started for move in begun if move.started is not None]
    ends = [move.ended for move in begun if move.ended is not None]
    return max(ends) - min(starts) if begun and len(ends) == len(begun) else None


def _duration(move: MoveRecord) -> float:
    return move.duration or 0


def _pause(move: MoveRecord) -> float:
    return move.pause or 0
