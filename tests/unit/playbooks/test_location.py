# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole ansible-playbook runs of the lookup xen_domain_location."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from asking import LOOKUP, A, B, C, at, book, inventory, query
from fleet import FakeFleet, domain_xml, uuid_of
from playing import ROOT, Run, play_book

HOSTS = {"xen-a": at(A), "xen-b": at(B), "xen-c": at(C)}


@pytest.fixture
def domains(fleet: FakeFleet) -> FakeFleet:
    """web01 and web02 run, db01 is shut off, mail runs on xen-a and has a definition on xen-b."""
    fleet.add_host("xen-c")
    fleet.add_domain("web02", "xen-b", xml=domain_xml("web02", kind="pv", memory_mib=512, vcpus=2), persistent=False)
    fleet.add_domain("web01", "xen-a", autostart=True)
    fleet.add_domain("db01", "xen-b", state="shut off")
    fleet.add_domain("mail", "xen-a", state="paused")
    fleet.add_domain("mail", "xen-b", state="shut off")
    return fleet


def told(run: Run) -> list[Any]:
    """Return what each task was told; the last words of an error."""
    said = [result["msg"] for result in run.results]
    return [one.rpartition("xen_domain_location' failed: ")[2] if isinstance(one, str) else one for one in said]


def ask(fleet: FakeFleet, *tasks: dict[str, Any], **environment: str) -> list[Any]:
    return told(play_book(fleet, book(*tasks), inventory(fleet, HOSTS), **environment))


WEB01 = {
    "name": "web01",
    "uuid": uuid_of("web01"),
    "host": "xen-a",
    "uri": f"xen+ssh://root@{A}/system",
    "id": 1,
    "also_on": [],
    "state": "running",
    "persistent": True,
    "autostart": True,
}
WEB02 = {
    **WEB01,
    "name": "web02",
    "uuid": uuid_of("web02"),
    "host": "xen-b",
    "uri": f"xen+ssh://root@{B}/system",
    "persistent": False,
    "autostart": False,
}
WEB01_IN_DETAIL = {**WEB01, "kind": "pvh", "memory_kib": 256 * 1024, "vcpus": 1}
WEB02_IN_DETAIL = {**WEB02, "kind": "pv", "memory_kib": 512 * 1024, "vcpus": 2}
NO_MORE = "No domain {} was found on xen-a, xen-b, xen-c."

ANSWERS: dict[str, tuple[dict[str, Any], Any]] = {
    "a name": (query("web01"), [WEB01]),
    "two names, in their order": (query("web02", "web01"), [WEB02, WEB01]),
    "names in a list": (query(["web02", "web01"]), [WEB02, WEB01]),
    "a UUID": (query(uuid_of("web02")), [WEB02]),
    "a pattern": (query("web*"), [WEB01, WEB02]),
    "details": (query("web02", "web01", details=True), [WEB02_IN_DETAIL, WEB01_IN_DETAIL]),
    "details of an attribute": (query("web02", attribute="state", details=True), ["running"]),
    "no term": (query(), []),
    "one name for a lookup": (query("web01", function="lookup"), WEB01),
    "two names for a lookup": (query("web02", "web01", function="lookup"), [WEB02, WEB01]),
    "an attribute of two for a lookup": (query("web*", function="lookup", attribute="host"), "xen-a,xen-b"),
    "an attribute of one for a lookup": (query("web02", function="lookup", attribute="host"), "xen-b"),
    "a lookup that wants a list": (query("web02", function="lookup", attribute="host", wantlist=True), ["xen-b"]),
    "a shut off domain": (query("db01", attribute="id"), [None]),
    "its state": (query("db01", attribute="state"), ["shut off"]),
    "a domain with a definition elsewhere": (query("mail", attribute="host"), ["xen-a"]),
    "where that is": (query("mail", attribute="also_on"), [["xen-b"]]),
    "a domain and a pattern that matches it": (query("web01", "web*", attribute="name"), ["web01", "web01", "web02"]),
    "a missing name": (query("web09"), NO_MORE.format("web09")),
    "a missing name among others": (query("web01", "web09", attribute="host"), NO_MORE.format("web09")),
    "a missing UUID": (query(uuid_of("web09")), NO_MORE.format(uuid_of("web09"))),
    "a missing name that is skipped": (query("web01", "web09", missing="skip", attribute="host"), ["xen-a"]),
    "a missing name that is warned of": (query("web01", "web08", missing="warn", attribute="host"), ["xen-a"]),
    "a pattern that matches nothing": (query("www*"), []),
    "the control domain": (query("Domain-0", "*", missing="skip", attribute="name"), ["db01", "mail", "web01", "web02"]),
    "hosts that don't have it": (query("web01", hosts="xen-b"), "No domain web01 was found on xen-b."),
    "an empty term": (query(""), "Names, UUIDs or patterns of domains are wanted, not ['']."),
    "a number": (query(5), "Names, UUIDs or patterns of domains are wanted, not [5]."),
    "a dictionary": (query({"a": 1}), "Names, UUIDs or patterns of domains are wanted, not [{'a': 1}]."),
}  # fmt: skip


