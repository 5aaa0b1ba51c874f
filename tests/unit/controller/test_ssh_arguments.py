# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments for ssh as people write them in ansible_ssh_common_args: what can be carried, and what is refused by its name."""

from __future__ import annotations

import pytest

from ansible_collections.xenfleet.migration.plugins.plugin_utils._ssh_arguments import (
    NotCarried,
    SshArguments,
    read_ssh_arguments,
)
from ansible_collections.xenfleet.migration.plugins.plugin_utils._ssh_proxy import Proxy

NOTHING = SshArguments()
ANSIBLES_OWN = "-C -o ControlMaster=auto -o ControlPersist=60s"

CARRIED = {
    "nothing": ("", NOTHING),
    "spaces": ("  ", NOTHING),
    "Ansible's own": (ANSIBLES_OWN, NOTHING),
    "a control path with tokens": ('-o ControlPath="~/.ansible/cp/%r@%h:%p"', NOTHING),
    "a time-out": ("-o ConnectTimeout=10 -o ServerAliveInterval=30 -oServerAliveCountMax=3", NOTHING),
    "old algorithms": ("-oHostKeyAlgorithms=+ssh-rsa -oPubkeyAcceptedAlgorithms=+ssh-rsa -c aes128-ctr", NOTHING),
    "flags": ("-4 -A -vvv -tt -q", NOTHING),
    "flags in one": ("-4Avq", NOTHING),
    "a user": ("-l ops", SshArguments(user="ops")),
    "a user as an option": ("-o User=ops", SshArguments(user="ops")),
    "a user with a backslash, quoted": (r"-l 'CORP\ops'", SshArguments(user=r"CORP\ops")),
    "a port": ("-p 2222", SshArguments(port="2222")),
    "a port without a space": ("-p2222", SshArguments(port="2222")),
    "a port as an option": ("-oPort=2222", SshArguments(port="2222")),
    "a port that is none": ("-p ssh", SshArguments(port="ssh")),
    "an option in capitals": ("-o PORT=2222", SshArguments(port="2222")),
    "an option with a space": ("-o 'Port 2222'", SshArguments(port="2222")),
    "an option with spaces around its sign": ("-o 'Port = 2222'", SshArguments(port="2222")),
    "an option with a tab": ("-o 'Port\t2222'", SshArguments(port="2222")),
    "an option in double quotes": ('-o "Port 2222"', SshArguments(port="2222")),
    "options without a space": ("-oPort=2222 -oUser=ops", SshArguments(port="2222", user="ops")),
    "a flag before a value": ("-Ap 2222", SshArguments(port="2222")),
    "a key": ("-i ~/.ssh/xen", SshArguments(key_file="~/.ssh/xen")),
    "a key with a space, for the shell": ("-i '/keys/my xen'", SshArguments(key_file="/keys/my xen")),
    "a key with a space, escaped": (r"-i /keys/my\ xen", SshArguments(key_file="/keys/my xen")),
    "a key with a space, for ssh": ("-o 'IdentityFile=\"/keys/my xen\"'", SshArguments(key_file="/keys/my xen")),
    "a key in single quotes, for ssh": ("-o \"IdentityFile '/keys/my xen'\"", SshArguments(key_file="/keys/my xen")),
    "a key with a sign": ("-o IdentityFile=/keys/a=b", SshArguments(key_file="/keys/a=b")),
    "a key that counts alone": (
        "-o IdentitiesOnly=yes -i /keys/xen",
        SshArguments(key_file="/keys/xen", identities_only=True),
    ),
    "a key that doesn't count alone": ("-o IdentitiesOnly=no -i /k", SshArguments(key_file="/k")),
    "a file of known hosts": (
        "-o UserKnownHostsFile=/etc/ansible/known_hosts",
        SshArguments(known_hosts="/etc/ansible/known_hosts"),
    ),
    "files of known hosts, of which the first has a space": (
        "-o 'UserKnownHostsFile=\"/hosts/my xen\" /etc/known_hosts'",
        SshArguments(known_hosts="/hosts/my xen"),
    ),
    "files of known hosts": ("-o 'UserKnownHostsFile /a /b'", SshArguments(known_hosts="/a")),
    "no checking": (
        "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null",
        SshArguments(known_hosts="/dev/null", host_key_checking="no"),
    ),
    "new hosts accepted": ("-o StrictHostKeyChecking=accept-new", SshArguments(host_key_checking="accept-new")),
    "the first of two": ("-p 2222 -o Port=22 -i /a -i /b", SshArguments(port="2222", key_file="/a")),
}


