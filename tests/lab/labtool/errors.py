# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
"""The one exception of the lab."""

from __future__ import annotations


class LabError(Exception):
    """Something a person must know: says what was wanted, what was seen and, where possible, what to do."""
