# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which domain goes where, and in which order, private to this collection: pure, without libvirt and without Ansible.

``planning.plan`` takes a cluster, a wish and rules, and returns steps with their reasons; all of them are in ``values``.

``checking`` refuses what contradicts itself. ``layout`` is where everything is while it is planned, ``groups`` and ``ranking``
what it looks things up in. ``drain``, ``home``, ``placement`` and ``balance`` are the wishes: ``packing`` and ``room`` find
hosts for a drain, ``goals`` and ``conflicts`` serve those wishes that name the destinations. ``sequence``, ``search`` and
``detour`` put steps in an order in which each fits, ``telling``, ``lacks`` and ``sizes`` find the words.
"""
