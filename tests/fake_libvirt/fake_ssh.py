# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for ssh: ``ssh <options> -- <user>@<address> <command>`` on a host of the fake fleet."""

from __future__ import annotations

import json
import sys

from fake_xen.store import HostRecord, load, state_directory


def main() -> int:
    if "--" not in sys.argv or len(sys.argv) != sys.argv.index("--") + 3:
        sys.exit(f"fake ssh: '-- target command' expected, got {sys.argv[1:]}")
    target, command = sys.argv[-2:]
    known = next((known for known in SHOW if command.endswith(f"; {known}")), None)
    if known is None:
        sys.exit(f"fake ssh: unknown command {command!r}")
    address = target.rpartition("@")[2]
    fleet = load(state_directory())
    for record in fleet["hosts"].values():
        if record["address"] == address and record["up"]:
            SHOW[known](record)
            return 0
    print(f"ssh: connect to host {address} port 22: No route to host", file=sys.stderr)
    return 255


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
    print("xen_major              : 4\nxen_minor              : 17")
    if record["virt_caps"]:
        print(f"virt_caps              : {' '.join(record['virt_caps'])}")


def show_bridges(record: HostRecord) -> None:
    print(json.dumps([{"ifname": name} for name in record["bridges"]]))


# As plugins/module_utils/_libvirt/host_shell.py asks.
SHOW = {
    "ip -json address show": show_addresses,
    "ip -json link show type bridge": show_bridges,
    "xl info": show_xen,
}

if __name__ == "__main__":
    sys.exit(main())
