# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a shell on a host of the fleet answers to the adapter's commands: each is known by a part of it, none is run."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from . import migration, xen
from .errors import libvirtError
from .store import Fleet, HostRecord, load, reading, state_directory, transaction

SLICE_SECONDS = 0.05
"""How long a command waits for what doesn't come."""


def answer(argv: Sequence[str], data: str) -> tuple[int, str, str]:
    """Return exit code, stdout and stderr of ssh with these arguments and this standard input."""
    if list(argv[-4:-2]) == ["-O", "exit"]:
        return 0, "", ""
    if "--" not in argv or len(argv) != list(argv).index("--") + 3:
        return _misused(f"'-- target command' expected, got {argv[1:]}")
    target, command = argv[-2:]
    if "PATH=$PATH:" not in command:
        return _misused(f"the command was changed on its way: {command!r}")
    known = next((show for sign, show in SHOW.items() if sign in command), None)
    if known is None:
        return _misused(f"unknown command {command!r}")
    return _told(target.rpartition("@")[2], lambda record: known(record, command, data), known in CHANGES)


def _told(address: str, show: Callable[[HostRecord], Iterator[str]], changes: bool) -> tuple[int, str, str]:
    with reading(state_directory()) as fleet:
        found = [record for record in fleet["hosts"].values() if record["address"] == address and record["up"]]
        if not found:
            return 255, "", f"ssh: connect to host {address} port 22: No route to host\n"
        if not changes:
            return 0, "".join(f"{line}\n" for line in show(found[0])), ""
    return 0, "".join(f"{line}\n" for line in show(found[0])), ""


def _misused(why: str) -> tuple[int, str, str]:
    return 1, "", f"fake ssh: {why}\n"


def show_facts(record: HostRecord, command: str, _data: str) -> Iterator[str]:
    """As host_facts.py asks."""
    return _sections(FACTS, record, command)


def show_evidence(record: HostRecord, command: str, _data: str) -> Iterator[str]:
    """As host_evidence.py asks."""
    return _sections(EVIDENCE, record, command)


def _sections(shown: Sections, record: HostRecord, command: str) -> Iterator[str]:
    for name in re.findall("echo '== ([a-z]+)'", command):
        yield f"== {name}"
        yield from shown[name](record)


def show_addresses(record: HostRecord) -> Iterator[str]:
    loopback = {
        "ifname": "lo",
        "addr_info": [{"family": "inet", "local": "127.0.0.1", "prefixlen": 8, "scope": "host"}],
    }
    interfaces = [loopback]
    for number, written in enumerate(record["addresses"]):
        address, _slash, length = written.partition("/")
        family = "inet6" if ":" in address else "inet"
        info = {"family": family, "local": address, "prefixlen": int(length), "scope": "global"}
        interfaces.append({"ifname": f"eth{number}", "addr_info": [info]})
    yield json.dumps(interfaces)


