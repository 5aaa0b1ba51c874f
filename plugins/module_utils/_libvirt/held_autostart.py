# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeping a host from starting a domain at its boot while that is on its way elsewhere, private to this collection.

A source that loses power when its destination has just taken the domain over still has the definition. With autostart it would
boot a second copy beside the one that runs (seen on Debian 13).
"""

from __future__ import annotations

from typing import Any

from . import domain_xml
from .dependencies import libvirt


def hold_autostart(found: Any) -> None:
    """Note with a domain's definition that it autostarts, then have it not do so, even if the host loses power right then.

    libvirt removes a link to end autostart, and doesn't see to it that this gets to the disk: after a power loss it was there
    again (seen). A definition it does (``virFileRewrite`` syncs the file, and with it the file system's journal), so the note
    is written once more.
    """
    note_held(found)
    found.setAutostart(0)
    note_held(found)


def note_held(found: Any, text: str | None = domain_xml.HELD_ELEMENT) -> None:
    """Note with a domain's definition that it autostarts, or with None take the note away; the definition is written anew."""
    found.setMetadata(
        libvirt.VIR_DOMAIN_METADATA_ELEMENT,
        text,
        domain_xml.HELD_KEY,
        domain_xml.HELD_NAMESPACE,
        libvirt.VIR_DOMAIN_AFFECT_CONFIG,
    )


def give_back_autostart(found: Any) -> None:
    """Have it autostart again, then take the note away; libvirt leaves an empty ``<metadata/>`` where there was none.

    Not by a new definition: where libvirt can't write that, it forgets the domain, running or not
    (``libxlDomainDefineXMLFlags``).
    """
    found.setAutostart(1)
    note_held(found, None)


def is_held(found: Any, xml: str, active: bool) -> bool:
    """Whether a persistent domain's autostart is held back, or was not wholly given back.

    ``xml`` is what libvirt shows of it, which is its definition only if it is not active.
    """
    return domain_xml.is_autostart_held(xml if not active else str(found.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)))
