# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole ansible-playbook runs of xen_domain_migrate: results, check mode, diff, and what a domain keeps."""

from __future__ import annotations

from fleet import FakeFleet, domain_xml
from playing import MODULE, play, play_book

SECRET = "<graphics type='vnc' passwd='hunter2'/>"


def test_a_domain_moves_and_the_second_run_changes_nothing(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a", autostart=True)
    wish = {"name": "web01", "host": "xen-b"}
    run = play(fleet, wish, wish)
    first, second = run.results
    assert (first["changed"], second["changed"], second["moves"]) == (True, False, [])
    assert first["msg"].startswith("Moved web01 from xen-a to xen-b, live, in ")
    assert first["domains"] == second["domains"]
    found = first["domains"]["web01"]
    assert (found["host"], found["uri"]) == ("xen-b", fleet.uris()["xen-b"])
    assert (found["state"], found["persistent"], found["autostart"]) == ("running", True, True)
    assert fleet.placement() == {"web01": ["xen-b: running"]}


def test_check_mode_touches_nothing_and_tells_the_moves_and_the_diff(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    fleet.add_domain("db01", "xen-b", state="shut off")
    before = fleet.snapshot()
    wish = {"placement": {"web01": "xen-b", "db01": "xen-a"}}
    (planned,) = play(fleet, wish, arguments=("--check", "--diff")).results
    assert fleet.snapshot() == before
    assert planned["changed"]
    assert "Would move web01 from xen-a to xen-b, live." in planned["msg"]
    assert planned["diff"]["before"] == {"web01": "xen-a", "db01": "xen-b"}
    assert planned["diff"]["after"] == {"web01": "xen-b", "db01": "xen-a"}
    (done,) = play(fleet, wish).results
    names = ("domain", "uuid", "source", "destination", "live", "address", "new_name")
    assert [[move[name] for name in names] for move in planned["moves"]] == [
        [move[name] for name in names] for move in done["moves"]
    ]
    (again,) = play(fleet, wish, arguments=("--check", "--diff")).results
    assert (again["changed"], again["moves"]) == (False, [])


def test_what_a_domain_was_it_stays(fleet: FakeFleet) -> None:
    later = domain_xml("pending", memory_mib=512, devices=SECRET)
    fleet.add_domain("pending", "xen-a", xml=domain_xml("pending", devices=SECRET), next_boot_xml=later, autostart=True)
    fleet.add_domain("paused", "xen-a", state="paused")
    fleet.add_domain("transient", "xen-a", persistent=False)
    fleet.add_domain("off", "xen-a", state="shut off", autostart=True)
    before = {name: fleet.domain(name, "xen-a") for name in fleet.placement()}
    run = play(fleet, {"name": sorted(before), "host": "xen-b"}, arguments=("-vvv", "--diff"))
    assert run.code == 0
    assert fleet.placement() == {
        "pending": ["xen-b: running"],
        "paused": ["xen-b: paused"],
        "transient": ["xen-b: running"],
        "off": ["xen-b: shut off"],
    }
    after = {name: fleet.domain(name, "xen-b") for name in before}
    for entry in ("next_boot", "autostart", "uuid"):
        assert {name: found[entry] for name, found in after.items()} == {
            name: found[entry] for name, found in before.items()
        }  # type: ignore[literal-required]
    assert "hunter2" not in run.output


def test_memory_goes_encrypted_or_not_and_the_result_tells(fleet: FakeFleet) -> None:
    for name, state in {"web01": "running", "off": "shut off"}.items():
        fleet.add_domain(name, "xen-a", state=state)
    wish = {"name": ["web01", "off"], "host": "xen-b", "encrypted": True}
    back = {"name": ["web01", "off"], "host": "xen-a"}
    there, plain = play(fleet, wish, back).results
    assert there["msg"].startswith("Moved web01 from xen-a to xen-b, live, encrypted, in ")
    assert [(move["domain"], move["encrypted"]) for move in there["moves"]] == [("web01", True), ("off", None)]
    assert [(move["domain"], move["encrypted"]) for move in plain["moves"]] == [("web01", False), ("off", None)]

    fleet.change_host("xen-a", strangers={"192.0.2.12": "Permission denied"})
    before = fleet.snapshot()
    planned, refused = (play(fleet, wish, arguments=arguments).results[0] for arguments in (("--check",), ()))
    for told in (planned, refused):
        assert told["failed"]
        assert [finding["code"] for finding in told["findings"]] == ["peer_unreachable"]
    assert fleet.snapshot() == before


def test_domains_change_places_and_names(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    fleet.add_domain("db01", "xen-b")
    rename = {"name": "web01", "host": "xen-a", "new_name": "www"}
    run = play(fleet, {"placement": {"web01": "xen-b", "db01": "xen-a"}}, rename, rename)
    exchanged, renamed, again = run.results
    assert [move["status"] for move in exchanged["moves"]] == ["moved", "moved"]
    assert "Moved web01 from xen-b to xen-a as www" in renamed["msg"]
    assert renamed["domains"]["web01"]["name"] == "www"
    assert (again["failed"], again["changed"]) == (False, False)
    assert fleet.placement() == {"db01": ["xen-a: running"], "www": ["xen-a: running"]}


def test_domains_change_places_on_full_hosts_by_way_of_a_third_one(fleet: FakeFleet) -> None:
    fleet.add_host("xen-c")
    for name, on, mib in (("web01", "xen-a", 900), ("db01", "xen-b", 1024)):
        fleet.add_domain(name, on, xml=domain_xml(name, memory_mib=mib))
        fleet.change_host(on, memory_kib=2000 * 1024)
    wish = {"placement": {"web01": "xen-b", "db01": "xen-a"}, "hosts": fleet.uris()}
    refused, done = play(fleet, wish, {**wish, "stopovers": True}).results
    assert refused["msg"].startswith("Nothing was moved. There is no order in which the moves fit into memory.")
    assert refused["msg"].endswith("With stopovers, one may stop on a third host on its way.")
    assert [move["destination"] for move in done["moves"]] == ["xen-c", "xen-a", "xen-b"]
    assert fleet.placement() == {"web01": ["xen-b: running"], "db01": ["xen-a: running"]}


def test_hosts_declare_their_domains_and_pull_them_in_parallel(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    fleet.add_domain("db01", "xen-b")
    task = {
        "name": "Have my domains",
        MODULE: {"name": "{{ {'xen-a': 'db01', 'xen-b': 'web01'}[inventory_hostname] }}", "host": "{{ inventory_hostname }}",
                 "hosts": fleet.uris()},
        "delegate_to": "localhost",
    }  # fmt: skip
    book = [{"name": "Play", "hosts": "all", "gather_facts": False, "tasks": [task]}]
    run = play_book(fleet, book, "xen-a,xen-b,")
    assert sorted((result["inventory_host"], result["changed"]) for result in run.results) == [
        ("xen-a", True),
        ("xen-b", True),
    ]
    assert fleet.placement() == {"db01": ["xen-a: running"], "web01": ["xen-b: running"]}
