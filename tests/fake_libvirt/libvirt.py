# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for libvirt-python: put this directory first on PYTHONPATH, name the state in ``FAKE_LIBVIRT_STATE``.

Names, signatures, numbers and types are libvirt-python's; what the calls do is what libvirt's Xen driver does, as far as it is
known (the rules are in ``fake_xen``). Like libvirt's, a domain object keeps the name, UUID and id that it was looked up with.
"""

# ruff: noqa: N801, N802

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from fake_xen import constants, document, filters, host, migration
from fake_xen.constants import (
    VIR_DOMAIN_JOB_NONE,
    VIR_DOMAIN_JOB_UNBOUNDED,
    VIR_DOMAIN_METADATA_ELEMENT,
    VIR_DOMAIN_SHUTOFF_DESTROYED,
    VIR_DOMAIN_START_PAUSED,
    VIR_DOMAIN_UNDEFINE_MANAGED_SAVE,
    VIR_DOMAIN_XML_INACTIVE,
    VIR_DOMAIN_XML_SECURE,
    VIR_ERR_INVALID_CONN,
    VIR_ERR_OPERATION_DENIED,
    VIR_MIGRATE_PAUSED,
)
from fake_xen.errors import connection_lost, libvirtError, no_domain, refused
from fake_xen.resources import virNetwork, virStoragePool
from fake_xen.session import Session, connect_to, hold, session
from fake_xen.store import DomainRecord, load, reading, record_call

# All of libvirt's constants are names of this module, too.
globals().update({name: value for name, value in vars(constants).items() if name.startswith("VIR_")})


def open(name: str | None = None) -> virConnect:
    return virConnect(*connect_to(name or ""), read_only=False)


def openReadOnly(name: str | None = None) -> virConnect:
    return virConnect(*connect_to(name or ""), read_only=True)


def registerErrorHandler(f: Callable[[object, object], None] | None, ctx: object) -> int:
    """The real one writes each error to stderr unless a handler is registered; this one never does."""
    del f, ctx
    return 1


_event_loop_registered = threading.Event()


def virEventRegisterDefaultImpl() -> int:
    _event_loop_registered.set()
    return 0


def virEventRunDefaultImpl() -> int:
    """The real one waits for the next event; here none ever comes."""
    threading.Event().wait()
    return 0


def getVersion(name: str | None = None) -> int:
    del name
    return 11_003_000


class virConnect:
    """A connection to one host of the fleet."""

    def __init__(self, directory: Path, host_name: str, outages: int, uri: str, read_only: bool) -> None:
        self._directory = directory
        self._host_name = host_name
        self._outages = outages
        self._uri = uri
        self._read_only = read_only
        self._open = True
        self._answers_calls = _event_loop_registered.is_set()

    def setKeepAlive(self, interval: int, count: int) -> int:
        """Nothing falls silent here. As with the real one, only what was opened with an event loop there can be kept alive."""
        del interval, count
        if not self._answers_calls:
            raise libvirtError(
                "internal error: the caller doesn't support keepalive protocol; perhaps it's missing event loop implementation"
            )
        return 0

    def _call(self, name: str, changes: bool = False) -> AbstractContextManager[Session]:
        if not self._open:
            raise libvirtError(name, VIR_ERR_INVALID_CONN)
        if changes and self._read_only:
            raise libvirtError(f"read only access prevents {name}", VIR_ERR_OPERATION_DENIED)
        return session(self._directory, self._host_name, self._outages, name, changes)

    def getType(self) -> str:
        return "Xen"

    def getURI(self) -> str:
        return self._uri

    def getHostname(self) -> str:
        with self._call("getHostname"):
            return self._host_name

    def getVersion(self) -> int:
        with self._call("getVersion") as now:
            return now.host["xen_version"]

    def getLibVersion(self) -> int:
        with self._call("getLibVersion") as now:
            return now.host["libvirt_version"]

    def getInfo(self) -> list[str | int]:
        with self._call("getInfo") as now:
            return ["x86_64", now.host["memory_kib"] // 1024, 4, 2400, 1, 1, 4, 1]

    def getFreeMemory(self) -> int:
        with self._call("getFreeMemory") as now:
            free_kib, arrives = host.free_kib(now.host), bool(now.host["incoming"])
        if arrives:
            migration.look(self._directory)
        return free_kib * 1024

    def getCapabilities(self) -> str:
        with self._call("getCapabilities") as now:
            return document.capabilities(now.host["cpu"], now.host["guests"])

    def listAllNetworks(self, flags: int = 0) -> list[virNetwork]:
        del flags
        with self._call("listAllNetworks") as now:
            return [virNetwork(self, found) for found in now.host["networks"]]

    def listAllStoragePools(self, flags: int = 0) -> list[virStoragePool]:
        del flags
        with self._call("listAllStoragePools") as now:
            return [virStoragePool(self, found) for found in now.host["pools"]]

    def listAllDomains(self, flags: int = 0) -> list[virDomain]:
        with self._call("listAllDomains") as now:
            return [virDomain(self, found) for found in filters.fitting(now.host["domains"].values(), flags)]

    def lookupByUUIDString(self, uuidstr: str) -> virDomain:
        with self._call("lookupByUUIDString") as now:
            return virDomain(self, host.find(now.host, uuidstr.lower()))

    def lookupByName(self, name: str) -> virDomain:
        return self._lookup("lookupByName", lambda found: found["name"] == name, f"name '{name}'")

    def lookupByID(self, id: int) -> virDomain:
        return self._lookup("lookupByID", lambda found: found["id"] == id, f"id {id}")

    def _lookup(self, call: str, fits: Callable[[DomainRecord], bool], what: str) -> virDomain:
        with self._call(call) as now:
            for found in now.host["domains"].values():
                if fits(found):
                    return virDomain(self, found)
            raise no_domain(what)

    def defineXML(self, xml: str) -> virDomain:
        with self._call("defineXML", changes=True) as now:
            return virDomain(self, host.define(now.host, xml))

    def defineXMLFlags(self, xml: str, flags: int = 0) -> virDomain:
        del flags  # VIR_DOMAIN_DEFINE_VALIDATE: there is no schema here
        with self._call("defineXMLFlags", changes=True) as now:
            return virDomain(self, host.define(now.host, xml))

    def isAlive(self) -> int:
        with reading(self._directory) as fleet:
            host_now = fleet["hosts"][self._host_name]
            return int(self._open and host_now["up"] and host_now["outages"] == self._outages)

    def close(self) -> int:
        self._open = False
        return 0


class virDomain:
    """A domain as it was looked up: name, UUID and id stay what they were then, as in libvirt."""

    def __init__(self, connection: virConnect, found: DomainRecord) -> None:
        self._connection = connection
        self._name = found["name"]
        self._uuid = found["uuid"]
        self._id = -1 if found["id"] is None else found["id"]

    @contextmanager
    def _call(self, name: str, changes: bool = False) -> Iterator[tuple[Session, DomainRecord]]:
        with self._connection._call(name, changes) as now:
            yield now, host.find(now.host, self._uuid, self._name)

    @contextmanager
    def _job(self, name: str) -> Iterator[tuple[Session, DomainRecord]]:
        """Make a call for which libvirt takes the domain's job."""
        with self._call(name, changes=True) as (now, found):
            host.check_job(found)
            yield now, found

    def connect(self) -> virConnect:
        return self._connection

    def name(self) -> str:
        return self._name

    def UUIDString(self) -> str:
        return self._uuid

    def ID(self) -> int:
        return self._id

    def isActive(self) -> int:
        with self._call("isActive") as (_now, found):
            return int(found["id"] is not None)

    def isPersistent(self) -> int:
        with self._call("isPersistent") as (_now, found):
            return int(found["next_boot"] is not None)

    def autostart(self) -> int:
        with self._call("autostart") as (_now, found):
            return int(found["autostart"])

    def setAutostart(self, autostart: int) -> int:
        with self._job("setAutostart") as (_now, found):
            if found["next_boot"] is None:
                raise refused("cannot set autostart for transient domain")
            found["autostart"] = bool(autostart)
        return 0

    def state(self, flags: int = 0) -> list[int]:
        del flags
        with self._call("state") as (_now, found):
            return [found["state"], found["reason"]]

    def info(self) -> list[int]:
        with self._call("info") as (_now, found):
            if found["xen"] == "gone":
                raise libvirtError(f"internal error: libxl_domain_info failed for domain '{found['id']}'")
            maximum, current, vcpus = document.size(host.current_xml(found))
            return [
                found["state"],
                maximum,
                current if found["id"] is not None else maximum,
                vcpus,
                host.cpu_time_ns(found),
            ]

    def XMLDesc(self, flags: int = 0) -> str:
        with self._call("XMLDesc", changes=bool(flags & VIR_DOMAIN_XML_SECURE)) as (_now, found):
            xml = host.current_xml(found)
            if flags & VIR_DOMAIN_XML_INACTIVE:
                xml = found["next_boot"] or document.inactive(xml)
            return xml if flags & VIR_DOMAIN_XML_SECURE else document.without_secrets(xml)

    def setMetadata(self, type: int, metadata: str | None, key: str, uri: str, flags: int = 0) -> int:
        if type != VIR_DOMAIN_METADATA_ELEMENT:
            raise NotImplementedError("only elements are set")
        with self._job("setMetadata") as (_now, found):
            host.set_metadata(found, metadata, key, uri, flags)
        return 0

    def hasManagedSaveImage(self, flags: int = 0) -> int:
        del flags
        with self._call("hasManagedSaveImage") as (_now, found):
            return int(found["managed_save"])

    def create(self) -> int:
        return self.createWithFlags(0)

    def createWithFlags(self, flags: int = 0) -> int:
        with self._job("create") as (now, found):
            host.start(now.host, found, paused=bool(flags & VIR_DOMAIN_START_PAUSED))
            self._id = found["id"] or -1
        return 0

    def destroy(self) -> int:
        with self._job("destroy") as (now, found):
            host.check_active(found)
            host.stop(now.host, found, VIR_DOMAIN_SHUTOFF_DESTROYED)
        return 0

    def suspend(self) -> int:
        with self._job("suspend") as (_now, found):
            host.pause(found)
        return 0

    def resume(self) -> int:
        with self._job("resume") as (_now, found):
            host.resume(found)
        return 0

    def pMWakeup(self, flags: int = 0) -> int:
        del flags  # none is known
        with self._job("pMWakeup") as (_now, found):
            host.wake(found)
        return 0

    def undefine(self) -> int:
        with self._call("undefine", changes=True) as (now, found):
            host.undefine(now.host, found, and_managed_save=False)
        return 0

    def undefineFlags(self, flags: int = 0) -> int:
        with self._call("undefineFlags", changes=True) as (now, found):
            host.undefine(now.host, found, bool(flags & VIR_DOMAIN_UNDEFINE_MANAGED_SAVE))
        return 0

    def jobInfo(self) -> list[int]:
        with self._call("jobInfo") as (_now, found):
            host.check_active(found)
            return [VIR_DOMAIN_JOB_UNBOUNDED if found["job_held"] else VIR_DOMAIN_JOB_NONE, *[0] * 11]

    def migrateToURI3(self, dconnuri: str, params: dict[str, str], flags: int = 0) -> int:
        migration.check_peer_call(dconnuri, params, flags)
        directory, here = self._connection._directory, self._connection._host_name
        hold(directory, "migrateToURI3")
        before = load(directory)
        migration.wait_while_slow(
            directory, here, migration.peer(before["hosts"][here], before, dconnuri)[0], self._uuid
        )
        with self._job("migrateToURI3") as (now, found):
            there_name, there = migration.peer(now.host, now.fleet, dconnuri)
            if now.fault is not None and now.fault["leave"] is not None:
                migration.leave(now.fault["leave"], now.host, there, self._uuid, bool(flags & VIR_MIGRATE_PAUSED))
            else:
                migration.migrate(now.host, found, there, params, flags)
            record_call(directory, there_name, f"received, flags {flags}")
        return 0

    def migrate3(self, dconn: virConnect, params: dict[str, str], flags: int = 0) -> virDomain:
        migration.check_call(params, flags)
        if not dconn.isAlive():
            raise connection_lost()
        hold(self._connection._directory, "migrate3")
        migration.wait_while_slow(
            self._connection._directory, self._connection._host_name, dconn._host_name, self._uuid
        )
        with self._job("migrate3") as (now, found):
            there = now.fleet["hosts"][dconn._host_name]
            if now.fault is not None and now.fault["leave"] is not None:
                migration.leave(now.fault["leave"], now.host, there, self._uuid, bool(flags & VIR_MIGRATE_PAUSED))
            else:
                migration.migrate(now.host, found, there, params, flags)
        return dconn.lookupByUUIDString(self._uuid)
