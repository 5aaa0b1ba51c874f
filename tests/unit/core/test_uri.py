# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a connection URI may say, and what it must never be able to do."""

from __future__ import annotations

import pytest

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.xenfleet.migration.plugins.module_utils._core.uri import Endpoint, parse_uri

HOSTILE = {
    "a program to run": "xen+ssh://root@h/system?command=/bin/evil",
    "a program to run, encoded": "xen+ssh://root@h/system?%63ommand=/bin/evil",
    "a program to run, its case changed": "xen+ssh://root@h/system?Command=/bin/evil",
    "a program to run, behind a semicolon": "xen+ssh://root@h/system?keyfile=/k;command=/bin/evil",
    "a program to run, as the second parameter": "xen+ssh://root@h/system?keyfile=/k&command=/bin/evil",
    "a program to run, encoded twice": "xen+ssh://root@h/system?%2563ommand=/bin/evil",
    "netcat": "xen+ssh://root@h/system?netcat=/bin/evil",
    "proxy": "xen+libssh://root@h/system?proxy=netcat",
    "an ssh option for a host": "xen+ssh://-oProxyCommand=evil/system",
    "an ssh option for a user": "xen+ssh://-oProxyCommand=evil@h/system",
    "an ssh option for a user, encoded": "xen+ssh://%2DoProxyCommand=evil@h/system",
    "an ssh option for a host, encoded": "xen+ssh://%2DoProxyCommand%3Devil/system",
    "a shell in the host, encoded": "xen+ssh://root@h%3Bevil/system",
    # libvirt puts the socket unquoted into the command line of a shell on the host.
    "a shell in the socket": "xen+ssh://root@h/system?socket=/run/$(evil)",
    "a shell in the socket, encoded": "xen+ssh://root@h/system?socket=/run/x%3Bevil",
    "a quote in the socket": "xen+libssh://root@h/system?socket=/run/x'",
    "an ssh option for a key file": "xen+ssh://root@h/system?keyfile=-oProxyCommand",
    "a shell in the host": "xen+ssh://root@h$(evil)/system",
    "a shell in the user": "xen+ssh://root;evil@h/system",
    "a user with a raw backslash": "xen+ssh://h\\@evil/system",
    "a user with a raw @": "xen+ssh://a@b@h/system",
    "a password": "xen+ssh://root:secret@h/system",
    "an empty password": "xen+ssh://root:@h/system",
    "a space": "xen+ssh://root@h /system",
    "a newline": "xen+ssh://root@h/system\n",
    "a newline inside": "xen+ssh://root@h/sys\ntem",
    "a newline, encoded, in a value": "xen+ssh://root@h/system?keyfile=/k%0a-oProxyCommand",
    "a null byte, encoded": "xen+ssh://root@h/system?keyfile=/k%00",
    "a letter that only looks like another": "xen+ssh://root@h\u0430/system",
    "a full-width question mark": "xen+ssh://root@h/system\uff1fcommand=evil",
    "no host": "xen+ssh:///system",
    "no host, but a user": "xen+ssh://root@/system",
    "no host for tls": "xen+tls:///system",
    "a host for the machine itself": "xen+unix://h/system",
    "another hypervisor": "qemu+ssh://root@h/system",
    "a test driver": "test:///default",
    "a transport that runs a program": "xen+ext://h/system?command=evil",
    "unencrypted tcp": "xen+tcp://h/system",
    "a scheme in capitals": "XEN+SSH://root@h/system",
    "another path": "xen+ssh://root@h/session",
    "a path upwards": "xen+ssh://root@h/../system",
    "a fragment": "xen+ssh://root@h/system#command=evil",
    "an empty fragment": "xen+ssh://root@h/system#",
    "no slashes": "xen:/system",
    "a port of nothing": "xen+ssh://root@h:0/system",
    "a port with a sign": "xen+ssh://root@h:+22/system",
    "an IPv6 address without brackets": "xen+ssh://root@2001:db8::1/system",
    "an IPv6 address with a zone": "xen+ssh://root@[fe80::1%25eth0]/system",
    "an IPv6 address with a raw zone": "xen+ssh://root@[fe80::1%eth0]/system",
    "something behind the bracket": "xen+ssh://root@[2001:db8::1]x/system",
    "an address of the future": "xen+ssh://root@[v1.fe80]/system",
    "more than anyone writes": f"xen+ssh://{'h' * 5000}/system",
    "a port that is none": "xen+ssh://root@h:ssh/system",
    "a port out of range": "xen+ssh://root@h:70000/system",
    "a parameter twice": "xen+ssh://root@h/system?keyfile=/k&keyfile=/l",
    "a parameter twice, once encoded": "xen+ssh://root@h/system?keyfile=/k&%6beyfile=/l",
    "a parameter without a value": "xen+ssh://root@h/system?keyfile",
    "a password prompt": "xen+libssh://root@h/system?sshauth=agent,password",
    "tls parameters over ssh": "xen+ssh://root@h/system?pkipath=/p",
    "an unknown parameter": "xen+ssh://root@h/system?auth=/f",
    "an open bracket": "xen+ssh://root@[2001:db8::1/system",
    "nothing": "",
    "no URI at all": "xen-a",
}


