# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""URIs made from ways by SSH: each is one that the core accepts, and says what the way said and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.xenfleet.migration.plugins.module_utils._core.uri import parse_uri
from ansible_collections.xenfleet.migration.plugins.plugin_utils._ssh_uri import SshWay, ssh_uri

HOSTS = "/etc/ssh/my hosts"
FILES = "known_hosts=/h&known_hosts_verify"

URIS = {
    "a name": (SshWay("xen-a"), "xen+ssh://xen-a/system"),
    "a name with a domain": (SshWay("xen-a.example.com"), "xen+ssh://xen-a.example.com/system"),
    "an address": (SshWay("192.0.2.11"), "xen+ssh://192.0.2.11/system"),
    "an IPv6 address": (SshWay("2001:db8::1"), "xen+ssh://[2001:db8::1]/system"),
    "all at once, IPv6": (SshWay("2001:db8::1", "ops", 2222), "xen+ssh://ops@[2001:db8::1]:2222/system"),
    "a port": (SshWay("h", port=2222), "xen+ssh://h:2222/system"),
    "the usual port": (SshWay("h", port=22), "xen+ssh://h/system"),
    "a user": (SshWay("h", "root"), "xen+ssh://root@h/system"),
    "a user with an @": (SshWay("h", "ops@example.org"), "xen+ssh://ops%40example.org@h/system"),
    "a user with a backslash": (SshWay("h", r"CORP\ops"), "xen+ssh://CORP%5Cops@h/system"),
    "a key": (SshWay("h", key_file="/home/me/.ssh/xen"), "xen+ssh://h/system?keyfile=/home/me/.ssh/xen"),
    "a key with spaces": (SshWay("h", key_file="/my keys/k 1"), "xen+ssh://h/system?keyfile=/my%20keys/k%201"),
    "a key with an &": (SshWay("h", key_file="/k&no_verify=1"), "xen+ssh://h/system?keyfile=/k%26no_verify%3D1"),
    "a key with a %": (SshWay("h", key_file="/k%20l%%"), "xen+ssh://h/system?keyfile=/k%2520l%25%25"),
    "a key with a ;": (SshWay("h", key_file="/k;command=x"), "xen+ssh://h/system?keyfile=/k%3Bcommand%3Dx"),
    "a key with a # and a ?": (SshWay("h", key_file="/k#?"), "xen+ssh://h/system?keyfile=/k%23%3F"),
    "a key with a +": (SshWay("h", key_file="/k+l"), "xen+ssh://h/system?keyfile=/k%2Bl"),
    "a key with an umlaut": (SshWay("h", key_file="/schlüssel"), "xen+ssh://h/system?keyfile=/schl%C3%BCssel"),
    "a key that counts alone": (SshWay("h", key_file="/k", identities_only=True), "xen+ssh://h/system?keyfile=/k"),
    "known hosts": (
        SshWay("h", known_hosts=HOSTS),
        "xen+libssh://h/system?known_hosts=/etc/ssh/my%20hosts&known_hosts_verify=normal&sshauth=agent,privkey",
    ),
    "known hosts, and a key that counts alone": (
        SshWay("h", "root", 2222, "/k", "/h", identities_only=True),
        f"xen+libssh://root@h:2222/system?keyfile=/k&{FILES}=normal&sshauth=privkey",
    ),
    "known hosts, and no key to count alone": (
        SshWay("h", known_hosts="/h", identities_only=True),
        f"xen+libssh://h/system?{FILES}=normal&sshauth=agent,privkey",
    ),
    "new hosts accepted": (
        SshWay("h", host_key_checking="accept-new"),
        "xen+libssh://h/system?known_hosts=~/.ssh/known_hosts&known_hosts_verify=auto&sshauth=agent,privkey",
    ),
    "new hosts accepted, in a file": (
        SshWay("h", known_hosts="/h", host_key_checking="accept-new"),
        f"xen+libssh://h/system?{FILES}=auto&sshauth=agent,privkey",
    ),
    "no checking": (SshWay("h", host_key_checking="no"), "xen+ssh://h/system?no_verify=1"),
    "no checking, with a key and known hosts": (
        SshWay("h", key_file="/k", known_hosts="/h", host_key_checking="no"),
        "xen+ssh://h/system?keyfile=/k&no_verify=1",
    ),
}
"""Every way as a URI; that the core's reading of it says the same is the other test's matter."""


@pytest.mark.parametrize(("way", "uri"), URIS.values(), ids=URIS.keys())
def test_a_uri_is_made_of(way: SshWay, uri: str) -> None:
    assert ssh_uri(way) == uri


@pytest.mark.parametrize("way", [way for way, _uri in URIS.values()], ids=URIS.keys())
def test_the_core_reads_in_the_uri_what_the_way_was_for(way: SshWay) -> None:
    read = parse_uri(ssh_uri(way), "xen-a")
    assert (read.address, read.user, read.port) == (way.address, way.user, None if way.port == 22 else way.port)
    assert read.parameters.get("keyfile") == way.key_file
    assert read.verifies_host_key is (way.host_key_checking != "no")
    assert read.over_ssh
    if read.verifies_host_key and way.known_hosts:
        assert read.parameters["known_hosts"] == way.known_hosts
    assert _verify(read.parameters) == (way.host_key_checking == "accept-new")


def _verify(parameters: Mapping[str, str]) -> bool:
    return parameters.get("known_hosts_verify") == "auto"


HOSTILE = {
    "an address with parameters": SshWay("h/system?no_verify=1&keyfile=/k"),
    "an address with a program": SshWay("h/system?command=evil&keyfile="),
    "an address with a fragment": SshWay("h/system#"),
    "an address with a query": SshWay("h?"),
    "an address with a path": SshWay("h/"),
    "an address with a user": SshWay("evil@h"),
    "an address with a user, before one": SshWay("evil@h", "root"),
    "an address with a port": SshWay("h:2222"),
    "an address with a port and parameters": SshWay("h:2222/system?no_verify=1&keyfile=/k"),
    "an IPv6 address with parameters": SshWay("::1]/system?no_verify=1&keyfile=[::1"),
    "an address that is an option for ssh": SshWay("-oProxyCommand=evil"),
    "an address with a shell": SshWay("h;evil"),
    "an address with a space": SshWay("h evil"),
    "an address with a new line": SshWay("h\n"),
    "an address with a letter that only looks like another": SshWay("h\u0430"),
    "an address with a zone": SshWay("fe80::1%eth0"),
    "an address that is quoted": SshWay("h%2Fsystem"),
    "an address in brackets": SshWay("[2001:db8::1]"),
    "no address": SshWay(""),
    "a user that is an option for ssh": SshWay("h", "-oProxyCommand=evil"),
    "a user with a shell": SshWay("h", "root;evil"),
    "a user with a password": SshWay("h", "root:secret"),
    "a user with a host": SshWay("h", "root@evil/system?command=x"),
    "a key that is an option for ssh": SshWay("h", key_file="-oProxyCommand=evil"),
    "a key with a new line": SshWay("h", key_file="/k\n"),
    "a port out of range": SshWay("h", port=70000),
}


@pytest.mark.parametrize("way", HOSTILE.values(), ids=HOSTILE.keys())
def test_the_core_refuses_what_is_made_of(way: SshWay) -> None:
    with pytest.raises(InvalidInput, match="The connection URI of host xen-a is refused: "):
        parse_uri(ssh_uri(way), "xen-a")
