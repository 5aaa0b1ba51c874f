# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task wants of whole hosts, private to this collection."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Union

from ..model import Wish
from ..planner.values import Balance, BringHome, Drain, Rules
from ..request import Request

WholeWish = Union[Drain, BringHome, Balance]


@dataclass(frozen=True)
class Wanted:
    """What a task wants of whole hosts.

    ``request`` is how moves are made, without any wishes. ``partial`` is whether what can move does where something can't.
    ``shut_off`` is whether domains that are shut off go, too.
    """

    request: Request
    wish: WholeWish
    rules: Rules = field(default_factory=Rules)
    partial: bool = False
    shut_off: bool = True

    def asking(self, wishes: tuple[Wish, ...] = ()) -> Request:
        """Return the request for moves that make wishes true, and keep to the rules while they are made."""
        return replace(self.request, wishes=wishes, rules=self.rules)
