# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole ansible-playbook runs, as verbose as they can be, with what a hostile user, inventory or host would give them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from asking import LOOKUP, A, B, C, at, book, inventory, query
from fleet import FakeFleet
from playing import MODULE, Run, play_book

DOMAINS = "xenfleet.migration.xen_domain_info"
FAKE = Path(__file__).resolve().parents[2] / "fake_libvirt"
SECRET = "hunter2"
URI = f"xen+ssh://root:{SECRET}@{C}/system"
NO_WORD = "is neither a number nor a text of less than 4000 characters"
NO_USER = "what it has for a user is no user name"
NO_HOST = "what it has for a host is no host name or address"
NO_ADDRESS = "its host or its port is none"
NO_PORT = "is no number from 1 to 65535"


def run_book(
    fleet: FakeFleet, tasks: list[dict[str, Any]], hosts: dict[str, dict[str, object]], **environment: str
) -> Run:
    """Run the tasks; nothing may be seen of the password, nor of a program that broke."""
    run = play_book(fleet, book(*tasks), inventory(fleet, hosts), ("-vvvv",), **environment)
    assert SECRET not in run.output + json.dumps(run.results)
    assert "Traceback" not in run.output + json.dumps(run.results)
    return run


def arguments(text: str) -> dict[str, object]:
    return at(C, ansible_ssh_common_args=text)


def uri(text: object) -> dict[str, object]:
    return {"xen_uri": text}


