# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for ssh: ``ssh <options> -- <user>@<address> <command>`` on a host of the fake fleet."""

from __future__ import annotations

import json
import re
import sys

from fake_xen import migration
from fake_xen.store import HostRecord, load, state_directory, transaction


def main() -> int:
    if sys.argv[-4:-2] == ["-O", "exit"]:
        return 0
    if "--" not in sys.argv or len(sys.argv) != sys.argv.index("--") + 3:
        sys.exit(f"fake ssh: '-- target command' expected, got {sys.argv[1:]}")
    target, command = sys.argv[-2:]
    if "PATH=$PATH:" not in command:
        sys.exit(f"fake ssh: the command was changed on its way: {command!r}")
    known = next((show for sign, show in SHOW.items() if sign in command), None)
    if known is None:
        sys.exit(f"fake ssh: unknown command {command!r}")
    address = target.rpartition("@")[2]
    for record in load(state_directory())["hosts"].values():
        if record["address"] == address and record["up"]:
            known(record, command)
            return 0
    print(f"ssh: connect to host {address} port 22: No route to host", file=sys.stderr)
    return 255


def show_facts(record: HostRecord, command: str) -> None:
    """As plugins/module_utils/_libvirt/host_facts.py asks: one command with sections."""
    for name in re.findall("echo '== ([a-z]+)'", command):
        print(f"== {name}")
        SECTIONS[name](record)


def show_addresses(record: HostRecord) -> None:
    loopback = {
        "ifname": "lo",
        "addr_info": [{"family": "inet", "local": "127.0.0.1", "prefixlen": 8, "scope": "host"}],
    }
    interfaces = [loopback]
    for number, own in enumerate(record["addresses"]):
        address, _slash, length = own.partition("/")
        family = "inet6" if ":" in address else "inet"
        info = {"family": family, "local": address, "prefixlen": int(length), "scope": "global"}
        interfaces.append({"ifname": f"eth{number}", "addr_info": [info]})
    print(json.dumps(interfaces))


def show_xen(record: HostRecord) -> None:
    major, minor = divmod(record["xen_version"] // 1000, 1000)
    print(f"host                   : fake\nxen_version            : {major}.{minor}.7")
    if record["virt_caps"]:
        print(f"virt_caps              : {' '.join(record['virt_caps'])}")


def show_bridges(record: HostRecord) -> None:
    print(json.dumps([{"ifname": name} for name in record["bridges"]]))


def show_domains(record: HostRecord) -> None:
    print(f"{'UUID':<37} {'ID':<5} name")
    for domain in record["domains"].values():
        if domain["id"] is not None:
            print(f"{domain['uuid']}  {domain['id']:<5} {domain['name']:<30}")
    for number, (uuid, name) in enumerate(record["outsiders"].items(), 1000):
        print(f"{uuid}  {number:<5} {name:<30}")


def show_suspendable(record: HostRecord) -> None:
    for domain in record["domains"].values():
        if domain["id"] is not None:
            print(domain["id"], int(domain["suspendable"]))


def show_cpu(record: HostRecord) -> None:
    print(f"nr_features: 2\n{'KEY':>31} 1d       1c\n\nDynamic sets:")
    for name in ("PV Default", "HVM Default", "PV Max", "HVM Max"):
        print(f"{name:<31} {record['cpu_words']}")


def show_storage(record: HostRecord, _command: str) -> None:
    """As host_storage.py asks: a path in each line of standard input. What nobody spoke of is a shared block device."""
    for path in sys.stdin.read().splitlines():
        print(record["paths"].get(path, f"block 1048576 ID_SERIAL={path}"))


def show_reach(record: HostRecord, _command: str) -> None:
    """As host_reach.py asks."""
    address = sys.stdin.readline().strip()
    reason = record["unreachable"].get(address, "Connection refused")
    print(f"bash: connect: {reason}\nbash: line 1: /dev/tcp/{address}/49215: {reason}\nended 1")


def end_transfer(record: HostRecord, _command: str) -> None:
    """As host_transfer.py asks: Xen's id and the destination's address."""
    number, address = sys.stdin.readline().split()
    if all(host["address"] != address for host in load(state_directory())["hosts"].values()):
        sys.exit(f"fake ssh: no host has {address}")
    with transaction(state_directory()) as fleet:
        own = next(host for host in fleet["hosts"].values() if host["address"] == record["address"])
        uuids = [domain["uuid"] for domain in own["domains"].values() if domain["id"] == int(number)]
        print(migration.end_transfer(own, uuids[0], address) if uuids else "none")


def end_reception(_record: HostRecord, _command: str) -> None:
    """As host_transfer.py asks the destination: both ends of the connection."""
    address = sys.stdin.readline().split()[0].rpartition(":")[0]
    with transaction(state_directory()) as fleet:
        migration.end_reception(next(host for host in fleet["hosts"].values() if host["address"] == address))
    print("looked")


def show_acknowledged(record: HostRecord, _command: str) -> None:
    """As host_transfer.py asks, with the same input."""
    number, _address = sys.stdin.readline().split()
    fleet = load(state_directory())
    uuids = [domain["uuid"] for domain in record["domains"].values() if domain["id"] == int(number)]
    print(migration.acknowledged(fleet, record, uuids[0]) if uuids else "none")


def show_user(_record: HostRecord) -> None:
    print(0)


SECTIONS = {
    "addresses": show_addresses,
    "bridges": show_bridges,
    "xen": show_xen,
    "domains": show_domains,
    "suspendable": show_suspendable,
    "cpu": show_cpu,
    "user": show_user,
}
SHOW = {
    "echo '== ": show_facts,
    "blockdev": show_storage,
    "/dev/tcp/": show_reach,
    "echo looked": end_reception,
    "ss -K": end_transfer,
    "bytes_acked": show_acknowledged,
}
"""By what of the adapter's command tells it from the others."""

if __name__ == "__main__":
    sys.exit(main())