@pytest.mark.parametrize("uri", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_uri_is_refused_that_holds(uri: str) -> None:
    with pytest.raises(InvalidInput, match="The connection URI of host xen-a is refused: "):
        parse_uri(uri, "xen-a")


PASSWORDS = {
    "as usual": "xen+ssh://root:hunter2@h/system",
    "with an encoded colon": "xen+ssh://root%3Ahunter2@h/system",
    "with an encoded @": "xen+ssh://root:hunter2%40h/system",
    "with an @": "xen+ssh://root:hun@ter:hunter2@h/system",
    "with a slash": "xen+ssh://root:hunter2/x@h/system",
    "with a question mark": "xen+ssh://root:1?hunter2@h/system",
    "with a question mark before its equals sign": "xen+ssh://root:1?hunter2=1@h/system",
    "with a hash": "xen+ssh://root:hunter2#@h/system",
    "in brackets": "xen+ssh://[root:hunter2@h]/system",
    "of another scheme": "qemu+ssh://root:hunter2@h/system",
    "for a scheme": "hunter2://root@h/system",
    "for a host": "xen+ssh://hunter2!/system",
    "as a parameter": "xen+ssh://h/system?password=hunter2",
    "as a key file": "xen+ssh://h/system?keyfile=-hunter2",
    "as a method": "xen+libssh://h/system?sshauth=hunter2",
    "with a space": "xen+ssh://root:hunter2 @h/system",
}


@pytest.mark.parametrize("uri", PASSWORDS.values(), ids=PASSWORDS.keys())
def test_a_refusal_does_not_repeat_a_password(uri: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        parse_uri(uri, "xen-a")
    assert "hunter2" not in str(refusal.value)
    assert refusal.value.__context__ is None  # Ansible shows it, too


ACCEPTED = {
    "xen:///system": Endpoint("xen", None, None, None, {}),
    "xen:///": Endpoint("xen", None, None, None, {}),
    "xen+unix:///system": Endpoint("xen+unix", None, None, None, {}),
    "xen+ssh://h/system": Endpoint("xen+ssh", "h", None, None, {}),
    "xen+ssh://root@192.0.2.11:2222/system": Endpoint("xen+ssh", "192.0.2.11", 2222, "root", {}),
    "xen+ssh://root@[2001:db8::1]/": Endpoint("xen+ssh", "2001:db8::1", None, "root", {}),
    "xen+ssh://ops%40example.org@h/system": Endpoint("xen+ssh", "h", None, "ops@example.org", {}),
    "xen+ssh://h/system?keyfile=/k%20y&no_tty=1": Endpoint(
        "xen+ssh", "h", None, None, {"keyfile": "/k y", "no_tty": "1"}
    ),
    "xen+libssh://h/system?sshauth=agent,privkey": Endpoint(
        "xen+libssh", "h", None, None, {"sshauth": "agent,privkey"}
    ),
    "xen+tls://h/system?pkipath=/p": Endpoint("xen+tls", "h", None, None, {"pkipath": "/p"}),
}


@pytest.mark.parametrize(("uri", "endpoint"), ACCEPTED.items(), ids=ACCEPTED.keys())
def test_a_uri_comes_apart(uri: str, endpoint: Endpoint) -> None:
    assert parse_uri(uri, "xen-a") == endpoint


VERIFIES = {"": True, "?no_verify=0": True, "?no_verify=1": False}


@pytest.mark.parametrize(("query", "verifies"), VERIFIES.items())
def test_host_keys_are_verified_unless_the_uri_says_otherwise(query: str, verifies: bool) -> None:
    assert parse_uri(f"xen+ssh://h/system{query}", "xen-a").verifies_host_key is verifies


OVER_SSH = {"xen+ssh://h/": True, "xen+libssh2://h/": True, "xen+tls://h/": False, "xen:///": False}


@pytest.mark.parametrize(("uri", "over_ssh"), OVER_SSH.items())
def test_a_shell_is_known_to_be_had_over_ssh_only(uri: str, over_ssh: bool) -> None:
    assert parse_uri(uri, "xen-a").over_ssh is over_ssh
