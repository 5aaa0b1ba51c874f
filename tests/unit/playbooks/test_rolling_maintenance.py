# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole runs of a rolling maintenance: what it leaves where it ends, and where the next one goes on."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asking import A, B, C, inventory
from fleet import FakeFleet, domain_xml
from playing import Run, play_book
from whole_hosts_runs import DRAIN, job, on, tasks, three_hosts

from tests.support.jobs import Job


@pytest.fixture
def fleet(fleet: FakeFleet) -> FakeFleet:
    """Three hosts, and two domains on the first."""
    return three_hosts(fleet)


def local(address: str, host: str) -> dict[str, object]:
    """Return a host whose own tasks run here; libvirt is reached as ever."""
    return {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "xen_uri": f"xen+ssh://root@{address}/system",
        "rolling_maintenance_marker": f"{{{{ where }}}}/{host}",
    }


@pytest.fixture
def maintained(fleet: FakeFleet) -> dict[str, dict[str, object]]:
    """Return hosts that tasks can be run on, and have such tasks: they write down which domains run on the host meanwhile."""
    (fleet.directory / "upgrade.yml").write_text(
        json.dumps(
            [
                {
                    "name": "Upgrade",
                    "ansible.builtin.shell": "echo {{ inventory_hostname }} >> {{ where }}/upgraded",
                    "changed_when": True,
                },
                {
                    "name": "Break",
                    "ansible.builtin.fail": {"msg": "no space left"},
                    "when": "inventory_hostname == breaks | default('')",
                },
            ]
        )
    )
    return {"xen-a": local(A, "xen-a"), "xen-b": local(B, "xen-b"), "xen-c": local(C, "xen-c")}


XENSTORE = """#!{python}
import sys
from pathlib import Path
from fake_xen import store, xen
record = store.load(Path("{directory}"))["hosts"]["xen-a"]
names = {{str(domain["id"]): domain["name"] for domain in xen.active(record)}}
names |= {{str(number): name for number, name in enumerate(record["outsiders"].values(), 1000)}}
names |= {{str(number): name for number, name in enumerate(Path("{unseen}").read_text().split(), 2000)}}
if sys.argv[0].endswith("list"):
    assert sys.argv[1:] == ["/local/domain"]
    print(*names, sep="\\n")
else:
    print(names[sys.argv[1].split("/")[3]])
"""


