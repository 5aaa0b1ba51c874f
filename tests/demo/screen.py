# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the demo and the tour look on a terminal."""

from __future__ import annotations

import sys
import textwrap

WIDTH = 88


def _styled(text: str, code: str) -> str:
    return f"\033[{code}m{text}\033[0m" if sys.stdout.isatty() else text


def heading(text: str) -> None:
    """Begin a new part."""
    rule = "─" * max(2, WIDTH - len(text) - 4)
    print(f"\n{_styled(f'── {text} {rule}', '1;36')}", flush=True)


def say(text: str) -> None:
    """Print a paragraph."""
    print(textwrap.fill(text, WIDTH), flush=True)


def show(text: str) -> None:
    """Print lines as they are, set in."""
    print(textwrap.indent(text.rstrip(), "    "), flush=True)


def command(words: str) -> None:
    """Print the command that is about to be run."""
    print(_styled(f"\n$ {words}", "1"), flush=True)


def good(text: str) -> None:
    """Print what was proven."""
    print(_styled(f"✔ {text}", "32"), flush=True)
