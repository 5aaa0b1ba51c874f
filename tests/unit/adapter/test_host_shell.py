# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking a host by its shell: what ssh is started with, and what is made of the answer."""

from __future__ import annotations

import pytest

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import HypervisorError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Host
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt import host_shell

XEN_A = Host("xen-a", "xen+ssh://192.0.2.11/system")
ADDRESSES = (
    '[{"ifname":"lo","addr_info":[{"local":"127.0.0.1","prefixlen":8,"scope":"host"}]},'
    '{"ifname":"eth0","addr_info":[{"local":"192.0.2.11","prefixlen":24,"scope":"global"},'
    '{"local":"fe80::1","prefixlen":64,"scope":"link"}]},{}]\n'
)


def answering(output: str, complaint: str = "", code: int = 0) -> host_shell.Run:
    return lambda _argv: (code, output, complaint)


SHADOW = {
    "pv hvm hap shadow": True,
    "pv hvm hap": False,
    "pv": False,
    "pv hvm hvm_directio pv_directio hap iommu_hap_pt_share vmtrace gnttab-v1": False,
}


@pytest.mark.parametrize(("caps", "has_it"), SHADOW.items())
def test_xen_s_capabilities_tell_whether_it_has_shadow_paging(caps: str, has_it: bool) -> None:
    info = f"host                   : xen-a\nvirt_caps              : {caps}\n"
    assert host_shell.shadow_paging(XEN_A, answering(info)) is has_it


@pytest.mark.parametrize("info", ["", "virt_caps", "host : xen-a\n", "xen_caps : shadow\n"])
def test_no_capabilities_are_an_error_with_the_reason(info: str) -> None:
    with pytest.raises(HypervisorError, match=r"^Host xen-a could not tell what its Xen can do: xl: not found\.$"):
        host_shell.shadow_paging(XEN_A, answering(info, "xl: not found\n", 127))


@pytest.mark.parametrize("complaint", ["", "Warning: added to known hosts"])
def test_only_global_addresses_count(complaint: str) -> None:
    assert host_shell.addresses(XEN_A, answering(ADDRESSES, complaint)) == ("192.0.2.11/24",)


ODD = ["", "\n", "Welcome!\n", "{", "1\n", '"x"\n', "null\n", "[1]\n", '[{"addr_info": null}]\n',
       '[{"addr_info": [{"local": 5, "prefixlen": "x", "scope": "global"}]}]\n',
       '[{"addr_info": [{"local": "192.0.2.1", "scope": "global"}]}]\n',
       '[{"addr_info": [{"local": "$(evil)", "prefixlen": 24, "scope": "global"}]}]\n']  # fmt: skip


@pytest.mark.parametrize("answer", ODD)
def test_an_odd_answer_is_an_error_and_never_a_crash(answer: str) -> None:
    with pytest.raises(HypervisorError, match=r"^Host xen-a could not tell its addresses: no such command\.$"):
        host_shell.addresses(XEN_A, answering(answer, "no such command", 127))


def test_an_odd_answer_without_a_complaint_is_told_with_its_exit_code() -> None:
    with pytest.raises(HypervisorError, match="exit code 3"):
        host_shell.addresses(XEN_A, answering("", code=3))


@pytest.mark.parametrize("none", ["[]\n", "{}\n"])
def test_no_address_is_an_answer(none: str) -> None:
    assert host_shell.addresses(XEN_A, answering(none)) == ()


def test_bridges_are_told_by_name() -> None:
    answer = '[{"ifindex":4,"ifname":"xenbr1","operstate":"UP"},{"ifindex":3,"ifname":"xenbr0"}]\n'
    assert host_shell.bridges(XEN_A, answering(answer)) == ("xenbr0", "xenbr1")
    assert host_shell.bridges(XEN_A, answering("[]")) == ()


@pytest.mark.parametrize("answer", ["", "x", "5", "[1]", '[{"name": "xenbr0"}]'])
def test_an_odd_answer_about_bridges_is_an_error(answer: str) -> None:
    with pytest.raises(HypervisorError, match=r"^Host xen-a could not tell its bridges: ip: not found\.$"):
        host_shell.bridges(XEN_A, answering(answer, "ip: not found", 127))


OPTIONS = {
    "xen+ssh://192.0.2.11/system": ([], "192.0.2.11"),
    "xen+ssh://root@192.0.2.11/system": ([], "root@192.0.2.11"),
    "xen+ssh://root@[2001:db8::1]:2222/": (["-p", "2222"], "root@2001:db8::1"),
    "xen+ssh://h/?keyfile=/k%20y": (["-i", "/k y"], "h"),
    "xen+libssh://h/?known_hosts=/a%20b": (["-o", 'UserKnownHostsFile="/a b"'], "h"),
    "xen+ssh://h/?no_verify=1": (["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"], "h"),
    "xen+libssh://h/?known_hosts_verify=ignore": (
        ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"], "h",
    ),
}  # fmt: skip


SECONDS = ["-o", "ConnectTimeout=60", "-o", "ServerAliveInterval=15"]


@pytest.mark.parametrize(("uri", "expected"), OPTIONS.items())
def test_ssh_goes_the_way_of_the_connection(uri: str, expected: tuple[list[str], str]) -> None:
    started: list[list[str]] = []

    def run(argv: list[str]) -> tuple[int, str, str]:
        started.append(argv)
        return 0, ADDRESSES, ""

    assert host_shell.addresses(Host("xen-a", uri), run) == ("192.0.2.11/24",)
    (argv,) = started
    options, target = expected
    assert argv[-3:] == ["--", target, host_shell.ADDRESSES]
    assert argv[:-3] == ["ssh", "-n", "-T", "-x", "-o", "BatchMode=yes", *SECONDS, *options]


def no_ssh(_argv: list[str]) -> tuple[int, str, str]:
    raise OSError("no ssh here")


def test_a_connection_that_is_no_ssh_has_no_shell() -> None:
    with pytest.raises(HypervisorError, match=r"there is no shell on it over xen\+tls"):
        host_shell.addresses(Host("xen-a", "xen+tls://h/system"), no_ssh)


def test_a_shell_that_can_t_be_had_is_told() -> None:
    with pytest.raises(HypervisorError, match=r"its shell could not be had \(no ssh here\)"):
        host_shell.addresses(XEN_A, no_ssh)
