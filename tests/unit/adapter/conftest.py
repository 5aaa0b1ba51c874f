# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests of the adapter share."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing

import pytest


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
