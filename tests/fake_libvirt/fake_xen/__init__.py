# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is behind the fake libvirt: a fleet of Xen hosts in one JSON file, and the rules of libvirt's Xen driver."""

from __future__ import annotations
