# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times, lengths and memory as a person reads them in a report, private to this collection: pure."""

from __future__ import annotations

from datetime import datetime, timezone

NOT_MEASURED = "not measured"
_MINUTE, _HOUR = 60, 3600


def seconds(value: float | None) -> str:
    """Return a length of time: two decimals below 10 s, one below a minute, then whole seconds, then whole minutes."""
    if value is None:
        return NOT_MEASURED
    if round(value, 2) < 10:
        return f"{value:.2f} s"
    if round(value, 1) < _MINUTE:
        return f"{value:.1f} s"
    whole = round(value)
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE:02d} s"
    minutes = round(value / _MINUTE)
    return f"{minutes // 60} h {minutes % 60:02d} min"


def memory(mib: float | None) -> str:
    """Return an amount of memory in GiB, or in MiB where it is less than one GiB."""
    if mib is None:
        return NOT_MEASURED
    return f"{mib / 1024:.1f} GiB" if mib >= 1024 else f"{mib:.0f} MiB"


def rate(mib_per_second: float | None) -> str:
    """Return a bandwidth, in MiB/s."""
    return NOT_MEASURED if mib_per_second is None else f"{mib_per_second:g} MiB/s"


def utc(since_epoch: float | None) -> str:
    """Return a moment in UTC, to the second, as ISO 8601 writes it."""
    if since_epoch is None:
        return NOT_MEASURED
    try:
        moment = datetime.fromtimestamp(since_epoch, timezone.utc)
    except (ValueError, OverflowError, OSError):
        return f"{since_epoch:g} s after 1970"  # beyond the calendar: what was said, and no more
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def count(number: int, one: str, several: str | None = None) -> str:
    """Return a number and what it counts: "1 move", "2 moves"."""
    return f"{number} {one if number == 1 else several or f'{one}s'}"


def printable(text: str) -> str:
    """Return the text with a mark in place of all that isn't seen, or would steer what is; line ends and tabs stay."""
    return "".join(each if each.isprintable() or each in "\n\t" else "\N{REPLACEMENT CHARACTER}" for each in text)
