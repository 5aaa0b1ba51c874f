# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole hosts, private to this collection: the planner's plans, checked against the hosts, and made true.

``arrange.arrange`` takes a ``wanted.Wanted`` and returns what came of it; ``account`` turns that into a task's result, with the
plan as a ``table`` and what is not as it was wanted, the ``shortfall``. ``stock`` looks at everything on all hosts,
``proposal`` plans around what preflight rules out, ``homes`` notes with domains where they are at home, and ``doubled`` are
domains that more than one host has. ``failures`` says what moves that failed mean for the next plan, and ``broken`` which
groups they have torn up or brought onto one host.
"""