@pytest.mark.parametrize(("text", "arguments"), CARRIED.values(), ids=CARRIED.keys())
def test_arguments_are_read_that_hold(text: str, arguments: SshArguments) -> None:
    assert read_ssh_arguments(text) == arguments


CHECKING = {
    "yes": "yes",
    "Yes": "yes",
    "true": "yes",
    "on": "yes",
    "no": "no",
    "NO": "no",
    "off": "no",
    "false": "no",
    "ask": "ask",
    "accept-new": "accept-new",
}


@pytest.mark.parametrize(("word", "meaning"), CHECKING.items())
def test_checking_has_several_words(word: str, meaning: str) -> None:
    assert read_ssh_arguments(f"-o StrictHostKeyChecking={word}").host_key_checking == meaning


WORD = "a word that belongs to no option"
REFUSED = {
    "a configuration of its own": ("-F ~/.ssh/xen.conf", "the configuration file of -F"),
    "another name of the host": ("-o HostName=192.0.2.1", "hostname"),
    "another name for its key": ("-o HostKeyAlias=xen-a", "hostkeyalias"),
    "a local command": ("-o PermitLocalCommand=yes -o LocalCommand=evil", "permitlocalcommand"),
    "a tunnel": ("-L 16509:localhost:16509", "-L"),
    "an address to come from": ("-b 192.0.2.9", "-b"),
    "an option that ssh doesn't know": ("-o Colour=blue", "colour"),
    "a letter that ssh doesn't know": ("-Z", "option -Z not recognized"),
    "a long option": ("--port 22", "option --port not recognized"),
    "a letter without its value": ("-p", "option -p requires argument"),
    "an option without its value": ("-o", "option -o requires argument"),
    "a quote that is left open": ("-o 'Port 22", "No closing quotation"),
    "an escape of nothing": ("-p 22\\", "No escaped character"),
    "a host": ("-p 22 xen-a", WORD),
    "words": ("no arguments please", WORD),
    "a host after the end": ("-- -oProxyCommand=evil", WORD),
}


@pytest.mark.parametrize(("text", "name"), REFUSED.values(), ids=REFUSED.keys())
def test_arguments_are_refused_that_hold(text: str, name: str) -> None:
    with pytest.raises(NotCarried) as refusal:
        read_ssh_arguments(text)
    assert str(refusal.value) == name


BY_WORD = '-o ProxyCommand="ssh -W %h:%p -q bastion"'
PROXIES = {
    "a jump host": ("-J bastion", Proxy("ProxyJump", "bastion")),
    "a jump host among others": (f"{ANSIBLES_OWN} -J ops@bastion:22 -p 2222", Proxy("ProxyJump", "ops@bastion:22")),
    "a jump host without a space": ("-Jbastion", Proxy("ProxyJump", "bastion")),
    "a jump host as an option": ("-o ProxyJump=bastion", Proxy("ProxyJump", "bastion")),
    "a jump host as an option with a space": ("-o 'ProxyJump bastion'", Proxy("ProxyJump", "bastion")),
    "a jump host as an option with a tab": ("-o 'ProxyJump\tbastion'", Proxy("ProxyJump", "bastion")),
    "a jump host in capitals": ("-oPROXYJUMP=bastion", Proxy("ProxyJump", "bastion")),
    "a command": (BY_WORD, Proxy("ProxyCommand", "ssh -W %h:%p -q bastion")),
    "a command, all of it quoted": ("-o 'ProxyCommand=ssh a'", Proxy("ProxyCommand", "ssh a")),
    "a command behind a space": ("-o 'ProxyCommand ssh a=b'", Proxy("ProxyCommand", "ssh a=b")),
    "a command behind a port": ("-p 22 -oProxyCommand=evil", Proxy("ProxyCommand", "evil")),
    "none, and then one": ("-o ProxyCommand=none -o ProxyJump=bastion", Proxy("ProxyCommand", "none")),
    "no jump, and then one": ("-o ProxyJump=none -J bastion", Proxy("ProxyJump", "none")),
    "no jump, and then a command": ("-o ProxyJump=none -o ProxyCommand=evil", Proxy("ProxyCommand", "evil")),
    "no command, and then one": ("-o ProxyCommand=none -o ProxyCommand=evil", Proxy("ProxyCommand", "none")),
    "one, and then none": ("-J bastion -o ProxyCommand=none", Proxy("ProxyJump", "bastion")),
}


@pytest.mark.parametrize(("text", "proxy"), PROXIES.values(), ids=PROXIES.keys())
def test_a_proxy_is_left_to_the_reader(text: str, proxy: Proxy) -> None:
    assert read_ssh_arguments(text).proxy == proxy
