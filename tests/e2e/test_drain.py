# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole host, emptied and given its domains back, on real Xen hosts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.support.lab import Lab
from tests.support.playbooks import Playbooks

DRAIN = "xen_host_drain"
MOVERS = ("first", "second")


def test_what_can_leave_a_host_leaves_it_at_once_and_comes_home_as_it_was(
    lab: Lab, guests: Callable[..., None], playbooks: Playbooks
) -> None:
    """A PV domain can't be moved live with Debian's Xen: nothing moves because of it, until the others are told to."""
    guests(*MOVERS, options=("--autostart",))
    guests("stays", options=("--kind", "pv", "--no-wait"))
    before = {name: lab.copy("xen-a", name) for name in MOVERS}
    ticks = {name: lab.ticks(name) for name in MOVERS}
    wish: dict[str, Any] = {"module": DRAIN, "host": "xen-a", "hosts": lab.hosts("xen-a", "xen-b")}

    refused = playbooks.start(**wish).end().result
    assert (refused["failed"], refused["changed"]) == (True, False)
    assert [(one["domain"], one["code"]) for one in refused["blocked"]] == [("stays", "live_impossible")]
    assert lab.names("xen-b") == set()

    drained = (
        playbooks.start(partial=True, leftovers_ok=True, moves_per_source=2, moves_per_destination=2, **wish)
        .end()
        .result
    )
    assert not drained.get("failed"), drained
    assert (lab.names("xen-a"), lab.names("xen-b")) == ({"stays"}, set(MOVERS))
    first, second = sorted(drained["moves"], key=lambda move: float(move["started"]))
    assert second["started"] < first["started"] + first["duration"], "they were to move at the same time"

    restored = playbooks.start(state="restored", **wish).end().result
    assert restored["changed"], restored
    for name in MOVERS:
        copy, known = lab.copy("xen-a", name), before[name]
        assert copy is not None
        assert known is not None
        assert (copy.next_boot_xml, copy.autostart) == (known.next_boot_xml, known.autostart)
        assert lab.wait_for_tick_after(name, ticks[name]["count"])["boot"] == ticks[name]["boot"]
    assert playbooks.start(state="restored", **wish).end().changed == 0
