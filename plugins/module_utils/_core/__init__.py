# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The migration core, private to this collection: it knows neither Ansible nor libvirt.

The way of one task, file by file: ``connections`` and ``wish`` (what was asked), ``snapshot`` (what is), ``locate``,
``plan`` and ``order`` (what to do), ``route`` and ``preflight`` (whether it can be done), ``execute`` (doing it), ``verify``
(what really happened), ``outcome``. ``migration`` calls them in this order.
"""
