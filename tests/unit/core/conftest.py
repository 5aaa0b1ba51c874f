# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all tests of the core share."""

from __future__ import annotations

import importlib
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

CORE = "ansible_collections.xenfleet.migration.plugins.module_utils._core"
SHELL = "ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.shell"
LONG_STRIDES = {
    "verify.SETTLE_SECONDS": 60,
    "verify.POLL_SECONDS": 25,
    "recover.APART_SECONDS": 20,
    "recover.TRANSFER_SECONDS": 60,
    "recover.ALIVE_SECONDS": 60,
    "recover.POLL_SECONDS": 25,
}
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


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Let time go on by itself only, wait with long strides, and return where the fleet is."""
    world = importlib.import_module("world")  # it wants the collection, which isn't there yet when this file is read
    clock = world.Clock()
    for module in (f"{CORE}.recover", f"{CORE}.verify", "fake_xen.host"):
        monkeypatch.setattr(f"{module}.time", clock)
    monkeypatch.setattr(f"{CORE}.later.threading", SimpleNamespace(Thread=world.Here, Lock=threading.Lock))
    monkeypatch.setattr(f"{SHELL}.TemporaryDirectory", lambda prefix: SimpleNamespace(name=prefix, cleanup=int))
    for name, seconds in LONG_STRIDES.items():
        monkeypatch.setattr(f"{CORE}.{name}", seconds)
    monkeypatch.setenv("FAKE_LIBVIRT_STATE", str(tmp_path / "memory"))
    return tmp_path / "memory"
