# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The driver's rules for one host: its memory, and the life of its domains."""

from __future__ import annotations

import time

from . import document
from .constants import VIR_DOMAIN_AFFECT_CONFIG, VIR_DOMAIN_AFFECT_LIVE
from .errors import failed, job_held, libvirtError, no_domain, refused
from .store import DomainRecord, HostRecord, StreamRecord

DOMAIN_0_UUID = "00000000-0000-0000-0000-000000000000"
LEAST_DOM0_KIB = 128 * 1024

RUNNING, PAUSED, SHUTDOWN, SHUTOFF, CRASHED, PMSUSPENDED = 1, 3, 4, 5, 6, 7
RUNNING_UNKNOWN, RUNNING_BOOTED, RUNNING_MIGRATED, RUNNING_UNPAUSED, RUNNING_WAKEUP = 0, 1, 2, 5, 8
PAUSED_UNKNOWN, PAUSED_USER, PAUSED_MIGRATION = 0, 1, 2
PMSUSPENDED_UNKNOWN = 0
SHUTOFF_UNKNOWN, SHUTOFF_DESTROYED, SHUTOFF_MIGRATED = 0, 2, 4

_XEN = {
    RUNNING: "running",
    PAUSED: "paused",
    SHUTDOWN: "running",
    SHUTOFF: "off",
    CRASHED: "crashed",
    PMSUSPENDED: "suspended",
}


def find(host: HostRecord, uuid: str, name: str = "") -> DomainRecord:
    if uuid not in host["domains"]:
        raise no_domain(f"uuid '{uuid}'" + (f" ({name})" if name else ""))
    return host["domains"][uuid]


def current_xml(domain: DomainRecord) -> str:
    """Return the XML that counts now: the live one of an active domain."""
    return domain["live"] or domain["next_boot"] or ""


def set_metadata(domain: DomainRecord, text: str | None, key: str, uri: str, flags: int) -> None:
    """Set or take away an element of a running domain's metadata, of its definition's, or of both."""
    if flags & VIR_DOMAIN_AFFECT_LIVE:
        check_active(domain)
        domain["live"] = document.with_metadata(domain["live"] or "", text, key, uri)
    if flags & VIR_DOMAIN_AFFECT_CONFIG:
        if domain["next_boot"] is None:
            raise refused("transient domains do not have any persistent config")
        domain["next_boot"] = document.with_metadata(domain["next_boot"], text, key, uri)