HOSTS: dict[str, tuple[dict[str, object], str]] = {
    # Names that are their own addresses.
    "../../etc/x": ({}, NO_HOST),
    "-oProxyCommand=evil": ({}, NO_HOST),
    "$(touch pwned)": ({}, NO_HOST),
    "xen;id": ({}, NO_HOST),
    "xen&x": ({}, NO_HOST),
    "xen c": ({}, NO_HOST),
    "'q'": ({}, NO_HOST),
    "%2e": ({}, NO_HOST),
    "x\u0430n": ({}, NO_HOST),
    "{{ nowhere }}": ({}, "can't be worked out"),
    # Addresses, users, ports and paths.
    "address-list": (at("x") | {"ansible_host": [A]}, f"its variable ansible_host {NO_WORD}"),
    "address-bool": (at("x") | {"ansible_host": True}, f"its variable ansible_host {NO_WORD}"),
    "address-user": (at(f"root:{SECRET}@h"), NO_ADDRESS),
    "address-zone": (at("fe80::1%eth0"), NO_ADDRESS),
    "address-newline": (at("h\nProxyCommand=x"), NO_HOST),
    "address-null": (at("h\0"), NO_HOST),
    "user-password": (at(C, ansible_user=f"root:{SECRET}"), NO_USER),
    "user-option": (at(C, ansible_user="-oProxyCommand=x"), NO_USER),
    "user-dictionary": (at(C, ansible_user={"root": SECRET}), f"its variable ansible_user {NO_WORD}"),
    "port-bool": (at(C, ansible_port=True), f"its variable ansible_port {NO_WORD}"),
    "port-long": (at(C, ansible_port="9" * 5000), f"its variable ansible_port {NO_WORD}"),
    "port-zero": (at(C, ansible_port=0), f"its port '0' {NO_PORT}"),
    "port-negative": (at(C, ansible_port=-5), f"its port '-5' {NO_PORT}"),
    "port-word": (at(C, ansible_port=SECRET), "ansible_port is not of the kind that is wanted"),
    "key-newline": (at(C, ansible_ssh_private_key_file="/k\nx"), "'keyfile' has no usable value"),
    "key-nobody": (at(C, ansible_ssh_private_key_file="~nosuchuser/k"), "home directory of a user that doesn't exist"),
    "key-list": (at(C, ansible_ssh_private_key_file=["/k"]), f"ansible_ssh_private_key_file {NO_WORD}"),
    # SSH arguments.
    "arguments-list": (at(C, ansible_ssh_common_args=["-o", SECRET]), f"ansible_ssh_common_args {NO_WORD}"),
    "arguments-words": (arguments(f"-C {SECRET}"), "holds a word that belongs to no option"),
    "arguments-port": (arguments("-p 99999"), f"its port '99999' {NO_PORT}"),
    "arguments-jump": (arguments("-J ops@bastion"), f"a line 'Host {C}' and below it 'ProxyJump ops@bastion'"),
    "arguments-proxy": (arguments(f"-oProxyCommand='sshpass -p {SECRET} ssh -W %h:%p j'"), "ProxyCommand with the value"),
    "arguments-program": (arguments("-o PKCS11Provider=/tmp/evil.so"), "holds pkcs11provider"),
    # Templates.
    "template-loop": (at("{{ ansible_host }}"), "its variable ansible_host can't be worked out"),
    "template-broken": (at("{{ 'x' "), "its variable ansible_host can't be worked out"),
    "template-undefined": (at(C, ansible_port="{{ nowhere }}"), "its variable ansible_port can't be worked out"),
    # URIs.
    "uri-password": (uri(URI), "it holds a password"),
    "uri-encoded": (uri(f"xen+ssh://root%3A{SECRET}@h/system"), NO_USER),
    "uri-port": (uri(f"xen+ssh://root:{SECRET}/x@h/system"), NO_ADDRESS),
    "uri-query": (uri(f"xen+ssh://root:1?{SECRET}@h/system"), "one of its parameters has no proper name"),
    "uri-program": (uri(f"xen+ssh://{C}/system?%63ommand=/bin/evil"), "would choose a program to run"),
    "uri-semicolon": (uri(f"xen+ssh://{C}/system?keyfile=/k;netcat=x"), "its parameters hold a ';'"),
    "uri-fragment": (uri(f"xen+ssh://{C}/system#x"), "no '#' behind it"),
    "uri-long": (uri(f"xen+ssh://{'h' * 5000}/system"), "longer than 4000 characters"),
    "uri-list": (uri([URI]), "variable xen_uri is no good"),
    "uri-bool": (uri(True), "variable xen_uri is no good"),
    # The rest.
    "migration-list": (at(C, xen_migration_address=[SECRET]), "is no text: give the host's own numeric address"),
    "migration-zone": (at(C, xen_migration_address="fe80::1%eth0"), "give the host's own numeric address"),
    "connection": (at(C, ansible_connection="../../evil"), "is no plugin's name, which libvirt can't take"),
    "connection-dictionary": (at(C, ansible_connection={"ssh": SECRET}), "is no plugin's name"),
    "unreachable": (at("192.0.2.99", ansible_password=SECRET, ansible_become_password=SECRET), "No route to host"),
}  # fmt: skip
"""Host name -> its variables, and what is to be said of it."""


