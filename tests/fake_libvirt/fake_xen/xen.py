# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Xen itself shows and does, whatever libvirt's daemon believes; and what that daemon learns when it begins anew."""

from __future__ import annotations

from collections.abc import Iterator

from . import document, host
from .store import DomainRecord, HostRecord

HEAD = (
    "Name                                        ID   Mem VCPUs\tState\tTime(s)   UUID                            Reason-Code"
    "\tSecurity Label"
)
_LETTERS = {
    "running": "-b----",
    "paused": "--p---",
    "shut down": "---s--",
    "rebooting": "---sr-",
    "suspended": "---ss-",
    "crashed": "---sc-",
}
_REASONS = {"shut down": "0", "rebooting": "1", "suspended": "2", "crashed": "3"}
_WANTED = {"fresh": ("paused",), "suspended": ("suspended",), "ended": ("shut down", "rebooting", "crashed")}
_LEARNED = {
    "running": (host.RUNNING, host.RUNNING_UNKNOWN),
    "paused": (host.PAUSED, host.PAUSED_UNKNOWN),
    "suspended": (host.PMSUSPENDED, host.PMSUSPENDED_UNKNOWN),
}
HELPERS = {
    "save": "/usr/lib/xen-4.17/bin/libxl-save-helper --save-domain 44 36 {} 1 136 0 ",
    "restore": "/usr/lib/xen-4.20/bin/libxl-save-helper --restore-domain 37 -1 {} 1 0 2 0 768 0 ",
}
"""As seen with /proc/PID/cmdline, by what is done. The third number is Xen's id of the domain."""


def active(record: HostRecord) -> list[DomainRecord]:
    """Return everything that Xen has, but for what xl started."""
    known = [*record["domains"].values(), *record["strays"].values()]
    return [domain for domain in known if domain["id"] is not None and domain["xen"] != "gone"]


def listed(record: HostRecord) -> Iterator[str]:
    """Yield what ``xl list -v`` prints."""
    yield HEAD
    yield from map(_line, active(record))
    for number, (uuid, name) in enumerate(record["outsiders"].items(), 1000):
        yield _columns(name, number, (128, 1), "-b----", 12.3, (uuid, "-"))


def helpers(record: HostRecord) -> list[str]:
    """Return the command lines of the processes that send or receive memory."""
    return [HELPERS[domain["helper"]].format(domain["id"]) for domain in active(record) if domain["helper"] is not None]


def restart_daemon(record: HostRecord) -> None:
    """Have libvirt's daemon end and begin anew.

    It gives jobs and ports back, forgets why domains are shut off, and transient ones that are, and learns from Xen what those
    do that it knew.
    """
    record["outages"] += 1
    record["ports"] = []
    for domain in [domain for domain in record["domains"].values() if domain["xen"] == "gone"]:
        host.stop(record, domain, host.SHUTOFF_UNKNOWN)
    for domain in list(record["domains"].values()):
        if domain["id"] is None and domain["next_boot"] is None:
            del record["domains"][domain["uuid"]]
        domain["job_held"] = False
        if domain["id"] is None:
            domain["reason"] = host.SHUTOFF_UNKNOWN
        elif domain["xen"] in _LEARNED and domain["uuid"] != host.DOMAIN_0_UUID:
            domain["state"], domain["reason"] = _LEARNED[domain["xen"]]


def destroy(record: HostRecord, uuid: str, number: int, wanted: str) -> str:
    """Answer as the adapter's command does, by what ``xl list -v`` shows of this Xen id.

    libvirt notices what it knew of, but for a copy whose job a move holds for half a minute more.
    """
    found = next((domain for domain in active(record) if (domain["uuid"], domain["id"]) == (uuid, number)), None)
    if found is None:
        return "gone"
    letters, used = _LETTERS[found["xen"]], f"{_seconds(found):.1f}"
    if found["xen"] not in _WANTED[wanted] or (wanted == "fresh" and used != "0.0"):
        return f"changed {letters} {used} {_REASONS.get(found['xen'], '-')}"
    if record["strays"].pop(uuid, None) is not None:
        return "destroyed"
    if found["job_held"]:
        found["xen"] = "gone"
    else:
        host.stop(record, found, host.SHUTOFF_DESTROYED)
    return "destroyed"


def _line(domain: DomainRecord) -> str:
    _maximum, current, vcpus = document.size(host.current_xml(domain))
    letters = "r-----" if domain["uuid"] == host.DOMAIN_0_UUID else _LETTERS[domain["xen"]]
    identity = (domain["uuid"], _REASONS.get(domain["xen"], "-"))
    return _columns(domain["name"], domain["id"] or 0, (current // 1024, vcpus), letters, _seconds(domain), identity)


def _columns(
    name: str, number: int, size: tuple[int, int], letters: str, seconds: float, identity: tuple[str, str]
) -> str:
    mib, vcpus = size
    uuid, reason = identity
    return f"{name:<40} {number:>5} {mib:>5} {vcpus:>5}     {letters}  {seconds:>8.1f} {uuid} {reason:>8} {'-':>16}"


def _seconds(domain: DomainRecord) -> float:
    return host.cpu_time_ns(domain) / 1e9
