# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two libraries that the adapter needs, private to this collection: imported if they are there, told of if not."""

from __future__ import annotations

import traceback
from typing import Any

libvirt: Any = None
etree: Any = None
PACKAGES = {
    "libvirt": "libvirt-python (Debian: python3-libvirt, Fedora: python3-libvirt)",
    "lxml": "lxml (Debian: python3-lxml, Fedora: python3-lxml)",
}
"""Import name -> what to install, on PyPI and from distributions."""
problems: dict[str, str] = {}
"""Import name -> traceback, for each library that can't be imported."""

try:
    import libvirt as _libvirt
except ImportError:
    problems["libvirt"] = traceback.format_exc()
else:
    libvirt = _libvirt

try:
    from lxml import etree as _etree
except ImportError:
    problems["lxml"] = traceback.format_exc()
else:
    etree = _etree
