# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One command that asks a host several things, and the reading of its answer, private to this collection."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

_HEAD = re.compile(r"^== ([a-z]+)\n", re.MULTILINE)

Answer = TypeVar("Answer")


def in_sections(commands: Mapping[str, str]) -> str:
    """Return one command of these, by the names of their sections; what one of them prints must not hold a head of its own."""
    return "; ".join(f"echo '== {name}'; {command}" for name, command in commands.items())


def split_sections(output: str) -> dict[str, str]:
    """Return by name what was printed in each section; the first of a name counts."""
    return dict(_sections(output))


def _sections(output: str) -> Iterator[tuple[str, str]]:
    _greeting, *parts = _HEAD.split(output)
    yield from reversed(list(zip(parts[::2], parts[1::2])))  # so that the first of a name is the last to be kept


def untold(missing: Sequence[str], root: bool | None, complaint: str) -> str | None:
    """Say what was not told and why, None if nothing is ``missing``; a login that isn't root's is reason enough."""
    if not missing:
        return None
    what = f"did not tell {', '.join(missing)}"
    return f"its login is not root's, and {what}" if root is False else f"its shell {what} ({complaint})"


def read_or_none(read: Callable[[str], Answer], text: str) -> Answer | None:
    """Read an answer; None if it is of any other shape."""
    try:
        return read(text)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
