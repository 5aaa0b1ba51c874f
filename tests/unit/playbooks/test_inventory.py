# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole ansible-playbook runs whose connections come from the inventory: which hosts are meant, and how each is reached."""

from __future__ import annotations

import json
from typing import Any

import pytest
from asking import A, B, C, at, book, inventory, query
from fleet import FakeFleet
from playing import MODULE, Run, play_book

HOSTS = {"xen-a": at(A), "xen-b": at(B), "xen-c": at(C)}


@pytest.fixture(autouse=True)
def third_host(fleet: FakeFleet) -> None:
    fleet.add_host("xen-c")


def wish(name: str = "nobody", host: str = "xen-a", **more: Any) -> dict[str, Any]:
    """Return a task; by default one whose error tells which hosts were asked."""
    return {MODULE: {"name": name, "host": host, **more}}


def asked(run: Run) -> list[str]:
    """Return the hosts that each task asked for the domain that is nowhere, or the task's error."""
    said = [str(result["msg"]) for result in run.results]
    return [text.partition(" nobody was ")[2].partition("found on ")[2].partition(".")[0] or text for text in said]


def test_a_move_needs_no_more_than_an_inventory(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    move = wish("web01", "xen-b")
    run = play_book(fleet, book(move, move), inventory(fleet, HOSTS))
    assert [(result["failed"], result["changed"]) for result in run.results] == [(False, True), (False, False)]
    assert run.results[0]["domains"]["web01"]["uri"] == f"xen+ssh://root@{B}/system"
    assert fleet.placement() == {"web01": ["xen-b: running"]}


GIVEN: dict[str, tuple[Any, str]] = {
    "nothing": (None, "xen-a, xen-b, xen-c"),
    "an empty text": ("", "xen-a, xen-b, xen-c"),
    "an empty list": ([], "xen-a, xen-b, xen-c"),
    "a group": ("xen_hosts", "xen-a, xen-b, xen-c"),
    "a host and another": ("xen-a,xen-c", "xen-a, xen-c"),
    "a pattern": ("xen-[ab]", "xen-a, xen-b"),
    "a pattern with an exclusion": ("xen_hosts:!xen-b", "xen-a, xen-c"),
    "a list, in its order": (["xen-c", "xen-a"], "xen-c, xen-a"),
    "a list with an exclusion": (["xen_hosts", "!xen-c"], "xen-a, xen-b"),
    "a list with an intersection": (["xen_hosts", "&xen-a"], "xen-a"),
    "a dictionary": ({"xen-a": f"xen+ssh://{A}/system"}, "xen-a"),
    "a dictionary as JSON": (json.dumps({"xen-a": {"uri": f"xen+ssh://{A}/system"}}), "xen-a"),
    "an unknown host": ("xen-d", "hosts names 'xen-d', which matches no host of the inventory."),
    "an unknown host among others": (["xen-a", "xen-d"], "hosts names 'xen-d', which matches no host"),
    "patterns that leave nothing": (["xen-a", "!xen-a"], "(xen-a, !xen-a) together leave no host"),
    "an empty text in a list": (["xen-a", ""], "give a group, a host or a pattern"),
    "a number": (5, "hosts is neither a text nor a list of texts: give a group, a host or a pattern"),
    "broken JSON": ('{"xen-a": ', "begins with a brace or bracket but is no JSON"),
    "a dictionary with a hostile URI": ({"xen-a": f"xen+ssh://{A}/system?command=x"}, "parameter 'command'"),
}


FEW = ("nothing", "a pattern", "a list, in its order", "a dictionary as JSON", "an unknown host", "a number")
"""What is given to tasks, too, which takes longer."""
TEMPLATE = "{{ groups.xen_hosts | reject('equalto', 'xen-a') }}"


def test_hosts_are_meant_by_what_is_given(fleet: FakeFleet) -> None:
    queries = [query("nobody", hosts=given) for given, _wanted in GIVEN.values()]
    tasks = [wish(hosts=GIVEN[name][0]) for name in FEW]
    told = asked(play_book(fleet, book(*queries, *tasks, wish(hosts=TEMPLATE, host="xen-b")), inventory(fleet, HOSTS)))
    wanted = [*[wanted for _given, wanted in GIVEN.values()], *[GIVEN[name][1] for name in FEW], "xen-b, xen-c"]
    assert [pair for pair in zip(wanted, told, strict=True) if not _fits(*pair)] == []


def _fits(wanted: str, told: str) -> bool:
    return wanted == told if wanted.startswith("xen-") else wanted in told


def test_an_option_counts_before_a_variable_before_the_environment_before_the_configuration(fleet: FakeFleet) -> None:
    (fleet.directory / "ansible.cfg").write_text("[xenfleet]\nhosts = xen-b\n")
    variable = {"vars": {"xenfleet_hosts": "xen-c", "others": ["xen-a", "xen-b"]}}
    steps = [
        query("nobody"),
        query("nobody") | variable,
        query("nobody", hosts="xen-b") | variable,
        wish(host="xen-b"),
        wish(host="xen-c") | variable,
        wish(host="xen-b", hosts="xen-b") | variable,
        query("nobody") | {"vars": {"xenfleet_hosts": "{{ groups.xen_hosts | reject('equalto', 'xen-b') }}"}},
        wish() | {"vars": {"xenfleet_hosts": "{{ groups.xen_hosts | reject('equalto', 'xen-b') }}"}},
    ]
    paths = inventory(fleet, HOSTS)
    by_file = asked(play_book(fleet, book(*steps), paths))
    assert by_file == ["xen-b", "xen-c", "xen-b", "xen-b", "xen-c", "xen-b", "xen-a, xen-c", "xen-a, xen-c"]
    steps[3] = wish()
    by_environment = asked(play_book(fleet, book(*steps[:6]), paths, XENFLEET_HOSTS="xen-[ab]"))
    assert by_environment == ["xen-a, xen-b", "xen-c", "xen-b", "xen-a, xen-b", "xen-c", "xen-b"]


def test_the_environment_may_hold_json(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    text = json.dumps(
        {"here": {"uri": f"xen+ssh://{A}/system", "migration_address": A}, "there": f"xen+ssh://{B}/system"}
    )
    (result,) = play_book(fleet, book(wish("web01", "there")), "localhost,", XENFLEET_HOSTS=text).results
    assert (result["changed"], result["domains"]["web01"]["host"]) == (True, "there")


def test_no_hosts_at_all_is_an_error_that_says_where_to_name_some(fleet: FakeFleet) -> None:
    empty = fleet.directory / "empty.yml"
    empty.write_text("xen_hosts: {}\n")
    for inventory_ in (inventory(fleet, HOSTS, group="others"), str(empty)):
        run = play_book(fleet, book(query("nobody"), wish(), {MODULE: {"placement": {"a": "xen-a"}}}), inventory_)
        for result in run.results:
            assert result["failed"]
            assert "The inventory has no group xen_hosts with hosts in it" in result["msg"]
            assert "the option hosts, the variable xenfleet_hosts or the environment's XENFLEET_HOSTS" in result["msg"]
    assert fleet.all_calls() == 0


ROOT = f"xen+ssh://root@{A}/system"
WAYS: dict[str, tuple[dict[str, object], str]] = {
    "an address": ({"ansible_host": A}, f"xen+ssh://{A}/system"),
    "an address and a user": (at(A), ROOT),
    "templates": (at("{{ net }}.11", net="192.0.2", ansible_user="{{ 'ro' ~ 'ot' }}", ansible_port="{{ 2200 + 22 }}"),
                  f"xen+ssh://root@{A}:2222/system"),
    "a port": (at(A, ansible_port=2222), f"xen+ssh://root@{A}:2222/system"),
    "a port in words": (at(A, ansible_port="2222"), f"xen+ssh://root@{A}:2222/system"),
    "the usual port": (at(A, ansible_port=22), ROOT),
    "the ssh plugin's own variables": ({"ansible_ssh_host": A, "ansible_ssh_user": "ops", "ansible_ssh_port": 2222},
                                       f"xen+ssh://ops@{A}:2222/system"),
    "a key": (at(A, ansible_ssh_private_key_file="/my keys/xen"), f"{ROOT}?keyfile=/my%20keys/xen"),
    "a key at home": (at(A, ansible_ssh_private_key_file="~/.ssh/xen"), f"{ROOT}?keyfile=/home/me/.ssh/xen"),
    "arguments": (at(A, ansible_ssh_common_args="-o ConnectTimeout=5 -p 2222", ansible_ssh_extra_args="-i /k"),
                  f"xen+ssh://root@{A}:2222/system?keyfile=/k"),
    "arguments that say less than variables": (at(A, ansible_port=2222, ansible_ssh_common_args="-p 22 -l me"),
                                               f"xen+ssh://root@{A}:2222/system"),
    "arguments that say more than the next": (at(A, ansible_ssh_common_args="-i /a", ansible_ssh_extra_args="-i /b"),
                                              f"{ROOT}?keyfile=/a"),
    "arguments that ssh is given before variables": (
        at(A, ansible_port=2222, ansible_ssh_args="-C -p 2200 -l me"), f"xen+ssh://me@{A}:2200/system"),
    "a key of its own, and one for all": (
        at(A, ansible_ssh_args="-i /all", ansible_ssh_private_key_file="/own"), f"{ROOT}?keyfile=/own"),
    "no jump": (at(A, ansible_ssh_common_args="-o ProxyJump=none"), ROOT),
    "no proxy, which counts before one": (
        at(A, ansible_ssh_args="-oProxyCommand=none", ansible_ssh_extra_args="-oProxyJump=b"), ROOT),
    "no checking, as a variable": (at(A, ansible_host_key_checking=False), f"{ROOT}?no_verify=1"),
    "no checking, as an argument": (
        at(A, ansible_ssh_common_args="-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"),
        f"{ROOT}?no_verify=1"),
    "nobody known": (at(A, ansible_ssh_common_args="-o UserKnownHostsFile=/dev/null"), ROOT),
    "no file of known hosts": (at(A, ansible_ssh_common_args="-o UserKnownHostsFile=none"), ROOT),
    "known hosts": (
        at(A, ansible_ssh_common_args="-o 'UserKnownHostsFile \"~/my hosts\" /b'"),
        f"xen+libssh://root@{A}/system?known_hosts=/home/me/my%20hosts&known_hosts_verify=normal&sshauth=agent,privkey"),
    "the full name of a connection": (at(A, ansible_connection="ansible.builtin.ssh"), ROOT),
    "another program": (at(A, ansible_connection="paramiko_ssh"), ROOT),
    "a URI": ({"xen_uri": f"xen+tls://{A}/system", "ansible_host": B, "ansible_connection": "winrm"},
              f"xen+tls://{A}/system"),
    "a URI that is a template": ({"xen_uri": "xen+ssh://{{ ansible_host }}/system", "ansible_host": A},
                                 f"xen+ssh://{A}/system"),
}  # fmt: skip


def test_a_host_is_reached_as_its_variables_say(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    hosts = {f"host-{number}": variables for number, (variables, _uri) in enumerate(WAYS.values())}
    queries = [query("web01", hosts=host, attribute="uri") for host in [*hosts, A]]
    run = play_book(fleet, book(*queries), inventory(fleet, {**hosts, A: {}}), HOME="/home/me")
    told = dict(zip([*WAYS, "nothing"], [result["msg"] for result in run.results], strict=True))
    assert told == {name: [uri] for name, (_variables, uri) in WAYS.items()} | {"nothing": [f"xen+ssh://{A}/system"]}


def test_what_counts_for_any_task_counts_here(fleet: FakeFleet) -> None:
    """The command line, the environment and ansible.cfg, with variables before all of them."""
    fleet.add_domain("web01", "xen-a")
    (fleet.directory / "ansible.cfg").write_text(
        "[ssh_connection]\nssh_args = -C -i /k\n[defaults]\nremote_port = 2222\n"
    )
    hosts = {"bare": {"ansible_host": A}, "full": {"ansible_host": A, "ansible_user": "root", "ansible_port": 2200}}
    run = play_book(
        fleet,
        book(*(query("web01", hosts=host, attribute="uri") for host in hosts)),
        inventory(fleet, hosts),
        ("-u", "ops"),
        ANSIBLE_HOST_KEY_CHECKING="false",
    )
    assert [result["msg"] for result in run.results] == [
        [f"xen+ssh://ops@{A}:2222/system?keyfile=/k&no_verify=1"],
        [f"xen+ssh://root@{A}:2200/system?keyfile=/k&no_verify=1"],
    ]


def test_the_keyword_remote_user_counts_below_variables_and_before_the_command_line(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    hosts = {"bare": {"ansible_host": A}, "full": {"ansible_host": A, "ansible_user": "root"}}
    tasks = [
        wish("web01", "bare", hosts="bare"),
        wish("web01", "bare", hosts="bare") | {"remote_user": "{{ 'me' }}"},
        wish("web01", "bare", hosts="bare") | {"remote_user": "me", "delegate_to": "localhost"},
        wish("web01", "full", hosts="full") | {"remote_user": "me"},
    ]
    (play,) = book(*tasks)
    paths = inventory(fleet, hosts)
    by_play = play_book(fleet, [{**play, "remote_user": "ops"}], paths, ("-u", "cli"))
    by_command_line = play_book(fleet, [{**play, "tasks": tasks[:1]}], paths, ("-u", "cli"))
    uris = [result["domains"]["web01"]["uri"] for result in (*by_play.results, *by_command_line.results)]
    assert uris == [f"xen+ssh://{user}@{A}/system" for user in ("ops", "me", "me", "root", "cli")]


BROKEN: dict[str, tuple[dict[str, object], str]] = {
    "jump": (at(C, ansible_ssh_common_args="-C -J bastion"), "below it 'ProxyJump bastion'"),
    "proxy": (at(C, ansible_ssh_extra_args="-oProxyCommand=x"), "ansible_ssh_extra_args holds ProxyCommand"),
    "quote": (at(C, ansible_ssh_common_args="-o 'x"), "ansible_ssh_common_args holds No closing quotation"),
    "undefined": (at("{{ nowhere }}"), "its variable ansible_host can't be worked out: "),
    "windows": (at(C, ansible_connection="winrm"), "its ansible_connection is winrm, which libvirt can't take"),
    "hostile-uri": (
        {"xen_uri": f"xen+ssh://{C}/system?command=evil"},
        "variable xen_uri is no good: The connection URI",
    ),
    "password": ({"xen_uri": f"xen+ssh://root:hunter2@{C}/system"}, "refused: it holds a password"),
    "port": (at(C, ansible_port="abc"), "ansible_port"),
    "port-argument": (at(C, ansible_ssh_common_args="-p abc"), "its port 'abc' is no number"),
    "user": (at(C, ansible_user="root;evil"), "what it has for a user is no user name"),
    "address": ({"ansible_host": f"{C}/system?no_verify=1"}, "is no host name or address"),
    "network": (at(C, xen_migration_address="xen-c.example.com"), "migration_address of host network is 'xen-c.ex"),
}


NEEDED = ("jump", "undefined", "windows", "hostile-uri", "port")


def test_a_host_without_a_way_to_it_is_a_warning_until_it_is_needed(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    hosts = {"xen-a": at(A), "xen-b": at(B), **{name: variables for name, (variables, _text) in BROKEN.items()}}
    needed = [wish("web01", name, hosts=["xen-a", "xen-b", name]) for name in NEEDED]
    looking = [query("web01", attribute="host"), query("nobody")]
    run = play_book(fleet, book(wish("web01", "xen-b"), *looking, *needed), inventory(fleet, hosts))
    moved, found, missing, *blocked = run.results
    assert (moved["failed"], moved["changed"]) == (False, True)
    warnings = {str(warning).partition(" was left out of account")[0]: str(warning) for warning in moved["warnings"]}
    assert {name: text for name, (_variables, text) in BROKEN.items() if text not in warnings.get(name, "")} == {}
    assert found["msg"] == ["xen-b"]
    assert f"It may be on {', '.join(BROKEN)}, which could not be asked." in missing["msg"]
    for name, result in zip(NEEDED, blocked, strict=True):
        assert (result["failed"], result["findings"][0]["code"]) == (True, "host_unreachable")
        assert f"Host {name} could not be reached: " in result["msg"]
        assert BROKEN[name][1] in result["msg"]
    assert "hunter2" not in run.output
    assert fleet.placement() == {"web01": ["xen-b: running"]}


def test_hosts_of_a_play_pull_their_domains(fleet: FakeFleet) -> None:
    fleet.change_host("xen-b", addresses=[f"{B}/24", "198.51.100.12/24"])
    fleet.add_domain("web01", "xen-a")
    fleet.add_domain("db01", "xen-b")
    hosts = {
        "xen-a": at(A, xen_domains=["db01"]),
        "xen-b": at(B, xen_domains="web01", xen_migration_address="{{ '198.51.100' }}.12"),
        "xen-c": at(C, xen_domains=["web01"]),
    }
    pull = {MODULE: {"name": "{{ xen_domains }}"}, "delegate_to": "localhost", "when": "inventory_hostname != 'xen-c'"}
    before = fleet.snapshot()
    plays = book(pull, on="xen_hosts"), inventory(fleet, hosts)
    planned = play_book(fleet, *plays, ("--check",))
    assert fleet.snapshot() == before
    done = play_book(fleet, *plays)
    for run in (planned, done):
        found = {result["inventory_host"]: result for result in run.results if "moves" in result}
        assert {
            name: [(move["domain"], move["source"], move["destination"], move["address"]) for move in result["moves"]]
            for name, result in found.items()
        } == {"xen-a": [("db01", "xen-b", "xen-a", A)], "xen-b": [("web01", "xen-a", "xen-b", "198.51.100.12")]}
        assert [result["changed"] for result in found.values()] == [True, True]
    assert fleet.placement() == {"db01": ["xen-a: running"], "web01": ["xen-b: running"]}


def test_a_given_host_or_placement_counts_before_the_host_of_the_play(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    fleet.add_domain("db01", "xen-a")
    there = {"name": "web01", "host": "xen-b"}
    wishes = [
        there,
        {"placement": {"db01": "xen-b"}},
        {"name": "web01", "hosts": "xen-b"},
        {"name": "web01", "hosts": ["xen-b", "xen-c"]},
    ]
    tasks = [{MODULE: task, "delegate_to": "localhost"} for task in wishes]
    given, placed, stranger, here = play_book(fleet, book(*tasks, on="xen-c"), inventory(fleet, HOSTS)).results
    assert [given["moves"][0]["destination"], placed["moves"][0]["destination"]] == ["xen-b", "xen-b"]
    assert (stranger["failed"], stranger["msg"]) == (True, "No host is given for domain web01.")
    assert here["moves"][0]["destination"] == "xen-c"
