# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Giving a host a domain's definition, private to this collection."""

from __future__ import annotations

from typing import Any

from . import domain_xml
from .domain_listing import looked_up
from .held_autostart import note_held


def define(connection: Any, xml: str) -> Any:
    """Define a domain and return it.

    Where libvirt can't write a new definition it forgets the domain, which Xen has run on (seen with 9.0 and 11.3). So what is
    there already has the definition that it has written anew first: where that fails, it does no more than fail.
    """
    looked_up(connection, domain_xml.uuid(xml), _write_anew)
    return connection.defineXML(xml)


def _write_anew(found: Any) -> None:
    if found.isPersistent():
        # There is no such note on a domain that has arrived: nothing changes, and libvirt writes it nevertheless.
        note_held(found, None)
