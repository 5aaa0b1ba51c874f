# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
"""The lab: real Xen hosts in QEMU on one machine."""

from __future__ import annotations
