# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option that says what an unreachable host means to a module that only looks."""

from __future__ import annotations


class ModuleDocFragment:
    """Shared by the info modules."""

    DOCUMENTATION = r"""
options:
  unreachable:
    description:
      - What to do about hosts that can't be reached. Whatever is chosen, RV(hosts) tells which they are and why.
      - With V(warn) each is a warning. With V(ignore) it is not.
      - With V(error) the task fails, and still returns what the other hosts show.
    type: str
    choices: [warn, error, ignore]
    default: warn
"""
