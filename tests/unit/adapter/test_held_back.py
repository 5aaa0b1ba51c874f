# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A domain that its destination keeps paused runs as soon as its source has given it up, and no sooner."""

from __future__ import annotations

from contextlib import closing
from threading import Event
from typing import Any

import libvirt
import pytest
from fleet import FakeFleet, uuid_of
from shell import run_here

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import HypervisorError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.hypervisor import Transfer
from ansible_collections.xenfleet.migration.plugins.module_utils._core.later import Later
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Host
from ansible_collections.xenfleet.migration.plugins.module_utils._core.suspension import Suspension
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.held_back import HeldBack
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.xen_host import connector

WEB01 = uuid_of("web01")
XEN_ID = 1
TRANSFER = Transfer("192.0.2.12", live=True, paused=False, persistent=False, new_name=None)
CASES = {
    # what the source's shell answers, whether the transfer was to be stopped, and how it is when the move is about to end
    "it is given up": ("asked 1.0\ngiven 2.0", False, "running"),
    "nobody sees it given up": ("asked 1.0\ngone 2.0", False, "paused"),
    "nobody can tell": ("sh: 1: xenstore-watch: not found", False, "paused"),
    "what stopped the move may have paused it": ("asked 1.0\ngiven 2.0", True, "paused"),
}


@pytest.mark.parametrize(("answer", "stopped", "before_the_end"), CASES.values(), ids=CASES)
def test_while_its_move_goes_on(
    fleet: FakeFleet, monkeypatch: pytest.MonkeyPatch, answer: str, stopped: bool, before_the_end: str
) -> None:
    fleet.add_domain("web01", "xen-a", persistent=False)
    really, asked, arrived = libvirt.virDomain.migrate3, Event(), Event()
    seen: list[Any] = []

    def run(argv: list[str], data: str | None) -> tuple[int, str, str]:
        if "/libxl/" not in argv[-1]:
            return run_here(argv, data)
        asked.set()
        assert arrived.wait(10)
        return 0, f"{answer}\n", ""

    def migrate3(domain: Any, *given: Any) -> Any:
        destination._connections.make_ready()  # it is being opened by another thread
        handing_over.begin()
        assert asked.wait(10)
        if stopped:
            source.end_transfer(WEB01, "192.0.2.12")
        made = really(domain, *given)
        arrived.set()
        assert handing_over.is_there_within(10)
        seen.append(fleet.placement()["web01"])
        return made

    monkeypatch.setattr(libvirt.virDomain, "migrate3", migrate3)
    hosts = (Host(name, fleet.uris()[name]) for name in ("xen-a", "xen-b"))
    with closing(connector(run)(next(hosts))) as source, closing(connector(run)(next(hosts))) as destination:
        handing_over = Later(lambda: source.follow_suspension(WEB01, XEN_ID, Suspension()))
        source.send(WEB01, destination, TRANSFER)
    assert seen == [[f"xen-b: {before_the_end}"]]
    assert fleet.placement()["web01"] == ["xen-b: running"]
    assert fleet.calls("resume") == 1


def test_where_it_could_not_run_without_delay_it_runs_at_the_end() -> None:
    resumed: list[None] = []
    held = HeldBack(lambda: resumed.append(None), lambda: False)
    held.let_run_early()
    assert (held.runs, resumed) == (False, [])
    held.let_run()
    held.let_run()
    assert (held.runs, resumed) == (True, [None])


def test_what_was_seen_is_told_where_its_destination_refuses_to_have_it_run_early(fleet: FakeFleet) -> None:
    def refuse() -> bool:
        raise HypervisorError("xen-b", "resume a domain", "no answer")

    def run(_argv: list[str], _data: str | None) -> tuple[int, str, str]:
        return 0, "asked 1.0\ngiven 2.0\n", ""

    with closing(connector(run)(Host("xen-a", fleet.uris()["xen-a"]))) as source:
        source._held_back[WEB01] = HeldBack(lambda: None, refuse)
        found = source.follow_suspension(WEB01, XEN_ID, Suspension())
    assert (found.asked, found.given_up, found.runs) == (1.0, True, False)


def test_a_domain_that_is_not_on_its_way_is_not_touched(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a", state="paused")
    with closing(connector(run_here)(Host("xen-a", fleet.uris()["xen-a"]))) as source:
        source.follow_suspension(WEB01, XEN_ID, Suspension())
    assert (fleet.placement()["web01"], fleet.calls("resume")) == (["xen-a: paused"], 0)
