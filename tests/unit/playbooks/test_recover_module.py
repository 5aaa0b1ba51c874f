# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole ansible-playbook runs of xen_domain_recover, with connections given to the task and from an inventory."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from asking import A, B, at, book, inventory
from fleet import FakeFleet
from playing import ROOT, Run, play, play_book

MODULE = "xenfleet.migration.xen_domain_recover"
OWN = {"_ansible_no_log", "changed", "exception", "failed", "invocation", "inventory_host", "warnings"}
HASTE = "import time\nreally = time.sleep\ntime.sleep = lambda seconds: really(min(seconds, 0.1))\n"
"""What Python is to do first, so that two looks are not 20 s apart."""
STEPS = [
    "restart libvirt's daemon on xen-a (domains go on running)",
    "restart libvirt's daemon on xen-b (domains go on running)",
    "destroy the copy on xen-b (Xen id 2), which is paused, and has never run there",
    "wake it on xen-a",
]


@pytest.fixture
def halfway(fleet: FakeFleet) -> FakeFleet:
    """The caller of web01's move died in the middle; db01 is well."""
    fleet.add_domain("web01", "xen-a", autostart=True)
    fleet.add_domain("db01", "xen-b")
    fleet.leave("web01", "xen-a", "xen-b", "halfway")
    return fleet


@pytest.fixture(autouse=True)
def haste(fleet: FakeFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    (fleet.directory / "sitecustomize.py").write_text(HASTE)
    path = f"{fleet.directory}:{fleet.environment()['PYTHONPATH']}"
    monkeypatch.setattr(FakeFleet, "environment", lambda own: {**environment(own), "PYTHONPATH": path})


environment = FakeFleet.environment


def from_inventory(fleet: FakeFleet, *tasks: dict[str, Any], arguments: tuple[str, ...] = ()) -> Run:
    steps = [{MODULE: task} for task in tasks]
    return play_book(fleet, book(*steps), inventory(fleet, {"xen-a": at(A), "xen-b": at(B)}), arguments)


def test_from_an_inventory_one_task_finds_and_mends_and_the_next_finds_nothing(halfway: FakeFleet) -> None:
    (planned,) = from_inventory(halfway, {}, arguments=("--check",)).results
    assert (planned["failed"], planned["changed"]) == (False, True)
    assert halfway.in_xen()["web01"] == ["xen-a: suspended", "xen-b: paused"]
    run = from_inventory(halfway, {}, {})
    mended, again = run.results
    assert run.code == 0
    for told, status in ((planned, "planned"), (mended, "repaired")):
        (case,) = told["cases"]
        assert (case["domain"], case["code"], case["status"], case["repairs"]) == ("web01", "suspended", status, STEPS)
        assert {copy["host"]: copy["xen"] for copy in case["copies"]} == {"xen-a": "suspended", "xen-b": "paused"}
        assert told["healthy"] == ["db01"]
    assert mended["changed"]
    assert mended["msg"].startswith("Mended. web01: a broken move left it standing still")
    assert (again["changed"], again["cases"], again["healthy"]) == (False, [], ["db01", "web01"])
    assert halfway.placement() == halfway.in_xen() == {"web01": ["xen-a: running"], "db01": ["xen-b: running"]}
    assert halfway.domain("web01", "xen-a")["autostart"]


def test_check_mode_only_reads(halfway: FakeFleet) -> None:
    before = halfway.snapshot()
    (told,) = play(halfway, {"name": "web01"}, module=MODULE, arguments=("--check",)).results
    assert (told["failed"], told["changed"], told["cases"][0]["status"]) == (False, True, "planned")
    assert halfway.snapshot() == before


def test_names_choose_and_what_no_host_shows_fails(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    fleet.add_domain("db01", "xen-b")
    fleet.leave("web01", "xen-a", "xen-b", "source stopped")
    before = fleet.snapshot()
    well, missing = play(fleet, {"name": "db01"}, {"name": ["db01", "nobody"]}, module=MODULE).results
    assert [well[key] for key in ("failed", "changed", "cases", "healthy")] == [False, False, [], ["db01"]]
    assert (missing["failed"], missing["missing"], missing["healthy"]) == (True, ["nobody"], ["db01"])
    assert "No host shows a domain nobody." in missing["msg"]
    assert fleet.snapshot() == before


def test_what_is_not_certain_is_refused_and_a_silent_host_is_a_warning(halfway: FakeFleet) -> None:
    halfway.set_up("xen-b", False)
    before = halfway.snapshot()
    (told,) = play(halfway, {}, module=MODULE).results
    assert (told["failed"], told["changed"], told["cases"][0]["status"]) == (True, False, "refused")
    assert "It must not run on before all hosts have shown that they have no copy" in told["msg"]
    assert "xen-b was not asked for all it has" in str(told["warnings"])
    assert halfway.snapshot() == before


def test_two_running_copies_fail_and_are_left_alone(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    fleet.leave("web01", "xen-a", "xen-b", "two running")
    before = fleet.snapshot()
    (told,) = play(fleet, {}, module=MODULE).results
    assert (told["failed"], told["cases"][0]["code"]) == (True, "two_running")
    assert fleet.snapshot() == before


def test_options_that_can_t_be_right_are_an_error_before_any_host_is_asked(fleet: FakeFleet) -> None:
    hostile = {"xen-a": "xen+ssh://root:hunter2@192.0.2.11/system"}
    (told,) = play(fleet, {"hosts": hostile}, module=MODULE).results
    assert told["failed"]
    assert "it holds a password" in told["msg"]
    assert fleet.all_calls() == 0


def test_what_is_returned_is_what_the_documentation_says(halfway: FakeFleet) -> None:
    text = (ROOT / "plugins/modules/xen_domain_recover.py").read_text()
    documented = yaml.safe_load(text.partition('RETURN = r"""')[2].partition('"""')[0])
    (told,) = play(halfway, {}, module=MODULE).results
    assert set(told) - OWN == set(documented)
    (case,) = told["cases"]
    assert set(case) == set(documented["cases"]["contains"])
    assert set(case["copies"][0]) == set(documented["cases"]["contains"]["copies"]["contains"])
