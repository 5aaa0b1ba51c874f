# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks that run on the Xen hosts themselves, connections over TLS and IPv6, and host variables that are half wrong."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.certificates import Authority
from tests.support.lab import Lab
from tests.support.playbooks import Playbooks

MODULE = "xenfleet.migration.xen_domain_migrate"
INFO = "xenfleet.migration.xen_domain_info"
IPV4 = {"xen-a": "10.77.0.11", "xen-b": "10.77.0.12"}
IPV6 = {"xen-a": "fd00::11", "xen-b": "fd00::12"}
TLS = f"xen+tls://{IPV4['xen-a']}/system"
PLAY = {
    "hosts": "xen_hosts",
    "gather_facts": False,
    "tasks": [{"name": "Pull", MODULE: {"name": "{{ xen_domains }}"}, "when": "xen_domains | length > 0"}],
}


def variables(lab: Lab) -> dict[str, dict[str, Any]]:
    """Return what the lab's inventory says of each host."""
    hosts: dict[str, dict[str, Any]] = yaml.safe_load(lab.xenlab("inventory"))["all"]["children"]["xen_hosts"]["hosts"]
    return hosts


def write_inventory(path: Path, hosts: dict[str, dict[str, Any]], **common: str) -> str:
    """Write an inventory of these hosts and return its path."""
    path.write_text(yaml.safe_dump({"xen_hosts": {"hosts": hosts, "vars": common}}))
    return str(path)


def behind_a_bastion(lab: Lab, directory: Path, hosts: dict[str, dict[str, Any]]) -> str:
    """Write an inventory with addresses that count between the hosts; from here they are reached by way of xen-a.

    Key and known hosts are files of this machine: none of the hosts has them.
    """
    key = Path(variables(lab)["xen-a"]["ansible_ssh_private_key_file"])
    known = directory / "known_hosts"
    lines = (key.parent / "known_hosts").read_text().splitlines()
    aliases = {f"xenlab-{name}": f"{IPV4[name]},{IPV6[name]}" for name in IPV4}
    words = (line.partition(" ") for line in lines)
    known.write_text("".join(f"{aliases[name]} {rest}\n" for name, _blank, rest in words if name in aliases))
    return write_inventory(
        directory / "inventory.yml",
        hosts,
        ansible_user="root",
        ansible_python_interpreter="/usr/bin/python3",
        ansible_ssh_private_key_file=str(key),
        ansible_ssh_common_args=f"-o UserKnownHostsFile={known} -o StrictHostKeyChecking=yes"
        f" -o 'ProxyCommand=ssh -F {key.parent}/ssh_config -W [%h]:%p xen-a'",
    )


def told(output: str) -> dict[str, dict[str, Any]]:
    """Return what the hosts' tasks returned, from the output of ansible or of ansible-playbook -v."""
    decoder = json.JSONDecoder()
    found = re.finditer(r"^(?:\w+: \[)?([\w-]+)(?:\]| \| \w+!?) => (?=\{)", output, re.MULTILINE)
    return {match[1]: decoder.raw_decode(output, match.end())[0] for match in found}


@pytest.fixture
def ipv6(lab: Lab) -> None:
    """Give the hosts IPv6 addresses, and keys for each other by those."""
    for name, address in IPV6.items():
        known = " ".join(f"-e 's/^{IPV4[other]} /{IPV6[other]} /p'" for other in IPV4)
        lab.xenlab(
            "ssh",
            name,
            f"ip address replace {address}/64 dev xenbr0 nodad && sed -n {known} ~/.ssh/known_hosts > ~/.ssh/known_hosts2",
        )


@pytest.fixture
def tls(lab: Lab) -> None:
    """Have xen-a's libvirt listen for TLS; xen-b has certificates that fit, and two sets that are refused."""
    fleet, stranger = Authority("fleet"), Authority("stranger")
    for name, address in IPV4.items():
        certificate, key = fleet.issue(address)
        ends = {f"/etc/pki/libvirt/{end}cert.pem": certificate for end in ("server", "client")}
        keys = {f"/etc/pki/libvirt/private/{end}key.pem": key for end in ("server", "client")}
        lab.put(name, {"/etc/pki/CA/cacert.pem": fleet.certificate, **ends, **keys})
    certificate, key = stranger.issue(IPV4["xen-b"])
    for case, trusted in {"distrusting": "", "unwelcome": fleet.certificate}.items():
        own = {"cacert.pem": trusted + stranger.certificate, "clientcert.pem": certificate, "clientkey.pem": key}
        lab.put("xen-b", {f"/root/{case}/{file}": text for file, text in own.items()})
    units = "libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket"
    lab.xenlab("ssh", "xen-a", f"systemctl stop {units} libvirtd && systemctl start libvirtd-tls.socket libvirtd")


