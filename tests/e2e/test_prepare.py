# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real Xen hosts that lack what moves need, before and after the role that gives it to them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.lab import Lab
from tests.support.playbooks import Playbooks

HOSTS = ("xen-a", "xen-b")
FIREWALL = """flush ruleset
table inet filter {
    chain input {
        type filter hook input priority filter; policy drop;
        ct state established,related accept
        iifname { "lo", "eth0" } accept comment "the lab's own way in"
        tcp dport 22 accept
    }
    chain own { type filter hook input priority filter + 10; counter comment "accepts, so it is nobody's business"; }
}
"""
CHANGED = "etc/hosts etc/nftables.conf etc/libvirt/libxl.conf etc/ssh/xenlab_authorized_keys root/.ssh"
CLOSE = (
    f"tar -C / -cf /run/before.tar {CHANGED} && rm -r /root/.ssh"
    " && sed -i 1q /etc/ssh/xenlab_authorized_keys"  # the first is this machine's, the second that of the hosts themselves
)
OPEN = (
    "systemctl disable --now --quiet nftables;"
    " rm -rf /etc/xenfleet-migration.nft /etc/systemd/system/nftables.service.d /root/.ssh"
    " && tar -C / -xf /run/before.tar && systemctl daemon-reload && systemctl restart libvirtd"
)
WISH = {"prepare_host_ssh_trust": True, "prepare_host_names": True, "prepare_host_lock_manager": "lockd"}


@pytest.fixture
def closed(lab: Lab) -> Iterator[None]:
    """Have the hosts drop what comes in, without keys for each other; as they were afterwards."""
    try:
        for host in HOSTS:
            lab.xenlab("ssh", host, CLOSE)
            lab.put(host, {"/etc/nftables.conf": FIREWALL})
            lab.xenlab("ssh", host, "systemctl enable --now --quiet nftables")
        yield
    finally:
        for host in HOSTS:
            lab.xenlab("ssh", host, OPEN)


@pytest.fixture
def prepare(lab: Lab, tmp_path: Path) -> Callable[..., tuple[dict[str, int], str]]:
    """Run the role; return how much was changed on each host, and what was printed."""
    inventory = tmp_path / "inventory.yml"
    inventory.write_text(lab.xenlab("inventory"))
    playbooks = Playbooks(tmp_path, {"ANSIBLE_PIPELINING": "True", "ANSIBLE_SHOW_CUSTOM_STATS": "True"})

    def run(*flags: str) -> tuple[dict[str, int], str]:
        output = playbooks.command(
            "ansible-playbook", "xenfleet.migration.prepare", "-i", str(inventory), "-e", json.dumps(WISH), *flags
        )
        return {host: int(count) for host, count in re.findall(r"^(\S+)\s.*changed=(\d+)", output, re.M)}, output

    return run


def codes(lab: Lab, playbooks: Playbooks, *, encrypted: bool) -> set[str]:
    """Return what speaks against a move from xen-a to xen-b, and doesn't go away while the guest boots."""
    checked = playbooks.check(name="walled", host="xen-b", encrypted=encrypted, hosts=lab.hosts(*HOSTS)).result
    return {finding["code"] for finding in checked["findings"]} - {"plain_transport", "unsuspendable"}


@pytest.mark.usefixtures("closed")
@pytest.mark.long
def test_a_host_that_lacks_everything_is_made_ready_in_one_run_and_left_alone_by_the_next(
    lab: Lab,
    guests: Callable[..., None],
    playbooks: Playbooks,
    prepare: Callable[..., tuple[dict[str, int], str]],
) -> None:
    """A guest that runs meanwhile, while libvirt's daemon is restarted for its lock manager, doesn't notice."""
    guests("walled", options=("--no-wait",))
    before = lab.copy("xen-a", "walled")
    assert codes(lab, playbooks, encrypted=False) == {"ports_unreachable"}
    assert codes(lab, playbooks, encrypted=True) == {"peer_unreachable"}

    first, told = prepare()
    assert first.keys() == set(HOSTS)
    assert min(first.values()) > 0, told
    for host in HOSTS:
        assert f"{host} is ready. Firewall: open in nftables (inet filter input)." in told
    assert codes(lab, playbooks, encrypted=False) == set()
    assert codes(lab, playbooks, encrypted=True) == set()
    assert lab.copy("xen-a", "walled") == before
    assert "10.77.0.12" in lab.xenlab("ssh", "xen-a", "getent hosts xen-b")

    second, told = prepare()
    assert second == dict.fromkeys(HOSTS, 0), told

    lab.xenlab("ssh", "xen-b", "systemctl reload nftables")
    rules = lab.xenlab("ssh", "xen-b", "nft list ruleset")
    assert re.findall(r"ip saddr (.*) tcp dport (\S+) accept", rules) == [("10.77.0.11", "49152-49216")], rules
