# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proxies as people write them into SSH arguments: when there is none, and which line of ~/.ssh/config says the same."""

from __future__ import annotations

import pytest

from ansible_collections.xenfleet.migration.plugins.plugin_utils._ssh_proxy import Proxy

NONE = {
    "none": True,
    "None": True,
    "bastion": False,
    "nonesuch": False,
    "": False,
}


@pytest.mark.parametrize(("value", "is_none"), NONE.items())
@pytest.mark.parametrize("keyword", ["ProxyJump", "ProxyCommand"])
def test_no_proxy_is_said_by(keyword: str, value: str, is_none: bool) -> None:
    assert Proxy(keyword, value).is_none is is_none


COMMANDS = {
    "ssh -W %h:%p -q bastion": "bastion",
    "ssh -q -W %h:%p bastion": "bastion",
    "ssh bastion -W %h:%p": "bastion",
    "ssh -W '[%h]:%p' bastion": "bastion",
    "ssh -qW %h:%p -p 2222 ops@bastion": "ops@bastion:2222",
    "ssh -l ops -W %h:%p 192.0.2.1": "ops@192.0.2.1",
}
HOPS = ["bastion", "ops@bastion:2222", "a,b@c,d:22", "ssh://ops@bastion:22", "[2001:db8::1]:22"]
LINES = {
    **{("ProxyJump", hop): hop for hop in HOPS},
    **{("ProxyCommand", command): hop for command, hop in COMMANDS.items()},
}


@pytest.mark.parametrize(("proxy", "hop"), LINES.items())
def test_the_advice_has_the_lines_to_write(proxy: tuple[str, str], hop: str) -> None:
    said = Proxy(*proxy, "ansible_ssh_common_args").sentence("192.0.2.13")
    assert said.startswith(f"ansible_ssh_common_args holds {proxy[0]}, which a libvirt URI has no place for. ")
    assert "~/.ssh/config of the user that runs the task" in said
    assert f"a line 'Host 192.0.2.13' and below it 'ProxyJump {hop}'. " in said
    assert said.endswith("in the variable xen_uri")


SECRET = {
    "a program": ("ProxyCommand", "sshpass -p hunter2 ssh -W %h:%p bastion"),
    "another program": ("ProxyCommand", "nc -X connect -P hunter2 %h %p"),
    "ssh with more": ("ProxyCommand", "ssh -o SetEnv=T=hunter2 -W %h:%p bastion"),
    "ssh with another destination": ("ProxyCommand", "ssh -W hunter2:%p bastion"),
    "a command that is run there": ("ProxyCommand", "ssh bastion nc hunter2 %p"),
    "an open quote": ("ProxyCommand", "ssh 'hunter2"),
    "no words": ("ProxyCommand", ""),
    "a password of the jump host": ("ProxyJump", "ops:hunter2@bastion"),
    "a password of the second": ("ProxyJump", "a,ops:hunter2@bastion"),
    "an option": ("ProxyJump", "-ohunter2"),
    "a new line": ("ProxyJump", "bastion\nProxyCommand hunter2"),
}


@pytest.mark.parametrize("proxy", SECRET.values(), ids=SECRET.keys())
def test_the_advice_does_not_repeat(proxy: tuple[str, str]) -> None:
    said = Proxy(*proxy).sentence("xen-c")
    assert f"a line 'Host xen-c' and below it {proxy[0]} with the value that it has now. " in said
    assert "hunter2" not in said