def test_domains_are_found(domains: FakeFleet) -> None:
    before = domains.snapshot()
    run = play_book(domains, book(*(task for task, _answer in ANSWERS.values())), inventory(domains, HOSTS))
    answers = told(run)
    wanted = {name: answer for name, (_task, answer) in ANSWERS.items()}
    assert dict(zip(ANSWERS, answers, strict=True)) == wanted
    assert f"[WARNING]: {NO_MORE.format('web08')}" in " ".join(run.output.split())
    assert domains.snapshot() == before


def test_an_attribute_is_a_part_of_the_record_that_is_documented(domains: FakeFleet) -> None:
    text = (ROOT / "plugins/lookup/xen_domain_location.py").read_text()
    options, returned = (
        yaml.safe_load(text.partition(f'{part} = r"""')[2].partition('"""')[0]) for part in ("DOCUMENTATION", "RETURN")
    )
    attributes = options["options"]["attribute"]["choices"]
    assert set(returned["_raw"]["contains"]) == set(attributes) == set(WEB01_IN_DETAIL)
    *answers, wrong = ask(domains, *(query("web01", attribute=one) for one in [*attributes, "colour"]))
    assert dict(zip(attributes, answers, strict=True)) == {name: [WEB01_IN_DETAIL[name]] for name in attributes}
    assert wrong.startswith(("Invalid value 'colour'", 'Invalid value "colour"'))


def test_a_domain_without_one_place_is_an_error(domains: FakeFleet) -> None:
    for host in ("xen-b", "xen-c"):
        domains.add_domain("twice", host)
        domains.add_domain("stale", host, state="shut off")
    active, stale, others, listed = ask(
        domains, query("twice"), query("stale", missing="skip"), query("web01", attribute="host"), query("t*")
    )
    uuids = {name: uuid_of(name) for name in ("twice", "stale")}
    assert active == (
        f"Domain twice exists more than once: on xen-b (active, uuid {uuids['twice']}) and on xen-c (active, uuid"
        f" {uuids['twice']}). It is being moved just now, or two copies run: look at both hosts."
    )
    assert listed == active
    assert f"on xen-b (shut off, uuid {uuids['stale']}) and on xen-c (shut off, uuid {uuids['stale']})" in stale
    assert "undefine the other" in stale
    assert others == ["xen-a"]


def test_a_silent_host_matters_only_for_what_is_missing(domains: FakeFleet) -> None:
    domains.set_up("xen-c", False)
    silent = "It may be on xen-c, which could not be asked."
    run = play_book(
        domains,
        book(
            query("web01", attribute="host"),
            query("web09"),
            query("web09", missing="warn"),
            query("w*", attribute="name"),
        ),
        inventory(domains, HOSTS),
    )
    found, missing, warned, several = told(run)
    assert (found, warned, several) == (["xen-a"], [], ["web01", "web02"])
    assert missing == f"No domain web09 was found on xen-a, xen-b. {silent}"
    said = " ".join(run.output.split())
    assert f"[WARNING]: {missing}" in said
    assert "[WARNING]: xen-c was left out of account: Host xen-c could not be reached" in said
    domains.set_up("xen-a", False)
    domains.set_up("xen-b", False)
    assert ask(domains, query("web01")) == [
        "No domain web01 was found on any host. It may be on xen-a, xen-b, xen-c, which could not be asked."
    ]


def test_one_connection_to_each_host_is_enough(domains: FakeFleet) -> None:
    (found,) = ask(domains, query("web01", "web02", "db01", "web*", attribute="memory_kib"))
    assert len(found) == 5
    assert (domains.calls("open"), domains.calls("listAllDomains")) == (3, 3)