@pytest.fixture
def xenstore(fleet: FakeFleet, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have a host's own tasks find programs that read xen-a's store; returns a file for names that nobody else knows."""
    programs, unseen = fleet.directory / "programs", fleet.directory / "unseen"
    programs.mkdir()
    for name in ("xenstore-list", "xenstore-read"):
        (programs / name).write_text(XENSTORE.format(python=sys.executable, directory=fleet.directory, unseen=unseen))
        (programs / name).chmod(0o700)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    unseen.touch()
    return unseen


def maintain(fleet: FakeFleet, hosts: dict[str, dict[str, object]], **answers: object) -> Job:
    where = str(fleet.directory)
    return job(
        fleet,
        "rolling_maintenance",
        hosts,
        where=where,
        rolling_maintenance_tasks=f"{where}/upgrade.yml",
        rolling_maintenance_run="kernels",
        **answers,
    )


def test_a_maintenance_stops_at_trouble_and_the_next_run_goes_on_from_there(
    fleet: FakeFleet, maintained: dict[str, dict[str, object]]
) -> None:
    fleet.add_domain("mail", "xen-b")
    before = fleet.placement()
    upgraded = fleet.directory / "upgraded"
    broken = maintain(fleet, maintained, breaks="xen-b")
    assert broken.status == "failed"
    assert upgraded.exists(), broken.output
    assert upgraded.read_text().split() == ["xen-a", "xen-b"]
    assert on(fleet, "xen-b") == set()
    assert on(fleet, "xen-a") >= {"web01", "db01"}
    done = maintain(fleet, maintained)
    assert done.status == "successful", done.output
    assert upgraded.read_text().split() == ["xen-a", "xen-b", "xen-b", "xen-c"]
    assert fleet.placement() == before
    again = maintain(fleet, maintained)
    assert again.status == "successful", again.output
    assert upgraded.read_text().split() == ["xen-a", "xen-b", "xen-b", "xen-c"]


def upgraded(fleet: FakeFleet) -> list[str]:
    """Return the hosts on which the tasks were run, in that order."""
    written = fleet.directory / "upgraded"
    return written.read_text().split() if written.exists() else []


def roll(fleet: FakeFleet, *arguments: str, **variables: object) -> Run:
    """Run a playbook of a user's own, which has the role and other files beside it, over xen-a."""
    play = {
        "name": "Maintain",
        "hosts": "xen_hosts",
        "gather_facts": False,
        "vars": {"where": str(fleet.directory), **variables},
        "roles": ["xenfleet.migration.rolling_maintenance"],
    }
    hosts = {"xen-a": local(A, "xen-a"), "xen-b": local(B, "xen-b"), "xen-c": local(C, "xen-c")}
    return play_book(fleet, [play], inventory(fleet, hosts), ("--limit", "xen-a", *arguments))


@pytest.mark.parametrize("name", ["main.yml", "maintain.yml", "tasks/upgrade.yml"])
def test_tasks_of_one_s_own_are_those_beside_the_playbook_whatever_they_are_called(fleet: FakeFleet, name: str) -> None:
    """A loop of theirs doesn't meet one of the role's."""
    file = fleet.directory / name
    file.parent.mkdir(exist_ok=True)
    write = {"ansible.builtin.shell": "echo {{ item }} >> {{ where }}/upgraded", "loop": ["kernel", "libvirt"]}
    file.write_text(json.dumps([{"name": "Upgrade", "changed_when": True, **write}]))
    run = roll(fleet, rolling_maintenance_tasks=name)
    assert run.code == 0, run.output
    assert upgraded(fleet) == ["kernel", "libvirt"]
    assert "already in use" not in run.output


def home_is_silent(fleet: FakeFleet) -> None:
    fleet.set_up("xen-b", False)


def home_is_full(fleet: FakeFleet) -> None:
    fleet.add_domain("squatter", "xen-a", xml=domain_xml("squatter", memory_mib=3400))


def nothing_comes_home(fleet: FakeFleet) -> None:
    fleet.fail("xen-b", "migrate3", message="the cable is out", times=9)


def mark(fleet: FakeFleet, host: str = "xen-a") -> list[str]:
    """Return the lines of the mark that tells how far a host is."""
    written = fleet.directory / host
    return written.read_text().splitlines() if written.exists() else []


TROUBLE: dict[str, tuple[Callable[[FakeFleet], None], str]] = {
    "a host that may have domains can't be asked": (
        home_is_silent,
        "xen-b could not be asked: domains whose home is xen-a may be left there.",
    ),
    "a domain finds no room at home": (home_is_full, "1 domain can't come home. "),
    "a move home fails": (nothing_comes_home, "the cable is out"),
}


@pytest.fixture
def away(fleet: FakeFleet) -> FakeFleet:
    """Whose home is xen-a is on xen-b."""
    tasks(fleet, {DRAIN: {"host": "xen-a", "destinations": "xen-b"}})
    assert on(fleet, "xen-b") == {"web01", "db01"}
    return fleet


@pytest.mark.parametrize(("make", "words"), TROUBLE.values(), ids=TROUBLE)
def test_a_maintenance_ends_before_the_next_host_where_not_all_are_known_to_be_home(
    away: FakeFleet, maintained: dict[str, dict[str, object]], make: Callable[[FakeFleet], None], words: str
) -> None:
    make(away)
    stopped = maintain(away, maintained, rolling_maintenance_hosts="xen-a:xen-c")
    assert stopped.status == "failed"
    assert upgraded(away) == ["xen-a"]
    assert mark(away) == ["kernels", "maintained"]
    assert words in stopped.artifacts["xen_restore"]["msg"]
    assert "The maintenance ends here" in stopped.output
    assert "rolling_maintenance_leftovers_ok=true" in stopped.output


def test_a_host_that_was_maintained_already_only_gets_its_domains_back(
    away: FakeFleet, maintained: dict[str, dict[str, object]]
) -> None:
    """Neither the tasks are run nor is it rebooted again, which would fail here. The end of a run is a kill like any other."""
    home_is_silent(away)
    only = {"rolling_maintenance_hosts": "xen-a"}
    assert maintain(away, maintained, **only).status == "failed"
    away.set_up("xen-b", True)
    resumed = maintain(away, maintained, rolling_maintenance_reboot="always", **only)
    assert resumed.status == "successful", resumed.output
    assert upgraded(away) == ["xen-a"]
    assert (on(away, "xen-a"), mark(away)) == ({"web01", "db01"}, ["kernels", "done"])


@pytest.mark.usefixtures("xenstore")
def test_a_host_of_which_the_reboot_did_not_end_is_maintained_again(
    fleet: FakeFleet, maintained: dict[str, dict[str, object]]
) -> None:
    only = {"rolling_maintenance_hosts": "xen-a"}
    assert maintain(fleet, maintained, rolling_maintenance_reboot="always", **only).status == "failed"
    assert (upgraded(fleet), on(fleet, "xen-a"), mark(fleet)) == (["xen-a"], set(), [])
    assert maintain(fleet, maintained, **only).status == "successful"
    assert (upgraded(fleet), on(fleet, "xen-a")) == (["xen-a", "xen-a"], {"web01", "db01"})


def while_worked_on(fleet: FakeFleet, *steps: dict[str, object]) -> None:
    """Have these be the tasks on a host."""
    (fleet.directory / "upgrade.yml").write_text(json.dumps([{"name": "Meanwhile", **step} for step in steps]))


REBOOT = "Reboot the host: "
"""How the error begins of a run that comes to it, and ends there: nobody reboots the machine of the tests."""


def ended(job: Job) -> dict[str, Any]:
    """Return what is told of xen-a."""
    told: dict[str, Any] = job.artifacts["xen_maintenance"]["hosts"]["xen-a"]
    return told


MAIL_COMES = {
    "xenfleet.migration.xen_domain_migrate": {"name": "mail", "host": "xen-a"},
    "delegate_to": "localhost",
}


@pytest.mark.usefixtures("xenstore")
def test_a_domain_that_came_while_the_host_was_worked_on_leaves_before_the_reboot(
    fleet: FakeFleet, maintained: dict[str, dict[str, object]]
) -> None:
    fleet.add_domain("mail", "xen-b")
    while_worked_on(fleet, MAIL_COMES)
    answers = {"rolling_maintenance_report": str(fleet.directory / "pages"), "rolling_maintenance_hosts": "xen-a"}
    told = ended(maintain(fleet, maintained, rolling_maintenance_reboot="always", **answers))
    assert (told["phase"], told["error"].startswith(REBOOT)) == ("drained", True), told
    assert on(fleet, "xen-a") == set()
    assert {move["domain"] for move in told["drain"]["moves"]} == {"web01", "db01"}
    assert [move["domain"] for move in told["drain_again"]["moves"]] == ["mail"]
    assert (fleet.directory / "pages" / "xen-a-drain-again.html").exists()


@pytest.mark.usefixtures("xenstore")
def test_a_host_is_not_rebooted_with_a_domain_on_it_that_can_t_leave(
    fleet: FakeFleet, maintained: dict[str, dict[str, object]]
) -> None:
    fleet.add_domain("mail", "xen-b")
    while_worked_on(fleet, MAIL_COMES)
    answers = {"rolling_maintenance_hosts": "xen-a", "drain_host_pinned": "mail"}
    job = maintain(fleet, maintained, rolling_maintenance_reboot="always", **answers)
    told = ended(job)
    assert (told["phase"], [one["domain"] for one in told["drain_again"]["blocked"]]) == ("begun", ["mail"])
    assert "1 domain can't leave. mail on xen-a: " in told["error"]
    assert job.artifacts["xen_maintenance"]["msg"].startswith("xen-a is not known to be empty: Empty the host: ")


def test_a_host_is_not_rebooted_with_what_only_xen_s_store_shows(
    fleet: FakeFleet, maintained: dict[str, dict[str, object]], xenstore: Path
) -> None:
    xenstore.write_text("ghost Xenstore web-dm web")
    answers = {"rolling_maintenance_hosts": "xen-a", "rolling_maintenance_reboot": "always"}
    told = ended(maintain(fleet, maintained, **answers))
    assert told["phase"] == "begun"
    assert "Xen on xen-a has ghost, web, which the reboot would end" in told["error"]


@pytest.mark.usefixtures("xenstore")
def test_who_was_to_be_left_on_the_host_keeps_nobody_from_rebooting_it(
    fleet: FakeFleet, maintained: dict[str, dict[str, object]]
) -> None:
    fleet.change_host("xen-a", outsiders={"11111111-2222-3333-4444-555555555555": "stray"})
    leave = {"drain_host_partial": True, "drain_host_leftovers_ok": True}
    answers = {"rolling_maintenance_hosts": "xen-a", "rolling_maintenance_reboot": "always"}
    assert ended(maintain(fleet, maintained, **answers))["error"].startswith("Empty the host: Nothing was moved")
    told = ended(maintain(fleet, maintained, **answers, **leave))
    assert (told["error"].startswith(REBOOT), told["drain_again"]) == (True, {})


@pytest.mark.usefixtures("xenstore")
def test_a_host_whose_libvirt_is_gone_is_rebooted_if_xen_has_nothing_but_its_control_domain(
    fleet: FakeFleet, maintained: dict[str, dict[str, object]]
) -> None:
    """As where a new Xen is installed, whose tools don't work with the one that still runs."""
    (fleet.directory / "gone.py").write_text(
        "from pathlib import Path\n"
        "from fake_xen import store\n"
        "from fleet import take_down\n"
        f"with store.transaction(Path('{fleet.directory}')) as fleet:\n"
        "    take_down(fleet['hosts']['xen-a'])\n"
    )
    gone = {"ansible.builtin.shell": f"{sys.executable} {fleet.directory}/gone.py", "changed_when": True}
    while_worked_on(fleet, gone)
    answers = {"rolling_maintenance_hosts": "xen-a", "rolling_maintenance_reboot": "always"}
    assert ended(maintain(fleet, maintained, **answers))["error"].startswith(REBOOT)
    fleet.set_up("xen-a", True)
    fleet.add_domain("mail", "xen-b")
    while_worked_on(fleet, MAIL_COMES, gone)
    assert ended(maintain(fleet, maintained, **answers))["error"].startswith(
        "Empty the host: Nothing was moved. Host xen-a could not be reached"
    )


def test_no_domain_comes_home_and_no_host_is_emptied_after_a_check_that_fails(
    fleet: FakeFleet, maintained: dict[str, dict[str, object]]
) -> None:
    """The next run checks again; what was done before the checks stays done."""
    write = {"ansible.builtin.shell": "echo {{ inventory_hostname }} >> {{ where }}/checked", "changed_when": False}
    fail = {"ansible.builtin.fail": {"msg": "no storage"}, "when": "storage_is_gone | default(false)"}
    (fleet.directory / "first.yml").write_text(json.dumps([{"name": "Look", **write}]))
    (fleet.directory / "then.yml").write_text(json.dumps([{"name": "See to storage", **fail}]))
    checks = f"{fleet.directory}/first.yml\n{fleet.directory}/then.yml"
    answers = {"rolling_maintenance_checks": checks, "rolling_maintenance_hosts": "xen-a:xen-c"}
    stopped = maintain(fleet, maintained, storage_is_gone=True, **answers)
    assert stopped.status == "failed"
    assert (
        "The maintenance ends here, before another host is emptied, and xen-a is not marked as done." in stopped.output
    )
    assert "See to storage: no storage" in stopped.output
    assert (upgraded(fleet), on(fleet, "xen-a"), mark(fleet)) == (["xen-a"], set(), ["kernels", "maintained"])
    done = maintain(fleet, maintained, **answers)
    assert done.status == "successful", done.output
    assert (fleet.directory / "checked").read_text().split() == ["xen-a", "xen-a", "xen-c"]
    assert (upgraded(fleet), on(fleet, "xen-a")) == (["xen-a", "xen-c"], {"web01", "db01"})


SICK: dict[str, tuple[Callable[[FakeFleet], None], str]] = {
    "can't be reached": (lambda fleet: fleet.set_up("xen-a", False), "Host xen-a could not be reached"),
    "doesn't tell of its Xen": (
        lambda fleet: fleet.fail("xen-a", "getVersion", times=9),
        "Its libvirt answers, but does not tell of its Xen: xen_version.",
    ),
}


@pytest.mark.parametrize(("make", "words"), SICK.values(), ids=SICK)
def test_no_domain_comes_home_where_libvirt(
    away: FakeFleet, maintained: dict[str, dict[str, object]], make: Callable[[FakeFleet], None], words: str
) -> None:
    (away.directory / "xen-a").write_text("kernels\nmaintained\n")
    make(away)
    stopped = maintain(away, maintained, rolling_maintenance_healthy_retries="0")
    assert stopped.status == "failed"
    assert f"Wait until its libvirt answers, and its Xen: {words}" in stopped.output
    assert (on(away, "xen-a"), upgraded(away)) == (set(), [])


MARKS = {
    "of this maintenance, from before there were phases": ("kernels\n", []),
    "of this maintenance, done": ("kernels\ndone\n", []),
    "of another maintenance": ("firmware\nmaintained\n", ["xen-a"]),
    "that nobody can read": ("kernels\nsomehow\n", ["xen-a"]),
}


@pytest.mark.parametrize(("text", "maintained_again"), MARKS.values(), ids=MARKS)
def test_a_mark(
    fleet: FakeFleet, maintained: dict[str, dict[str, object]], text: str, maintained_again: list[str]
) -> None:
    (fleet.directory / "xen-a").write_text(text)
    done = maintain(fleet, maintained, rolling_maintenance_hosts="xen-a")
    assert done.status == "successful", done.output
    assert upgraded(fleet) == maintained_again
    assert mark(fleet)[0] == "kernels"


def test_a_maintenance_without_a_name_and_check_mode_leave_no_mark(fleet: FakeFleet) -> None:
    before = fleet.snapshot()
    assert roll(fleet, "--check", rolling_maintenance_run="kernels").code == 0
    assert fleet.snapshot() == before
    assert roll(fleet).code == 0
    assert (mark(fleet), on(fleet, "xen-a")) == ([], {"web01", "db01"})


def test_a_maintenance_goes_on_without_those_that_can_t_come_home_where_that_is_asked(
    away: FakeFleet, maintained: dict[str, dict[str, object]]
) -> None:
    home_is_silent(away)
    only = "xen-a:xen-c"
    done = maintain(away, maintained, rolling_maintenance_hosts=only, rolling_maintenance_leftovers_ok="yes")
    assert done.status == "successful", done.output
    assert upgraded(away) == ["xen-a", "xen-c"]


def test_what_came_of_all_hosts_is_in_the_artifacts_and_each_has_pages_of_its_own(
    fleet: FakeFleet, maintained: dict[str, dict[str, object]]
) -> None:
    fleet.add_domain("mail", "xen-b")
    pages = fleet.directory / "pages"
    answers = {"rolling_maintenance_report": str(pages)}
    broken = maintain(fleet, maintained, breaks="xen-b", **answers)
    told = broken.artifacts["xen_maintenance"]
    assert told["msg"] == (
        "xen-a is done. xen-b is empty, and its maintenance is not over: Break: no space left. xen-c has had no turn."
    )
    phases = {host: (record["phase"], record["failed"]) for host, record in told["hosts"].items()}
    assert phases == {"xen-a": ("done", False), "xen-b": ("drained", True)}
    of_a, of_b = told["hosts"]["xen-a"], told["hosts"]["xen-b"]
    assert {move["domain"] for move in of_a["drain"]["moves"]} == {"web01", "db01"}
    assert (of_a["restore"]["msg"], of_a["restore"]["blocked"]) == ("Moved 2 domains to xen-a.", [])
    assert (of_b["drain"]["changed"], of_b["restore"]) == (True, {})
    assert {page.name for page in pages.glob("*.html")} == {
        "xen-a-drain.html",
        "xen-a-restore.html",
        "xen-b-drain.html",
    }

    done = maintain(fleet, maintained, **answers)
    told = done.artifacts["xen_maintenance"]
    assert told["msg"] == "xen-a, xen-b and xen-c are done. Nothing to do."
    assert (told["restore"]["failed"], told["restore"]["moves"]) == (False, [])
    assert (told["hosts"]["xen-a"]["drain"], told["hosts"]["xen-a"]["error"]) == ({}, "")
    assert "mail" in (pages / "xen-b-restore.html").read_text()
    assert (pages / "restore.html").exists()
    assert {"xen_drain", "xen_restore"} <= set(done.artifacts)


def test_check_mode_of_a_maintenance_tells_what_it_would_be(fleet: FakeFleet) -> None:
    run = roll(fleet, "--check")
    assert run.code == 0, run.output
    told = run.results[-1]["ansible_stats"]["data"]["xen_maintenance"]
    assert told["msg"] == "xen-a would be maintained."
    assert told["hosts"]["xen-a"]["drain"]["msg"].startswith("Would move 2 domains")


def test_what_a_survey_leaves_empty_is_as_if_it_was_not_given(
    fleet: FakeFleet, maintained: dict[str, dict[str, object]]
) -> None:
    empty = ("checks", "report", "reboot", "reboot_command", "reboot_timeout", "healthy_retries", "leftovers_ok")
    answers = {f"rolling_maintenance_{name}": "" for name in empty}
    done = maintain(fleet, maintained, rolling_maintenance_hosts="xen-a", **answers)
    assert done.status == "successful", done.output
    assert upgraded(fleet) == ["xen-a"]


def test_an_empty_path_of_the_mark_is_the_usual_one(fleet: FakeFleet) -> None:
    run = roll(fleet, "--check", "-e", "rolling_maintenance_marker=", rolling_maintenance_run="kernels")
    assert run.code == 0, run.output
    assert "/var/lib/xenfleet" in {result.get("path") for result in run.results}


NO_NUMBER = ("reboot_timeout", "healthy_retries", "leftovers_ok")


@pytest.mark.parametrize("name", NO_NUMBER)
def test_what_can_t_be_meant_is_refused_before_a_host_is_emptied(fleet: FakeFleet, name: str) -> None:
    before = fleet.snapshot()
    run = roll(fleet, **{f"rolling_maintenance_{name}": "soon"})
    assert run.code != 0
    assert f"rolling_maintenance_{name}" in run.output
    assert fleet.snapshot() == before
