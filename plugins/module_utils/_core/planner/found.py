# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one look at a cluster comes to, private to this collection: plain data."""

from __future__ import annotations

from dataclasses import dataclass, field

from .leg import Leg


@dataclass(frozen=True)
class Trouble:
    """Why a domain is stuck: a code and a sentence."""

    code: str
    sentence: str


@dataclass
class Found:
    """The moves in order, and what is stuck, by UUID."""

    legs: list[Leg] = field(default_factory=list)
    stuck: dict[str, Trouble] = field(default_factory=dict)
