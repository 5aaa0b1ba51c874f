# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests of the adapter share."""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from xen_tools import UUID, XL, script


@pytest.fixture
def port() -> Iterator[int]:
    """A migration port at which somebody listens."""
    with closing(socket.socket()) as listening:
        for number in range(49152, 49217):
            try:
                listening.bind(("127.0.0.1", number))
            except OSError:
                continue
            listening.listen()
            yield number
            return
    pytest.fail("no migration port is free here")


@pytest.fixture(scope="module")
def alone() -> Iterator[None]:
    """For files that begin processes which pass for Xen's, or look for such: one at a time on this machine."""
    with (Path(tempfile.gettempdir()) / f"xenfleet-tests-{os.getuid()}").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture
def xen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with ``xl`` and the state that it shows for domain 7; ``log`` is what it was asked."""
    (tmp_path / "state").write_text("-b----")
    script(tmp_path / "xl", XL.format(uuid=UUID, log=tmp_path / "log", state=tmp_path / "state"))
    script(tmp_path / "xenstore-read", "#!/bin/sh\n")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return tmp_path
