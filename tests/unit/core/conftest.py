# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all tests of the core share."""

from __future__ import annotations

import pytest

CORE = "ansible_collections.xenfleet.migration.plugins.module_utils._core"
WAITS = {
    "transfer.RETRY_SECONDS": 1,  # enough for what was told to be too late to come to its end
    "verify.SETTLE_SECONDS": 0.3,
    "verify.POLL_SECONDS": 0.01,
    "recover.APART_SECONDS": 0.01,
    "recover.ALIVE_SECONDS": 1,
    "recover.TRANSFER_SECONDS": 0.3,
    "recover.POLL_SECONDS": 0.01,
}


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A verdict of doubt is reached in a moment instead of a minute, and what could not be ended is tried again at once."""
    for name, seconds in WAITS.items():
        monkeypatch.setattr(f"{CORE}.{name}", seconds)
