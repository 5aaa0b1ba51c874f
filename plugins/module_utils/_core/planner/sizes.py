# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Memory in words, private to this collection."""

from __future__ import annotations

_MIB = 1024
_GIB = 1024 * 1024


def mib(kib: int) -> str:
    """Return ``4096 MiB``; what isn't whole is rounded up, so that nobody is told that a size is enough when it isn't."""
    return f"{-(-kib // _MIB)} MiB"


def mib_free(kib: int) -> str:
    """Return ``1023 MiB``; rounded down, for the same reason."""
    return f"{kib // _MIB} MiB"


def free_of(free_kib: int, total_kib: int) -> str:
    """Return ``18 of 32 GiB free``, or in MiB where GiB would be too coarse."""
    if total_kib >= 10 * _GIB:
        return f"{_gib(free_kib)} of {_gib(total_kib)} GiB free"
    return f"{free_kib // _MIB} of {total_kib // _MIB} MiB free"


def _gib(kib: int) -> str:
    return f"{kib / _GIB:.0f}" if kib >= 10 * _GIB else f"{kib / _GIB:.1f}"
