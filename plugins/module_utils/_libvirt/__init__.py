# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one adapter behind the core's ``hypervisor`` port, private to this collection: Xen, spoken to through libvirt."""
