# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all tests of the core share."""

from __future__ import annotations

import pytest

VERIFY = "ansible_collections.xenfleet.migration.plugins.module_utils._core.verify"
TRANSFER = "ansible_collections.xenfleet.migration.plugins.module_utils._core.transfer"


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A verdict of doubt is reached in a moment instead of a minute, and what could not be ended is tried again at once."""
    monkeypatch.setattr(f"{TRANSFER}.RETRY_SECONDS", 0.01)
    monkeypatch.setattr(f"{VERIFY}.SETTLE_SECONDS", 0.3)
    monkeypatch.setattr(f"{VERIFY}.POLL_SECONDS", 0.01)