def test_hosts_that_are_half_wrong_are_told_of_and_keep_the_others_from_nothing(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    hosts = {"xen-a": at(A), "xen-b": at(B), **{name: variables for name, (variables, _text) in HOSTS.items()}}
    move = {MODULE: {"name": "web01", "host": "xen-b"}}
    moved, told, found = run_book(fleet, [move, {DOMAINS: {}}, query("web01", attribute="host")], hosts).results
    assert (moved["failed"], moved["changed"], told["failed"], found["msg"]) == (False, True, False, ["xen-b"])
    problems = {name: str(told["hosts"][name]["problem"]) for name in HOSTS}
    assert {name: problems[name] for name, (_variables, text) in HOSTS.items() if text not in problems[name]} == {}
    assert told["placement"] == {"web01": "xen-b"}
    assert not (fleet.directory / "pwned").exists()


KNOWN = {"xen-a": f"xen+ssh://root@{A}/system"}
NO_PATTERN = "hosts is neither a text nor a list of texts"
LONE_URI = "hosts holds a URI without the name of a host"
GIVEN: dict[str, tuple[Any, str]] = {
    "a URI with a password": ({"xen-c": URI}, "it holds a password"),
    "a record with a password": ({"xen-c": {"uri": URI}}, "it holds a password"),
    "a record with an unknown key": ({"xen-a": {"uri": KNOWN["xen-a"], "pass": SECRET}}, "unknown keys: pass"),
    "a list for a URI": ({"xen-c": [URI]}, "Host xen-c needs a libvirt URI"),
    "a name with a new line": ({"xen\nc": KNOWN["xen-a"]}, "is no usable host name"),
    "a name that is written backwards": ({"xen\u202ec": KNOWN["xen-a"]}, "is no usable host name"),
    "JSON with a password": (json.dumps({"xen-c": URI}), "it holds a password"),
    "JSON that ends too early": (f'{{"xen-c": "{URI}', "is no JSON"),
    "JSON without an end": ("[" * 100_000, "nested too deeply"),
    "only a URI": (URI, LONE_URI),
    "a list of URIs": ([URI], LONE_URI),
    "a dictionary in a list": ([{"xen-c": URI}], NO_PATTERN),
    "a number": (7, NO_PATTERN),
    "a path": ("../../etc/passwd", "which matches no host of the inventory"),
    "a file of patterns": ("@/etc/passwd", "which matches no host of the inventory"),
    "a place in a group that is too far": ("xen_hosts[99999999999999999999]", "which matches no host"),
}
"""What is given for ``hosts``, and the error."""

AS_VARIABLE = ("a URI with a password", "only a URI", "a number")
AS_OPTION = ("a record with a password", "a dictionary in a list", "JSON that ends too early")


def test_hosts_that_are_no_good_are_refused_without_repeating_a_password(fleet: FakeFleet) -> None:
    asking = query("nobody", hosts="replaced")
    text = str(asking["ansible.builtin.debug"]["msg"]).replace("'replaced'", "given")
    lookups = [{"ansible.builtin.debug": {"msg": text}, "vars": {"given": given}} for given, _text in GIVEN.values()]
    variables = [query("nobody") | {"vars": {"xenfleet_hosts": GIVEN[name][0]}} for name in AS_VARIABLE]
    modules = [{DOMAINS: {"hosts": GIVEN[name][0]}} for name in AS_OPTION]
    run = run_book(fleet, [*lookups, *variables, *modules], {"xen-a": at(A)})
    wanted = [GIVEN[name][1] for name in (*GIVEN, *AS_VARIABLE, *AS_OPTION)]
    told = [str(result["msg"]) for result in run.results]
    assert [pair for pair in zip(wanted, told, strict=True) if pair[0] not in pair[1]] == []
    assert {result["failed"] for result in run.results} == {True}
    assert fleet.all_calls() == 0


DOMAIN_NAMES = ["web*", "-x", "a'b\"$(touch pwned)", "<domain>&amp;", "\u202e\u0430", "w" * 4096, "{{ '{{' }} 1 }}"]


def test_names_of_domains_are_names_and_nothing_else(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    hosts = {"xen-a": at(A), "xen-b": at(B)}
    steps = [
        {DOMAINS: {"name": [f"{name}x" for name in DOMAIN_NAMES[1:]]}},
        {MODULE: {"name": DOMAIN_NAMES[:4], "host": "xen-b"}},
        {MODULE: {"name": "   ", "host": "xen-b"}},
        {MODULE: {"name": "web01", "host": "xen-b", "new_name": "../<x>"}},
        {MODULE: {"name": "web01", "host": "xen-b", "new_name": "<x>&\"'`$(touch pwned)"}},
        *(query(name) for name in ("", "a\nb", "\x00", "[", "a*" * 2000 + "b")),
    ]
    told, moved, empty, slash, renamed, *asked = run_book(fleet, steps, hosts).results
    assert len(told["missing"]) == len(DOMAIN_NAMES) - 1
    assert "Domain web* was not found on xen-a, xen-b." in moved["msg"]
    assert "The domain name '   ' is empty." in empty["msg"]
    assert "holds a '/' or a control character" in slash["msg"]
    assert [result["failed"] for result in asked] == [True, True, True, False, False]
    assert renamed["domains"]["web01"]["name"] == "<x>&\"'`$(touch pwned)"
    assert fleet.placement() == {"<x>&\"'`$(touch pwned)": ["xen-b: running"]}
    assert not (fleet.directory / "pwned").exists()


TEMPLATE = "{{ lookup('ansible.builtin.pipe', 'touch pwned') }}xen_hosts"


def test_the_environment_and_what_was_made_of_data_are_no_templates(fleet: FakeFleet) -> None:
    # Broken bytes, too: what a terminal of another encoding leaves.
    by_environment = [
        run_book(fleet, [query("nobody")], {"xen-a": at(A)}, XENFLEET_HOSTS=text) for text in (TEMPLATE, "\udcff")
    ]
    assert [run.results[0]["failed"] for run in by_environment] == [True, True]
    data = "{{ '{{' }} lookup('ansible.builtin.pipe', 'touch pwned') }}"
    made = {
        "ansible.builtin.debug": {"msg": f"{{{{ query('{LOOKUP}', 'x', hosts=(made | trim)) }}}}"},
        "vars": {"made": data},
    }
    (result,) = run_book(fleet, [made], {"xen-a": at(A)}).results
    assert result["failed"]
    assert not (fleet.directory / "pwned").exists()


IMPOSTORS = """
from importlib.util import module_from_spec, spec_from_file_location

spec = spec_from_file_location("fake", "{path}")
fake = module_from_spec(spec)
spec.loader.exec_module(fake)
globals().update({{name: value for name, value in vars(fake).items() if not name.startswith("__")}})
honest = fake.virDomain.XMLDesc
fake.virConnect.getType = lambda connection: "QEMU" if connection._host_name == "xen-b" else "Xen"
fake.virDomain.XMLDesc = lambda domain, flags=0: (
    "<!DOCTYPE d [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><domain><name>&e;</name></domain>"
    if domain.connect()._host_name == "xen-c" else honest(domain, flags)
)
"""
"""A libvirt through which xen-b is no Xen host, and xen-c sends XML that reads a file."""


def test_hosts_that_are_not_what_they_should_be_are_told_of(fleet: FakeFleet, tmp_path: Path) -> None:
    fleet.add_host("xen-c")
    fleet.add_domain("web01", "xen-a")
    fleet.add_domain("db01", "xen-c")
    (tmp_path / "libvirt.py").write_text(IMPOSTORS.format(path=FAKE / "libvirt.py"))
    steps = [
        {MODULE: {"name": "web01", "host": "xen-b"}},
        {MODULE: {"name": "db01", "host": "xen-a"}},
        {DOMAINS: {}},
        query("web01", attribute="host"),
        query("db01", details=True),
    ]
    paths = f"{tmp_path}:{fleet.environment()['PYTHONPATH']}"
    hosts = {"xen-a": at(A), "xen-b": at(B), "xen-c": at(C)}
    impossible, unreadable, told, found, detailed = run_book(fleet, steps, hosts, PYTHONPATH=paths).results
    assert "its libvirt drives QEMU, not Xen" in impossible["msg"]
    assert "Host xen-c could not show a domain: what its libvirt sent can't be read." in unreadable["msg"]
    assert "its libvirt drives QEMU, not Xen" in told["hosts"]["xen-b"]["problem"]
    assert found["msg"] == ["xen-a"]
    assert "It may be on xen-b, xen-c, which could not be asked." in detailed["msg"]
    assert fleet.placement() == {"web01": ["xen-a: running"], "db01": ["xen-c: running"]}
