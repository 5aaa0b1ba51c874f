# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds a fleet for the fake libvirt, plans its failures and reads what became of it."""

from __future__ import annotations

import os
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from held import Held

from fake_xen import document, host, migration, store, xen
from fake_xen.session import take_down
from fake_xen.store import DomainRecord, HostRecord

HERE = Path(__file__).parent
HELD = "urn:xenfleet:migration:move"
"""The namespace of the note that a move holds a domain's autostart back."""
PAUSED = "urn:xenfleet:migration:paused"
"""The namespace of the note that a domain was paused before its move."""
_OS_TYPES = {"pvh": "xenpvh", "pv": "linux", "hvm": "hvm"}
_STATES = {
    "running": (1, 1),
    "paused": (3, 1),
    "migrating": (3, 2),
    "shutting down": (4, 1),
    "crashed": (6, 0),
    "pmsuspended": (7, 0),
}
_WORDS = {1: "running", 3: "paused", 4: "shutting down", 5: "shut off", 6: "crashed", 7: "pmsuspended"}


def uuid_of(name: str) -> str:
    """Return the UUID that ``add_domain`` gives a domain of this name."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, name))


def domain_xml(
    name: str, kind: str = "pvh", memory_mib: int = 256, vcpus: int = 1, devices: str = "", more: str = ""
) -> str:
    """Return a definition; ``more`` goes to the top level, ``devices`` among the devices."""
    return (
        f"<domain type='xen'><name>{name}</name><uuid>{uuid_of(name)}</uuid>{more}"
        f"<memory unit='MiB'>{memory_mib}</memory><currentMemory unit='MiB'>{memory_mib}</currentMemory>"
        f"<vcpu>{vcpus}</vcpu><os><type arch='x86_64'>{_OS_TYPES[kind]}</type><kernel>/boot/guest</kernel></os>"
        "<on_poweroff>destroy</on_poweroff><on_reboot>restart</on_reboot><devices>"
        f"<disk type='file' device='disk'><source file='/srv/{name}.img'/><target dev='xvda' bus='xen'/></disk>"
        "<interface type='bridge'><mac address='00:16:3e:00:00:01'/><source bridge='xenbr0'/></interface>"
        f"<console type='pty'/>{devices}</devices></domain>"
    )


class FakeFleet:
    """Hosts and domains in one directory of state, or, under its name, in the memory of this process alone."""

    def __init__(self, directory: Path, in_memory: bool = False) -> None:
        self.directory = directory
        (store.keep_in_memory if in_memory else store.create)(directory)

    def add_host(
        self,
        name: str,
        memory_mib: int = 4096,
        dom0_mib: int = 512,
        addresses: Sequence[str] | None = None,
        virt_caps: Sequence[str] = ("pv", "hvm", "hap", "shadow"),
        dom0_max_mib: int | None = None,
    ) -> None:
        """Add a host; its first address, by default the next of 192.0.2.11/24 onwards, is the one in its URI."""
        with store.transaction(self.directory) as fleet:
            own = list(addresses or [f"192.0.2.{11 + len(fleet['hosts'])}/24"])
            fleet["hosts"][name] = HostRecord(
                address=own[0].partition("/")[0],
                addresses=own,
                resolves_to="127.0.1.1",
                up=True,
                outages=0,
                memory_kib=memory_mib * 1024,
                virt_caps=list(virt_caps),
                xen_version=4_017_000,
                libvirt_version=9_000_000,
                cpu=("EPYC", "AMD"),
                guests=["xen", "xenpvh", "hvm"],
                bridges=["xenbr0"],
                networks=[],
                pools=[],
                outsiders={},
                cpu_words="0789c3f5:80802001",
                paths={},
                unreachable={},
                strangers={},
                slow={},
                throttles={},
                throttling=["6.1.0-56-amd64", "/usr/bin/python3", "0"],
                writing=[
                    f"{place} yes 100000 100000 4096 100000 90000"
                    for place in ("/etc/libvirt/libxl", "/run/libvirt/libxl")
                ],
                incoming={},
                ports=[],
                strays={},
                next_id=1,
                domains={host.DOMAIN_0_UUID: _control_domain(dom0_mib, dom0_max_mib or dom0_mib)},
            )

    def add_domain(
        self,
        name: str,
        on: str,
        xml: str | None = None,
        state: str = "running",
        persistent: bool = True,
        autostart: bool = False,
        next_boot_xml: str | None = None,
        managed_save: bool = False,
        suspendable: bool = True,
        job_held: bool = False,
    ) -> None:
        """Add a domain, running for five seconds already; ``next_boot_xml`` where its definition differs from what runs."""
        definition = document.normal(xml or domain_xml(name))
        with store.transaction(self.directory) as fleet:
            domain = _add(fleet["hosts"][on], definition, state)
            domain["autostart"], domain["managed_save"] = autostart, managed_save
            domain["suspendable"], domain["job_held"] = suspendable, job_held
            if persistent:
                domain["next_boot"] = document.normal(next_boot_xml) if next_boot_xml else definition

    def add_domains(self, places: Mapping[str, str], state: str = "running") -> None:
        """Add many persistent domains at once: name -> host."""
        with store.transaction(self.directory) as fleet:
            for name, on in places.items():
                definition = document.normal(domain_xml(name))
                _add(fleet["hosts"][on], definition, state)["next_boot"] = definition

    def fail(
        self,
        on: str,
        call: str,
        when: str = "before",
        skip: int = 0,
        times: int = 1,
        message: str = "as planned",
        leave: str | None = None,
        then_down: Sequence[str] = (),
    ) -> None:
        """Plan a failure, see ``store.Fault``."""
        fault = store.Fault(
            host=on,
            call=call,
            when=when,
            skip=skip,
            times=times,
            message=message,
            leave=leave,
            then_down=list(then_down),
        )
        with store.transaction(self.directory) as fleet:
            fleet["faults"].append(fault)

    def planned(self) -> int:
        """Return how many planned failures have not struck yet."""
        return len(self._read()["faults"])

    def mend(self) -> None:
        """Have no planned failure strike any more."""
        with store.transaction(self.directory) as fleet:
            fleet["faults"].clear()

    def change_domain(self, name: str, on: str, **values: Any) -> None:
        """Change entries of a domain's record (next_boot, ...)."""
        with store.transaction(self.directory) as fleet:
            fleet["hosts"][on]["domains"][uuid_of(name)].update(values)  # type: ignore[typeddict-item]

    def leave(self, name: str, source: str, there: str, how: str) -> None:
        """Make of a domain what a failed move leaves of it, see ``migration.leave``; its caller is gone."""
        with store.transaction(self.directory) as fleet:
            migration.leave(how, fleet["hosts"][source], fleet["hosts"][there], uuid_of(name))

    def finish_transfer(self, name: str, source: str, there: str) -> None:
        """Have a transfer that is under way without a caller come to its end."""
        with store.transaction(self.directory) as fleet:
            migration.finish_transfer(fleet["hosts"][source], fleet["hosts"][there], uuid_of(name))

    @contextmanager
    def hold(self, call: str, patience: float = 60.0) -> Iterator[Held]:
        """Have calls of this name (of those that move) wait at their beginning, until this ends or they are let go."""
        path = self.directory / f"held-{call}"
        os.mkfifo(path)
        held = Held(path, patience)
        try:
            yield held
        finally:
            held.let_go()

    def slow(self, name: str, on: str, how: str) -> None:
        """Have the domain's transfer go on until somebody tries to end it, see ``migration.end_transfer``."""
        with store.transaction(self.directory) as fleet:
            fleet["hosts"][on]["slow"][uuid_of(name)] = how

    def stream(
        self,
        name: str,
        on: str,
        to: str,
        mib_per_s: float = 0,
        mib_per_look: float = 0,
        passes: float = 2,
        stops_mib: float | None = None,
        how: str = "copying",
    ) -> None:
        """Have the domain's transfer take time, until so many times its memory has been sent; or stand still from somewhere on.

        It goes on by itself, or each time that somebody asks for the destination's free memory or for what was acknowledged.
        ``how`` is what is found when somebody tries to end it, see ``slow``.
        """
        with store.transaction(self.directory) as fleet:
            domain = fleet["hosts"][on]["domains"][uuid_of(name)]
            memory = document.size(host.current_xml(domain))[1]
            fleet["hosts"][on]["slow"][uuid_of(name)] = how
            fleet["hosts"][to]["incoming"][uuid_of(name)] = store.StreamRecord(
                begun=None,
                kib=int(memory * passes),
                memory_kib=memory,
                kib_per_s=int(mib_per_s * 1024),
                kib_per_look=int(mib_per_look * 1024),
                looks=0,
                stops_kib=None if stops_mib is None else int(stops_mib * 1024),
            )

    def set_up(self, name: str, up: bool) -> None:
        with store.transaction(self.directory) as fleet:
            if up:
                fleet["hosts"][name]["up"] = True
            else:
                take_down(fleet["hosts"][name])

    def change_host(self, name: str, **values: Any) -> None:
        """Change entries of the host's record (virt_caps, addresses, resolves_to, ...)."""
        with store.transaction(self.directory) as fleet:
            fleet["hosts"][name].update(values)  # type: ignore[typeddict-item]

    def uris(self) -> dict[str, str]:
        return {
            name: f"xen+ssh://root@[{address}]/system" if ":" in address else f"xen+ssh://root@{address}/system"
            for name, address in self.addresses().items()
        }

    def addresses(self) -> dict[str, str]:
        """Return the address that each host is reached at."""
        with store.reading(self.directory) as fleet:
            return {name: record["address"] for name, record in fleet["hosts"].items()}

    def placement(self) -> dict[str, list[str]]:
        """Return every place of every domain: name -> ``xen-a: running``."""
        places: dict[str, list[str]] = {}
        for name, record in self._read()["hosts"].items():
            for domain in record["domains"].values():
                if domain["uuid"] != host.DOMAIN_0_UUID:
                    places.setdefault(domain["name"], []).append(f"{name}: {_WORDS[domain['state']]}")
        return places

    def in_xen(self) -> dict[str, list[str]]:
        """Return what Xen itself has of every domain, whatever libvirt believes: name -> ``xen-a: suspended``."""
        found: dict[str, list[str]] = {}
        for name, record in self._read()["hosts"].items():
            for domain in xen.active(record):
                if domain["uuid"] != host.DOMAIN_0_UUID:
                    found.setdefault(domain["name"], []).append(f"{name}: {domain['xen']}")
        return found

    def domain(self, name: str, on: str) -> DomainRecord:
        """Return a domain's record, but for the empty element that libvirt leaves of metadata that was taken away."""
        domains = self._read()["hosts"][on]["domains"].values()
        return _without_leftover(next(domain for domain in domains if domain["name"] == name))

    def kept(self, name: str, on: str) -> tuple[str | None, bool]:
        """Return a host's definition of a domain and its autostart, as they are but for a move that holds that back."""
        return kept(self.domain(name, on))

    def strays(self, on: str) -> list[str]:
        """Return the names of what a host's Xen has and its libvirt doesn't know of."""
        return [domain["name"] for domain in self._read()["hosts"][on]["strays"].values()]

    def snapshot(self) -> Mapping[str, object]:
        """Return all that a call could have changed, but for the same."""
        hosts = self._read()["hosts"]
        return {
            name: {**record, "domains": {uuid: _without_leftover(found) for uuid, found in record["domains"].items()}}
            for name, record in hosts.items()
        }

    def calls(self, call: str) -> int:
        """Return how many times the API's ``call`` was made on any host."""
        return sum(name == call for _host, name in store.recorded_calls(self.directory))

    def calls_of_hosts(self) -> dict[str, Counter[str]]:
        """Return how many times each call was made on each host that any was made on."""
        made: dict[str, Counter[str]] = {}
        for name, call in store.recorded_calls(self.directory):
            made.setdefault(name, Counter())[call] += 1
        return made

    def all_calls(self) -> int:
        return len(store.recorded_calls(self.directory))

    def environment(self) -> dict[str, str]:
        """Return the environment in which libvirt and ssh are the fake ones."""
        return {
            **os.environ,
            store.VARIABLE: str(self.directory),
            "PYTHONPATH": str(HERE),
            "PATH": f"{HERE / 'bin'}:{os.environ['PATH']}",
        }

    def _read(self) -> store.Fleet:
        return store.load(self.directory)