@pytest.mark.usefixtures("ipv6", "tls")
def test_a_domain_is_pulled_and_pushed_by_a_host_itself(lab: Lab, guests: Callable[..., None], tmp_path: Path) -> None:
    """Pulled by ssh between the hosts, over IPv6; pushed over TLS, which gives no shell. Memory goes over IPv4."""
    guests("walker")
    before = lab.ticks("walker")
    playbooks = Playbooks(tmp_path, {"ANSIBLE_PIPELINING": "1"})
    hosts: dict[str, dict[str, Any]] = {
        "xen-a": {"ansible_host": IPV6["xen-a"], "xen_domains": []},
        "xen-b": {"ansible_host": IPV6["xen-b"], "xen_domains": ["walker"]},
    }
    inventory = behind_a_bastion(lab, tmp_path, hosts)
    output = playbooks.command("ansible-playbook", "-v", "-i", inventory, playbooks.write("pull.json", [PLAY]))
    pulled = told(output)["xen-b"]
    assert [(move["source"], move["address"], move["live"]) for move in pulled["moves"]] == [
        ("xen-a", IPV4["xen-b"], True)
    ]
    assert pulled["domains"]["walker"]["uri"] == "xen:///system"
    assert (lab.names("xen-a"), lab.names("xen-b")) == (set(), {"walker"})

    hosts["xen-a"]["xen_uri"] = TLS
    inventory = behind_a_bastion(lab, tmp_path, hosts)
    refused = ask_with_refused_certificates(playbooks, inventory)
    assert "Failed to verify peer's certificate" in refused["distrusting"]["problem"]
    assert "Unable to read TLS confirmation" in refused["unwelcome"]["problem"]
    wish = "name=walker host=xen-a"
    pushed = told(playbooks.command("ansible", "xen-b", "-i", inventory, "-m", MODULE, "-a", wish))["xen-b"]
    assert [(move["address"], move["status"]) for move in pushed["moves"]] == [(IPV4["xen-a"], "moved")]
    assert pushed["domains"]["walker"]["uri"] == TLS
    assert (lab.names("xen-a"), lab.names("xen-b")) == ({"walker"}, set())
    assert lab.wait_for_tick_after("walker", before["count"])["boot"] == before["boot"]


def ask_with_refused_certificates(playbooks: Playbooks, inventory: str) -> dict[str, dict[str, Any]]:
    """Have xen-b ask xen-a with each set of certificates that is no good, and return what it says of the hosts."""
    uris = {case: f"{TLS}?pkipath=/root/{case}" for case in ("distrusting", "unwelcome")}
    words = ("ansible", "xen-b", "-i", inventory, "-m", INFO, "-a", json.dumps({"hosts": uris}))
    found: dict[str, dict[str, Any]] = told(playbooks.command(*words))["xen-b"]["hosts"]
    return found


def test_a_half_wrong_host_is_named_and_the_others_move_on(
    lab: Lab, guests: Callable[..., None], playbooks: Playbooks, tmp_path: Path
) -> None:
    """Beside good ones, one host with a key that it doesn't know, and one with a port that nobody listens on."""
    guests("asleep", options=("--inactive",))
    stranger = tmp_path / "stranger"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", stranger], check=True)
    # By the ssh program: libssh gives up a handshake after 10 s, which several at once on an emulated host may take.
    by_program = {"ansible_ssh_common_args": "", "ansible_host_key_checking": False}
    hosts = {name: {**of_host, **by_program} for name, of_host in variables(lab).items()}
    hosts["keyless"] = {**hosts["xen-b"], "ansible_ssh_private_key_file": str(stranger)}
    hosts["portless"] = {**hosts["xen-b"], "ansible_port": 1}
    inventory = write_inventory(tmp_path / "inventory.yml", hosts)

    moved = playbooks.migrate("-i", inventory, placement={"asleep": "xen-b"}).result
    assert moved.get("failed") is not True, moved
    assert [(move["destination"], move["status"]) for move in moved["moves"]] == [("xen-b", "moved")]
    warnings = {name: [text for text in moved["warnings"] if name in text] for name in ("keyless", "portless")}
    assert {name: len(found) for name, found in warnings.items()} == {"keyless": 1, "portless": 1}
    assert "Permission denied" in warnings["keyless"][0]
    assert "refused" in warnings["portless"][0]
    assert (lab.names("xen-a"), lab.names("xen-b")) == (set(), {"asleep"})

    failed = playbooks.migrate("-i", inventory, placement={"asleep": "keyless"}).result
    assert failed["failed"] is True
    assert [word for word in ("keyless", "Permission denied") if word not in failed["msg"]] == []
    assert (lab.names("xen-a"), lab.names("xen-b")) == (set(), {"asleep"})
