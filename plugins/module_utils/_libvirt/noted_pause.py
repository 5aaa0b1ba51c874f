# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A note with an active domain that it was paused before its move, private to this collection.

A paused guest can't take part in its own suspension, so it runs while its memory is sent. Should whoever sends it die, nobody
else would know that it is to be paused. What libvirt keeps with what runs outlives its daemon, ends with the guest, and goes
along with its memory (seen with 9.0 and 11.3).
"""

from __future__ import annotations

from typing import Any

from . import domain_xml
from .dependencies import libvirt


def note_pause(found: Any) -> None:
    """Note it with this very copy."""
    _write(found, domain_xml.pause_element(*_copy(found)), libvirt.VIR_DOMAIN_AFFECT_LIVE)


def forget_pause(found: Any) -> None:
    """Take the note away wherever there is one: libvirt makes a destination's definition of what runs."""
    if found.isActive() and _is_noted(found, 0):
        _write(found, None, libvirt.VIR_DOMAIN_AFFECT_LIVE)
    if found.isPersistent() and _is_noted(found, libvirt.VIR_DOMAIN_XML_INACTIVE):
        _write(found, None, libvirt.VIR_DOMAIN_AFFECT_CONFIG)


def pause_of(found: Any, xml: str) -> tuple[bool, bool]:
    """Return whether an active domain's XML notes that this very copy was paused, and whether it does so of another one."""
    noted = domain_xml.noted_pause(xml)
    if noted is None:
        return False, False
    host, number = _copy(found)
    own = noted == (host, str(number))
    return own, not own


def _is_noted(found: Any, shown_by: int) -> bool:
    return domain_xml.noted_pause(str(found.XMLDesc(shown_by))) is not None


def _copy(found: Any) -> tuple[str, int]:
    # The first label alone: libvirt appends the domain as long as its host's resolver tells it (virGetHostname).
    return str(found.connect().getHostname()).partition(".")[0], int(found.ID())


def _write(found: Any, text: str | None, flags: int) -> None:
    kind = libvirt.VIR_DOMAIN_METADATA_ELEMENT
    found.setMetadata(kind, text, domain_xml.PAUSE_KEY, domain_xml.PAUSE_NAMESPACE, flags)
