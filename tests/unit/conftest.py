# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every test sees the fake libvirt in place of libvirt-python, and the fake ssh in place of ssh."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FAKE = ROOT / "tests" / "fake_libvirt"
sys.path[:0] = [str(FAKE), str(ROOT)]  # the latter for tests.support

from fleet import FakeFleet  # noqa: E402


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeFleet:
    """Two empty hosts, xen-a and xen-b, 4 GiB each."""
    made = FakeFleet(tmp_path / "fleet")
    for variable in ("FAKE_LIBVIRT_STATE", "PYTHONPATH", "PATH"):
        monkeypatch.setenv(variable, made.environment()[variable])
    made.add_host("xen-a")
    made.add_host("xen-b")
    return made