def _without_leftover(found: DomainRecord) -> DomainRecord:
    text = found["next_boot"]
    if text is None or "<metadata />" not in text:
        return found
    return {**found, "next_boot": document.without_empty_metadata(text)}


def kept(found: DomainRecord) -> tuple[str | None, bool]:
    """Return a domain's definition and its autostart, as they are but for a move that holds, or held, that back."""
    text = found["next_boot"]
    if text is not None and HELD in text:
        noted = document.with_metadata(text, None, "xenfleet-move", HELD)
        found = {**found, "next_boot": noted, "autostart": True}
    whole = _without_leftover(found)
    return whole["next_boot"], whole["autostart"]


def _add(record: HostRecord, definition: str, state: str) -> DomainRecord:
    """Add a domain that is transient, or nothing yet when it is shut off."""
    domain = host.shut_off(*document.identity(definition))
    if state != "shut off":
        host.activate(record, domain, definition)
        host.set_state(domain, *_STATES[state])
        domain["cpu_ns"] = 5 * 10**9
    record["domains"][domain["uuid"]] = domain
    return domain


def _control_domain(memory_mib: int, maximum_mib: int) -> DomainRecord:
    domain = host.shut_off("Domain-0", host.DOMAIN_0_UUID)
    domain["live"] = (
        f"<domain type='xen' id='0'><name>Domain-0</name><uuid>{host.DOMAIN_0_UUID}</uuid>"
        f"<memory unit='MiB'>{maximum_mib}</memory><currentMemory unit='MiB'>{memory_mib}</currentMemory>"
        "<vcpu>2</vcpu><os><type arch='x86_64' machine='xenpv'>linux</type></os></domain>"
    )
    domain["id"], domain["state"], domain["xen"], domain["cpu_since"] = 0, 1, "running", time.time()
    return domain
