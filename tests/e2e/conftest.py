# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One lab for all tests of a process: two Debian 12 hosts, and two Debian 13 hosts for those that need them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.lab import GUEST_MIB, Lab, bring_up
from tests.support.playbooks import ROOT, Playbooks

STATE = ROOT / ".build" / "e2e"


@pytest.fixture(scope="session")
def lab(worker_id: str) -> Iterator[Lab]:
    """xen-a and xen-b, with Debian 12; a lab of the process's own, beside others that may be up, and gone afterwards."""
    # Moves that go on at once are counted in TMPDIR, by the names of their hosts.
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as directory:
        patch.setenv("TMPDIR", directory)
        patch.setenv("XDG_STATE_HOME", str(STATE / worker_id))
        running = bring_up("12", "12")
        yield running
        running.xenlab("down")


@pytest.fixture(scope="session")
def bigger_lab(lab: Lab) -> Lab:
    """And xen-c and xen-d, with Debian 13."""
    lab.uris.update(bring_up("12", "12", "13", "13").uris)
    return lab


@pytest.fixture
def guests(lab: Lab) -> Iterator[Callable[..., None]]:
    """Add guests to a host, as small as they can be; they are removed afterwards, wherever they are by then."""
    added: list[str] = []

    def add(*names: str, host: str = "xen-a", options: tuple[str, ...] = ()) -> None:
        added.extend(names)
        memory = () if "--memory" in options else ("--memory", str(GUEST_MIB))
        lab.xenlab("guest", "add", "--host", host, *memory, *options, "--", *names)

    yield add
    if added:
        lab.xenlab("guest", "remove", "--all")


@pytest.fixture
def playbooks(tmp_path: Path) -> Playbooks:
    """Runs of ansible-playbook from this machine."""
    return Playbooks(tmp_path)
