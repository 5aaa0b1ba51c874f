# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A note of a domain's home in its metadata, private to this collection."""

from __future__ import annotations

from typing import Any

from .dependencies import libvirt
from .domain_xml import HOME_KEY, HOME_NAMESPACE, home_element


def note_home(found: Any, home: str | None) -> None:
    """Note a domain's home, or with None take the note away, wherever the domain has a configuration: running, and defined."""
    text = None if home is None else home_element(home)
    flags = (libvirt.VIR_DOMAIN_AFFECT_LIVE if found.isActive() else 0) | (
        libvirt.VIR_DOMAIN_AFFECT_CONFIG if found.isPersistent() else 0
    )
    found.setMetadata(libvirt.VIR_DOMAIN_METADATA_ELEMENT, text, HOME_KEY, HOME_NAMESPACE, flags)
