# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A note with an active domain of what it was before its move, private to this collection.

A paused guest can't take part in its own suspension, so it runs while its memory is sent. One that runs is kept paused where it
arrives by a libvirt that would not be sure of its source. Should whoever moves it die, nobody else would know what it is to be;
of one that has a definition, that tells. What libvirt keeps with what runs outlives its daemon, ends with the guest, and goes
along with its memory (seen with 9.0 and 11.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import domain_xml
from .dependencies import libvirt


@dataclass(frozen=True)
class Notes:
    """What an active domain has notes of: that this very copy was paused, or ran, before its move; or that another one was."""

    pause_noted: bool = False
    came_paused: bool = False
    run_noted: bool = False
    came_running: bool = False


def note_pause(found: Any) -> None:
    """Note that this very copy is paused."""
    _write(found, domain_xml.state_element(domain_xml.PAUSED, *_copy(found)), libvirt.VIR_DOMAIN_AFFECT_LIVE)


def note_run(found: Any) -> None:
    """Note that this very copy runs."""
    _write(found, domain_xml.state_element(domain_xml.RAN, *_copy(found)), libvirt.VIR_DOMAIN_AFFECT_LIVE)


def forget_note(found: Any) -> None:
    """Take the note away wherever there is one: libvirt makes a destination's definition of what runs."""
    if found.isActive() and _is_noted(found, 0):
        _write(found, None, libvirt.VIR_DOMAIN_AFFECT_LIVE)
    if found.isPersistent() and _is_noted(found, libvirt.VIR_DOMAIN_XML_INACTIVE):
        _write(found, None, libvirt.VIR_DOMAIN_AFFECT_CONFIG)


def notes_of(found: Any, xml: str) -> Notes:
    """Return what is noted in an active domain's XML."""
    noted = domain_xml.noted_state(xml)
    if noted is None:
        return Notes()
    state, *copy = noted
    host, number = _copy(found)
    own, paused = copy == [host, str(number)], state == domain_xml.PAUSED
    return Notes(paused and own, paused and not own, not paused and own, not paused and not own)


def _is_noted(found: Any, shown_by: int) -> bool:
    return domain_xml.noted_state(str(found.XMLDesc(shown_by))) is not None


def _copy(found: Any) -> tuple[str, int]:
    # The first label alone: libvirt appends the domain as long as its host's resolver tells it (virGetHostname).
    return str(found.connect().getHostname()).partition(".")[0], int(found.ID())


def _write(found: Any, text: str | None, flags: int) -> None:
    kind = libvirt.VIR_DOMAIN_METADATA_ELEMENT
    found.setMetadata(kind, text, domain_xml.PAUSE_KEY, domain_xml.PAUSE_NAMESPACE, flags)
