# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole ansible-playbook runs that fail: each error names what it is about and what was not touched."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from fleet import FakeFleet, domain_xml
from playing import ROOT, play


def test_a_wish_that_can_t_be_right_is_refused_before_any_host_is_asked(fleet: FakeFleet) -> None:
    web01 = {"name": "web01", "host": "xen-b"}
    placement = {"placement": {"web01": "xen-b"}}
    hostile = "xen+ssh://root:hunter2@192.0.2.11/system"
    wrong = {
        "one of the following is required: name, placement": {},
        "mutually exclusive: name|placement": {**web01, **placement},
        "xen-c, which is unknown. Known hosts: xen-a, xen-b": {"placement": {"web01": "xen-c"}},
        "The connection URI of host xen-a is refused: it holds a password": {**web01, "hosts": {"xen-a": hostile}},
        "unable to convert to float": {**web01, "bandwidth": "fast"},
    }
    run = play(fleet, *wrong.values())
    told = [str(result["msg"]) for result in run.results]
    assert [text for text, message in zip(wrong, told, strict=True) if text not in message] == []
    assert {result["failed"] for result in run.results} == {True}
    assert not any(result.get("changed") for result in run.results)
    assert fleet.all_calls() == 0


def test_what_speaks_against_a_move_is_told_with_its_findings(fleet: FakeFleet) -> None:
    fleet.change_host("xen-a", virt_caps=["pv", "hvm", "hap"])
    fleet.add_domain("pv01", "xen-a", xml=domain_xml("pv01", kind="pv"))
    fleet.add_domain("big", "xen-a", xml=domain_xml("big", memory_mib=2900))
    fleet.change_host("xen-b", memory_kib=2000 * 1024)
    fleet.add_domain("twice", "xen-a", state="shut off")
    fleet.add_domain("twice", "xen-b", state="shut off")
    before = fleet.snapshot()
    wishes = {
        "live_impossible": {"name": "pv01", "host": "xen-b"},
        "memory_short": {"name": "big", "host": "xen-b"},
        "domain_ambiguous": {"name": "twice", "host": "xen-b"},
    }
    run = play(fleet, *wishes.values())
    for (code, wish), result in zip(wishes.items(), run.results, strict=True):
        (blocking,) = [finding for finding in result["findings"] if finding["severity"] == "blocks"]
        assert (result["failed"], blocking["code"]) == (True, code)
        assert str(wish["name"]) in result["msg"]
        assert blocking["message"] in result["msg"]
    assert fleet.snapshot() == before


def test_a_host_that_does_not_answer_is_named_with_its_uri(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    fleet.set_up("xen-b", False)
    (result,) = play(fleet, {"name": "web01", "host": "xen-b"}).results
    assert result["failed"]
    assert "xen-b could not be reached at xen+ssh://root@192.0.2.12/system: " in result["msg"]
    assert "No route to host" in result["msg"]
    assert "Traceback" not in str(result)


def test_a_move_that_fails_tells_of_every_move(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    fleet.add_domain("db01", "xen-a")
    fleet.fail("xen-a", "migrate3", message="the cable is out")
    wish = {"name": ["web01", "db01"], "host": "xen-b", "moves_at_once": 1, "stop_on_failure": True}
    (result,) = play(fleet, wish).results
    assert (result["failed"], result["changed"]) == (True, False)
    assert [move["status"] for move in result["moves"]] == ["failed", "not begun"]
    assert all(word in result["moves"][0]["error"] for word in ("web01", "xen-a", "xen-b", "the cable is out"))
    assert {name: domain["host"] for name, domain in result["domains"].items()} == {"web01": "xen-a", "db01": "xen-a"}
    assert fleet.placement() == {"web01": ["xen-a: running"], "db01": ["xen-a: running"]}


def test_a_move_that_fails_does_not_keep_another_from_being_made(fleet: FakeFleet) -> None:
    for name in ("web01", "db01", "mail"):
        fleet.add_domain(name, "xen-a")
    fleet.fail("xen-a", "migrate3", message="the cable is out")
    (result,) = play(fleet, {"name": ["web01", "db01", "mail"], "host": "xen-b"}).results
    assert (result["failed"], result["changed"]) == (True, True)
    assert sorted(move["status"] for move in result["moves"]) == ["failed", "moved", "moved"]
    assert sorted(fleet.placement().values()) == [["xen-a: running"], ["xen-b: running"], ["xen-b: running"]]


def test_numbers_of_moves_at_once_that_cannot_be_meant_are_refused(fleet: FakeFleet) -> None:
    (result,) = play(fleet, {"name": "web01", "host": "xen-b", "moves_per_source": 9}).results
    assert result["failed"]
    assert "moves_per_source is 9: it must be 1 to 4." in result["msg"]


def test_a_move_that_arrived_although_libvirt_said_no_is_a_warning(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    fleet.fail("xen-a", "migrate3", when="after", message="the answer was lost")
    (result,) = play(fleet, {"name": "web01", "host": "xen-b"}).results
    assert (result["failed"], result["changed"]) == (False, True)
    assert "the answer was lost" in str(result["warnings"])


@pytest.mark.parametrize(("library", "package"), [("libvirt", "python3-libvirt"), ("lxml", "python3-lxml")])
def test_a_missing_library_is_named_with_its_package(
    fleet: FakeFleet, tmp_path: Path, library: str, package: str
) -> None:
    (tmp_path / f"{library}.py").write_text("raise ImportError('not here')")
    (result,) = play(
        fleet, {"name": "web01", "host": "xen-b"}, PYTHONPATH=f"{tmp_path}:{fleet.environment()['PYTHONPATH']}"
    ).results
    assert result["failed"]
    assert package in result["msg"]


def test_what_is_returned_is_what_the_documentation_says(fleet: FakeFleet) -> None:
    text = (ROOT / "plugins/modules/xen_domain_migrate.py").read_text()
    documented = yaml.safe_load(text.partition('RETURN = r"""')[2].partition('"""')[0])
    fleet.add_domain("web01", "xen-a")
    moved, blocked = play(fleet, {"name": "web01", "host": "xen-b"}, {"name": "nobody", "host": "xen-b"}).results
    assert set(moved["moves"][0]) == set(documented["moves"]["contains"])
    assert set(moved["domains"]["web01"]) == set(documented["domains"]["sample"]["web01"])
    assert set(blocked["findings"][0]) == set(documented["findings"]["contains"])
    own = {"_ansible_no_log", "changed", "diff", "exception", "failed", "invocation", "inventory_host", "warnings"}
    assert set(moved) | set(blocked) <= set(documented) | own