@pytest.mark.parametrize("options", [{}, {"attribute": "host"}, {"attribute": "state"}])
def test_a_thousand_domains_take_as_many_calls_as_ten(tmp_path: Path, options: dict[str, str]) -> None:
    """Each of 20 hosts has 50 of the thousand; each of the first ten has one of the ten, and the others have nothing."""
    few, many = (calls_for(FakeFleet(tmp_path / str(number)), number, options) for number in (10, 1000))
    assert [calls["open"] for calls in many.values()] == [1] * 20
    assert {host: many[host] for host in sorted(few)[:10]} == {host: few[host] for host in sorted(few)[:10]}
    assert all(few[host] <= many[host] for host in sorted(few)[10:])


def calls_for(fleet: FakeFleet, number: int, options: dict[str, str]) -> dict[str, Counter[str]]:
    """Return the calls to each of 20 hosts that it takes to ask for so many domains by their names."""
    hosts = [f"xen-{number:02}" for number in range(20)]
    for host in hosts:
        fleet.add_host(host, memory_mib=64 * 1024)
    names = [f"web{number:04}" for number in range(number)]
    fleet.add_domains({name: hosts[index % len(hosts)] for index, name in enumerate(names)})
    addresses = {name: at(address) for name, address in fleet.addresses().items()}
    (found,) = told(play_book(fleet, book(query(names, **options)), inventory(fleet, addresses)))
    assert len(found) == number
    return fleet.calls_of_hosts()


def test_what_neither_runs_nor_is_shut_off_takes_one_call_of_its_own(domains: FakeFleet) -> None:
    (found,) = ask(domains, query("*"))
    assert [record["state"] for record in found] == ["shut off", "paused", "running", "running"]
    calls = ("lookupByUUIDString", "state", "isPersistent", "autostart", "XMLDesc")
    assert [domains.calls(name) for name in calls] == [0, 1, 0, 0, 0]


def test_a_host_that_falls_silent_is_one_that_could_not_be_asked(domains: FakeFleet) -> None:
    domains.fail("xen-a", "listAllDomains", skip=2, then_down=["xen-a"])
    missing, others = ask(domains, query("web01", "web02"), query("web*", attribute="name"))
    assert missing == "No domain web01 was found on xen-b, xen-c. It may be on xen-a, which could not be asked."
    assert others == ["web02"]


def test_several_questions_of_one_task_share_their_connections(domains: FakeFleet) -> None:
    one = f"lookup('{LOOKUP}', 'web01', attribute='host')"
    two = f"lookup('{LOOKUP}', 'web02', attribute='host')"
    assert ask(domains, {"ansible.builtin.debug": {"msg": f"{{{{ [{one}, {two}] }}}}"}}) == [["xen-a", "xen-b"]]
    assert domains.calls("open") == 3


def test_what_a_listing_tells_needs_no_closer_look(domains: FakeFleet) -> None:
    listed = ("host", "uri", "name", "uuid", "id", "also_on")
    assert len(ask(domains, *(query("*", attribute=attribute) for attribute in listed))) == len(listed)
    assert domains.calls("lookupByUUIDString") == 0


def test_this_machine_may_be_one_of_the_hosts(domains: FakeFleet) -> None:
    hosts = {**HOSTS, "xen-b": {"ansible_connection": "local"}}
    tasks = query("web02", attribute="uri"), query("*", attribute="host")
    run = play_book(domains, book(*tasks), inventory(domains, hosts), FAKE_LIBVIRT_HERE="xen-b")
    assert told(run) == [["xen:///system"], ["xen-b", "xen-a", "xen-a", "xen-b"]]


@pytest.mark.parametrize(("library", "package"), [("libvirt", "python3-libvirt"), ("lxml", "python3-lxml")])
def test_a_missing_library_is_named_with_its_package(
    domains: FakeFleet, tmp_path: Path, library: str, package: str
) -> None:
    (tmp_path / f"{library}.py").write_text("raise ImportError('not here')")
    path = f"{tmp_path}:{domains.environment()['PYTHONPATH']}"
    (answer,) = ask(domains, query("web01"), PYTHONPATH=path)
    assert answer.startswith("This lookup needs, for the Python that Ansible itself runs on, ")
    assert package in answer