def show_xen(record: HostRecord) -> Iterator[str]:
    major, minor = divmod(record["xen_version"] // 1000, 1000)
    yield f"host                   : fake\nxen_version            : {major}.{minor}.7"
    if record["virt_caps"]:
        yield f"virt_caps              : {' '.join(record['virt_caps'])}"


def show_bridges(record: HostRecord) -> Iterator[str]:
    yield from record["bridges"]
    yield "end"


def show_suspendable(record: HostRecord) -> Iterator[str]:
    for domain in xen.active(record):
        yield f"/local/domain/{domain['id']}/control/feature-suspend: {int(domain['suspendable'])}"


def show_cpu(record: HostRecord) -> Iterator[str]:
    yield f"nr_features: 2\n{'KEY':>31} 1d       1c\n\nDynamic sets:"
    for name in ("PV Default", "HVM Default", "PV Max", "HVM Max"):
        yield f"{name:<31} {record['cpu_words']}"


def show_transfers(record: HostRecord) -> Iterator[str]:
    yield from xen.helpers(record)
    yield "end"


def show_ports(record: HostRecord) -> Iterator[str]:
    for port in record["ports"]:
        yield f"LISTEN 0      1      {record['address']}:{port} 0.0.0.0:*"
    yield "end"


def show_user(_record: HostRecord) -> Iterator[str]:
    yield "0"


def show_throttling(record: HostRecord) -> Iterator[str]:
    yield from record["throttling"]


def show_writing(record: HostRecord) -> Iterator[str]:
    yield from record["writing"]


def show_storage(record: HostRecord, _command: str, data: str) -> Iterator[str]:
    """As host_storage.py asks: a path in each line of standard input. What nobody spoke of is a shared block device."""
    for path in data.splitlines():
        yield record["paths"].get(path, f"block 1048576 ID_SERIAL={path}")


def show_reach(record: HostRecord, _command: str, data: str) -> Iterator[str]:
    """As host_reach.py asks: an address in each line of standard input."""
    for address in data.splitlines():
        reason = record["unreachable"].get(address, "Connection refused")
        yield f"{address} ended 1 bash: connect: {reason} bash: line 1: /dev/tcp/{address}/49215: {reason}"


def show_peer(record: HostRecord, _command: str, data: str) -> Iterator[str]:
    """As host_peer.py asks: a URI."""
    try:
        name, _there = migration.peer(record, load(state_directory()), data.strip())
    except libvirtError as error:
        yield f"error: failed to connect to the hypervisor\nerror: {error.err[4].partition(': ')[2]}\n\nended 1"
        return
    yield f"{name}\n\nended 0"


def show_acknowledged(record: HostRecord, _command: str, data: str) -> Iterator[str]:
    """As host_transfer.py asks, with the same input as for ending one."""
    number, _address = data.split()
    uuids = [domain["uuid"] for domain in record["domains"].values() if domain["id"] == int(number)]
    yield migration.acknowledged(load(state_directory()), record, uuids[0]) if uuids else "none"
    migration.look(state_directory())


def show_suspension(record: HostRecord, _command: str, data: str) -> Iterator[str]:
    """As host_suspension.py asks: Xen's id, and what is known. A move that isn't slow comes to its end at once, and so to this;
    its end is too quick for it to be seen given up.
    """
    number, *known = data.split()
    uuids = [domain["uuid"] for domain in record["domains"].values() if domain["id"] == int(number)]
    suspended = not uuids or migration.is_suspended(record, uuids[0])
    if not suspended:
        time.sleep(SLICE_SECONDS)
    now = f"{time.monotonic():.2f}"
    if suspended and not known:
        yield f"asked {now}"
    yield f"{'gone' if suspended else 'waited'} {now}"


def begin_throttle(record: HostRecord, _command: str, data: str) -> Iterator[str]:
    """As host_throttle.py asks: a name, Xen's id, the destination's address and two limits."""
    name, number, _address, rate, total = data.split()
    with _to_change(record) as now:
        now["throttles"][name] = {"number": int(number), "rate": int(rate), "total": int(total), "paced": []}
    yield "ready"


def end_throttle(record: HostRecord, _command: str, data: str) -> Iterator[str]:
    """As host_throttle.py asks, by the name."""
    with _to_change(record) as now:
        limits = now["throttles"].pop(data.strip())
    yield from (f"paced {limit}" for limit in limits["paced"])
    yield "ended"


def end_transfer(record: HostRecord, _command: str, data: str) -> Iterator[str]:
    """As host_transfer.py asks: Xen's id and the destination's address."""
    number, address = data.split()
    if all(host["address"] != address for host in load(state_directory())["hosts"].values()):
        raise LookupError(f"no host has {address}")
    with _to_change(record) as now:
        uuids = [domain["uuid"] for domain in now["domains"].values() if domain["id"] == int(number)]
        yield migration.end_transfer(now, uuids[0], address) if uuids else "none"


def show_written(record: HostRecord, _command: str, data: str) -> Iterator[str]:
    """As host_helper.py asks: Xen's id."""
    (answer,) = show_acknowledged(record, _command, f"{data.strip()} nowhere")
    yield answer.replace("acked", "written")


def kill_sender(record: HostRecord, command: str, data: str) -> Iterator[str]:
    """As host_helper.py asks: Xen's id."""
    end = migration.kill_suspended_sender if "echo running" in command else migration.kill_sender
    with _to_change(record) as now:
        uuids = [domain["uuid"] for domain in now["domains"].values() if domain["id"] == int(data)]
        yield end(now, uuids[0]) if uuids else "none"


def kill_receiver(_record: HostRecord, _command: str, data: str) -> Iterator[str]:
    """As host_helper.py asks the destination: a UUID."""
    with transaction(state_directory()) as fleet:
        migration.kill_receiver(fleet, data.strip())
    yield "looked"


def end_suspended_transfer(record: HostRecord, _command: str, data: str) -> Iterator[str]:
    """As host_transfer.py asks, with the same input as for ending one."""
    number, address = data.split()
    with _to_change(record) as now:
        uuids = [domain["uuid"] for domain in now["domains"].values() if domain["id"] == int(number)]
        yield migration.end_suspended_transfer(now, uuids[0], address) if uuids else "none"


def show_waiting(record: HostRecord, _command: str, data: str) -> Iterator[str]:
    """As host_transfer.py asks the destination: a UUID."""
    yield migration.waiting_reception(load(state_directory()), record, data.strip())


def end_left_transfer(record: HostRecord, _command: str, data: str) -> Iterator[str]:
    """As host_transfer.py asks: Xen's id, and both ends of the connection."""
    number, connection = data.strip().split(maxsplit=1)
    with _to_change(record) as now:
        uuids = [domain["uuid"] for domain in now["domains"].values() if domain["id"] == int(number)]
        yield migration.end_left_transfer(now, uuids[0], connection) if uuids else "none"


def end_reception(_record: HostRecord, _command: str, data: str) -> Iterator[str]:
    """As host_transfer.py asks the destination: both ends of the connection, the source's first."""
    with transaction(state_directory()) as fleet:
        source, there = (_at(fleet, end.rpartition(":")[0]) for end in data.split())
        migration.end_reception(source, there)
    yield "looked"


def restart_daemon(record: HostRecord, _command: str, _data: str) -> Iterator[str]:
    """As host_repair.py asks."""
    with _to_change(record) as now:
        if xen.helpers(now):
            yield "moving"
        else:
            xen.restart_daemon(now)
            yield "restarted"


def destroy(record: HostRecord, _command: str, data: str) -> Iterator[str]:
    """As host_repair.py asks: UUID, Xen's id and what the copy has to be."""
    uuid, number, wanted = data.split()
    with _to_change(record) as now:
        yield xen.destroy(now, uuid, int(number), wanted)


@contextmanager
def _to_change(record: HostRecord) -> Iterator[HostRecord]:
    """Give the host as it is now, to change it."""
    with transaction(state_directory()) as fleet:
        yield _at(fleet, record["address"])


def _at(fleet: Fleet, address: str) -> HostRecord:
    (found,) = [host for host in fleet["hosts"].values() if host["address"] == address]
    return found


Sections = Mapping[str, Callable[[HostRecord], Iterator[str]]]
FACTS: Sections = {
    "addresses": show_addresses,
    "bridges": show_bridges,
    "xen": show_xen,
    "domains": xen.listed,
    "suspendable": show_suspendable,
    "cpu": show_cpu,
    "user": show_user,
    "throttle": show_throttling,
    "writing": show_writing,
}
EVIDENCE: Sections = {
    "user": show_user,
    "transfers": show_transfers,
    "ports": show_ports,
    "domains": xen.listed,
}
SHOW: Mapping[str, Callable[[HostRecord, str, str], Iterator[str]]] = {
    "xl destroy": destroy,
    "systemctl restart": restart_daemon,
    'kill -KILL "$receiver"': kill_receiver,
    'kill -KILL "$helper"': kill_sender,
    "wchar": show_written,
    "echo looked": end_reception,
    "lastrcv": show_waiting,
    "read -r id here there": end_left_transfer,
    "echo sent": end_suspended_transfer,
    "ss -K": end_transfer,
    "blockdev": show_storage,
    "/dev/tcp/": show_reach,
    "virsh -q -c": show_peer,
    "bytes_acked": show_acknowledged,
    "xenstore-watch": show_suspension,
    "MAX_PACING_RATE": begin_throttle,
    "asked.connect": end_throttle,
    "echo '== transfers'": show_evidence,
    "echo '== ": show_facts,
}
"""By what of the adapter's command tells it from the others."""
CHANGES = (
    show_acknowledged,
    show_written,
    kill_sender,
    kill_receiver,
    begin_throttle,
    end_throttle,
    end_left_transfer,
    destroy,
    restart_daemon,
    end_transfer,
    end_suspended_transfer,
    end_reception,
)
"""Those that take the fleet for themselves."""
