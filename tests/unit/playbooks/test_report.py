# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports that playbooks write: where they go, when, and what is in them."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

from asking import at, inventory
from fleet import FakeFleet
from playing import Run, play_book

ROLE = "xenfleet.migration.place_domains"


def place(fleet: FakeFleet, *arguments: str, entry: str = "main", **variables: Any) -> Run:
    hosts = {name: at(address) for name, address in fleet.addresses().items()}
    task = {"name": "Role", "ansible.builtin.include_role": {"name": ROLE, "tasks_from": entry}, "vars": variables}
    book = [{"name": "Play", "hosts": "localhost", "gather_facts": False, "tasks": [task]}]
    return play_book(fleet, book, inventory(fleet, hosts), arguments)


def report(path: Path) -> tuple[str, dict[str, Any]]:
    """Return the text of the page, and the data."""
    page = path.with_suffix(".html").read_text()
    return html.unescape(re.sub(r"<style>.*?</style>|<[^>]*>", "", page, flags=re.DOTALL)), json.loads(
        path.with_suffix(".json").read_text()
    )


def outcome(data: dict[str, Any]) -> tuple[str, list[tuple[str, str]]]:
    return data["verdict"]["word"], [(move["domain"], move["status"]) for move in data["moves"]]


def test_a_move_is_reported_and_its_plan_in_check_mode(fleet: FakeFleet) -> None:
    path = fleet.directory / "new" / "directory" / "report"
    wish = {"place_domains_placement": {"web01": "xen-b"}, "place_domains_report": f"{path}.html"}
    fleet.add_domain("web01", "xen-a")
    run = place(fleet, "--check", "--diff", **wish)
    assert run.code == 0, run.output
    assert outcome(report(path)[1]) == ("Planned", [("web01", "planned")])
    assert "<!doctype html>" not in run.output
    assert fleet.placement()["web01"] == ["xen-a: running"]
    run = place(fleet, **wish)
    text, data = report(path)
    assert run.code == 0, run.output
    assert outcome(data) == ("All moved", [("web01", "moved")])
    assert "changed=1 " in run.output
    assert (data["schema"], data["failed"], data["title"]) == (1, False, "Moves of Xen domains")
    assert "The one move was made." in text
    assert f"Report: {path}.html" in run.output


def test_names_are_no_templates(fleet: FakeFleet) -> None:
    name = "{{ 7 * 7 }} {# no comment #}"
    fleet.add_domain(name, "xen-a")
    book = [
        {
            "name": "Play",
            "hosts": "localhost",
            "gather_facts": False,
            "tasks": [
                {
                    "name": "Look",
                    "xenfleet.migration.xen_domain_info": {"hosts": fleet.uris()},
                    "register": "found",
                },
                {
                    "name": "Report",
                    "ansible.builtin.include_role": {"name": "xenfleet.migration.report"},
                    "vars": {
                        "report_path": "relative",
                        "report_title": "Of {{ found.domains[0].name }}",
                        "report_result": {"moves": [{"domain": "{{ found.domains[0].name }}", "status": "moved"}]},
                    },
                },
            ],
        }
    ]
    run = play_book(fleet, book, "localhost,")
    assert run.code == 0, run.output
    text, data = report(fleet.directory / "relative")
    assert data["moves"][0]["domain"] == name
    assert data["title"] == f"Of {name}"
    assert f"Of {name}" in text


def test_a_failure_is_reported_and_stays_one(fleet: FakeFleet) -> None:
    path = fleet.directory / "report"
    wish = {"place_domains_names": "ghost", "place_domains_host": "xen-b", "place_domains_report": str(path)}
    run = place(fleet, **wish)
    text, data = report(path)
    assert run.code != 0
    assert outcome(data) == ("Blocked", [])
    assert "ghost" in text


def test_what_was_only_checked_is_reported_as_planned(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    path = fleet.directory / "report"
    wish = {"place_domains_names": "web01", "place_domains_host": "xen-b", "place_domains_report": str(path)}
    run = place(fleet, entry="preflight", **wish)
    assert run.code == 0, run.output
    assert outcome(report(path)[1]) == ("Planned", [("web01", "planned")])
    assert report(path)[1]["title"] == "Check of moves of Xen domains"


def test_nothing_moves_where_a_report_could_not_be_written(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    (fleet.directory / "file").write_text("kept")
    wish = {"place_domains_placement": {"web01": "xen-b"}, "place_domains_report": str(fleet.directory / "file/report")}
    run = place(fleet, **wish)
    assert run.code != 0
    assert fleet.placement()["web01"] == ["xen-a: running"]
    assert str(fleet.directory / "file") in run.output
