# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A destination is looked at while memory comes in, and left alone when the move is about to end."""

from __future__ import annotations

from typing import Any

import pytest
from make import domain, move
from world import Here

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import HypervisorError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.hypervisor import Connection
from ansible_collections.xenfleet.migration.plugins.module_utils._core.teller import Teller
from ansible_collections.xenfleet.migration.plugins.module_utils._core.watch import Watch

CORE = "ansible_collections.xenfleet.migration.plugins.module_utils._core"
KIB = 256 * 1024


class Destination:
    """Has less memory free with every look, until the domain's is there."""

    def __init__(self) -> None:
        self.looks = 0

    def free_memory_kib(self) -> int:
        self.looks += 1
        return 10 * KIB - min(4, self.looks - 1) * KIB // 2


class Source:
    """Tells that bytes are acknowledged."""

    def acknowledged(self, _uuid: str, _address: str) -> int:
        return 1


@pytest.mark.parametrize("live", [True, False], ids=["live", "not live"])
def test_a_destination_is_asked_until_the_first_pass_is_there(monkeypatch: pytest.MonkeyPatch, live: bool) -> None:
    """What it would tell later is of no use, and it has its part of the move to do."""
    monkeypatch.setattr(f"{CORE}.later.threading.Thread", Here)
    monkeypatch.setattr(f"{CORE}.watch.LOOK_SECONDS", 0)
    destination: Any = Destination()
    source: Any = Source()
    watch = Watch(move(domain(mib=256), live=live), source, destination, Teller(move()))
    monkeypatch.setattr(watch.pause, "begin", lambda: None)
    watch.begin()
    for _tick in range(5):
        watch.tick()
    assert destination.looks == 3


class Silent:
    """A host of which some calls fail, the others return what they are told to."""

    def __init__(self, **answers: Any) -> None:
        self._answers = answers

    def __getattr__(self, call: str) -> Any:
        def answer(*_what: Any) -> Any:
            if call not in self._answers:
                raise HypervisorError("xen-a", call, "no answer")
            return self._answers[call]

        return answer


WAITS = Connection("192.0.2.11:55022", "192.0.2.12:49152")
DESERTED: dict[str, tuple[Silent, Silent, bool]] = {
    "nothing answers at the source, and memory is waited for": (Silent(), Silent(waiting_reception=WAITS), True),
    "only the source's shell is missing": (Silent(inspect=domain()), Silent(waiting_reception=WAITS), False),
    "memory comes in all the same": (Silent(), Silent(waiting_reception=True), False),
    "the destination can't be asked, either": (Silent(), Silent(), False),
}


@pytest.mark.parametrize(("source", "destination", "deserted"), DESERTED.values(), ids=DESERTED)
def test_a_destination_is_deserted_where(
    monkeypatch: pytest.MonkeyPatch, source: Any, destination: Any, deserted: bool
) -> None:
    monkeypatch.setattr(f"{CORE}.later.threading.Thread", Here)
    monkeypatch.setattr(f"{CORE}.watch.LOOK_SECONDS", 0)
    monkeypatch.setattr(f"{CORE}.trace.ASK_SECONDS", 0)
    watch = Watch(move(domain(mib=256)), source, destination, Teller(move()))
    watch.begin()
    watch.tick()
    stall = watch.tick()
    assert (stall is not None and stall.deserted) is deserted