def usage_kib(domain: DomainRecord) -> int:
    """Return what Xen takes for the domain: its memory, and for guests what libxl adds (paging memory and slack)."""
    if domain["id"] is None:
        return 0
    _maximum, current, vcpus = document.size(current_xml(domain))
    if domain["uuid"] == DOMAIN_0_UUID:
        return current
    return current + 1024 * vcpus + 8 * (current // 1024) + 2048


def free_kib(host: HostRecord) -> int:
    arriving = sum(min(sent_kib(stream), stream["memory_kib"]) for stream in host["incoming"].values())
    return host["memory_kib"] - arriving - sum(map(usage_kib, [*host["domains"].values(), *host["strays"].values()]))


def sent_kib(stream: StreamRecord) -> int:
    """Return how much of a transfer has arrived by now."""
    if stream["begun"] is None:
        return 0
    sent = int((time.time() - stream["begun"]) * stream["kib_per_s"]) + stream["looks"] * stream["kib_per_look"]
    return min(sent, stream["kib"] if stream["stops_kib"] is None else stream["stops_kib"])


def make_room(host: HostRecord, kib: int) -> bool:
    """Have at least this much free, shrinking the control domain where that is allowed; say whether it could be had."""
    missing = kib - free_kib(host)
    control = host["domains"][DOMAIN_0_UUID]
    maximum, current, _vcpus = document.size(control["live"] or "")
    spare = current - LEAST_DOM0_KIB if maximum > current else 0
    if missing > max(spare, 0):
        return False
    if missing > 0:
        control["live"] = document.with_current_memory(control["live"] or "", current - missing)
    return True


def cpu_time_ns(domain: DomainRecord) -> int:
    since = domain["cpu_since"]
    return domain["cpu_ns"] + (int((time.time() - since) * 1e9) if since is not None else 0)


def set_state(domain: DomainRecord, state: int, reason: int) -> None:
    """Change what libvirt believes, and have Xen do it: unless it has suspended the domain, which only ``wake`` ends."""
    domain["state"], domain["reason"] = state, reason
    if domain["xen"] != "suspended" or state == SHUTOFF:
        set_xen(domain, _XEN[state])


def set_xen(domain: DomainRecord, xen: str) -> None:
    """Change what Xen has, and not what libvirt believes. Only a running domain's CPU time goes on."""
    domain["cpu_ns"] = cpu_time_ns(domain)
    domain["cpu_since"] = time.time() if xen == "running" else None
    domain["xen"] = xen


def check_job(domain: DomainRecord) -> None:
    """Raise as libvirt does for a call that changes a domain on which a job is held, after 30 s that are left out here."""
    if domain["job_held"]:
        raise job_held()


def pause(domain: DomainRecord) -> None:
    check_active(domain)
    if domain["state"] != PAUSED:
        set_state(domain, PAUSED, PAUSED_USER)


def resume(domain: DomainRecord) -> None:
    """Have a paused domain run. Of one that Xen has suspended libvirt says that it did, and nothing happens (seen)."""
    check_active(domain)
    if domain["state"] == PAUSED:
        set_state(domain, RUNNING, RUNNING_UNPAUSED)


def wake(domain: DomainRecord) -> None:
    if domain["state"] != PMSUSPENDED:
        raise refused("Domain is not suspended")
    set_xen(domain, "running")
    set_state(domain, RUNNING, RUNNING_WAKEUP)


def check_clash(host: HostRecord, name: str, uuid: str, live: bool) -> None:
    """Raise unless a domain of this name and UUID may be added; ``live``: it is to be active there."""
    known = host["domains"].get(uuid)
    if known is not None and known["name"] != name:
        raise failed(f"domain '{known['name']}' is already defined with uuid {uuid}")
    if known is not None and live and known["id"] is not None:
        raise refused(f"domain '{name}' is already active")
    for other in host["domains"].values():
        if other["name"] == name and other["uuid"] != uuid:
            raise failed(f"domain '{name}' already exists with uuid {other['uuid']}")


def define(host: HostRecord, xml: str) -> DomainRecord:
    xml = document.normal(xml)
    name, uuid = document.identity(xml)
    check_clash(host, name, uuid, live=False)
    domain = host["domains"].setdefault(uuid, shut_off(name, uuid))
    domain["next_boot"] = xml
    return domain


def shut_off(name: str, uuid: str) -> DomainRecord:
    return DomainRecord(
        name=name,
        uuid=uuid,
        id=None,
        state=SHUTOFF,
        reason=SHUTOFF_UNKNOWN,
        xen="off",
        helper=None,
        live=None,
        next_boot=None,
        autostart=False,
        managed_save=False,
        suspendable=True,
        job_held=False,
        cpu_ns=0,
        cpu_since=None,
    )


def undefine(host: HostRecord, domain: DomainRecord, and_managed_save: bool) -> None:
    """Undefining an active domain makes it transient."""
    if domain["next_boot"] is None:
        raise refused("cannot undefine transient domain")
    if domain["managed_save"] and not and_managed_save:
        raise refused("Refusing to undefine while domain managed save image exists")
    domain["next_boot"], domain["autostart"], domain["managed_save"] = None, False, False
    _forget_if_gone(host, domain)


def start(host: HostRecord, domain: DomainRecord, paused: bool) -> None:
    if domain["id"] is not None:
        raise refused("domain is already running")
    activate(host, domain, domain["next_boot"] or "")
    set_state(domain, *((PAUSED, PAUSED_USER) if paused else (RUNNING, RUNNING_BOOTED)))


def activate(host: HostRecord, domain: DomainRecord, xml: str) -> None:
    """Give it memory and a new Xen id."""
    if domain["uuid"] in host["strays"]:
        raise libvirtError(f"libxenlight failed to create new domain '{domain['name']}'")
    number = host["next_id"]
    wanted = DomainRecord(**{**domain, "id": number, "live": document.live(xml, number)})
    if not make_room(host, usage_kib(wanted)):
        raise libvirtError(f"libxenlight failed to create new domain '{domain['name']}'")
    host["next_id"] += 1
    domain["id"], domain["live"], domain["cpu_ns"], domain["xen"] = number, wanted["live"], 0, "paused"


def deactivate(domain: DomainRecord) -> None:
    """Take the memory of one that was being received, and leave what libvirt keeps for more to come."""
    set_state(domain, SHUTOFF, SHUTOFF_UNKNOWN)
    domain["id"], domain["cpu_ns"], domain["helper"] = None, 0, None


def stop(host: HostRecord, domain: DomainRecord, reason: int) -> None:
    """Take its memory; a transient domain is gone with it."""
    set_state(domain, SHUTOFF, reason)
    domain["id"], domain["live"], domain["cpu_ns"], domain["helper"] = None, None, 0, None
    _forget_if_gone(host, domain)


def check_active(domain: DomainRecord) -> None:
    if domain["id"] is None:
        raise refused("domain is not running")


def _forget_if_gone(host: HostRecord, domain: DomainRecord) -> None:
    if domain["id"] is None and domain["next_boot"] is None:
        del host["domains"][domain["uuid"]]
