# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A migration, driven by a client or by the source's own daemon, as libvirt's Xen driver does it."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from . import document, host, xen
from .constants import VIR_ERR_ARGUMENT_UNSUPPORTED, VIR_ERR_SYSTEM_ERROR, VIR_FROM_RPC
from .errors import failed, invalid_argument, libvirtError, no_connection, refused
from .store import DomainRecord, Fleet, HostRecord, load, transaction

LIVE, PEER2PEER, TUNNELLED, PERSIST_DEST, UNDEFINE_SOURCE, PAUSED = 1, 2, 4, 8, 16, 32
_FLAGS = LIVE | PEER2PEER | TUNNELLED | PERSIST_DEST | UNDEFINE_SOURCE | PAUSED
_PARAMETERS = {"migrate_uri", "destination_name", "destination_xml"}


def check_call(parameters: Mapping[str, object], flags: int) -> None:
    """Raise for what the driver, or libvirt before it, doesn't take."""
    _check_flags(flags, "libxlDomainMigrateBegin3Params")
    if flags & PEER2PEER:
        raise invalid_argument("use virDomainMigrateToURI3 for peer-to-peer migration")
    if flags & TUNNELLED:
        raise refused("cannot perform tunnelled migration without using peer2peer flag")
    _check_parameters(parameters)


def check_peer_call(uri: str, parameters: Mapping[str, object], flags: int) -> None:
    """Raise for what the driver, or libvirt before it, doesn't take of a move that the source's daemon makes."""
    if not flags & PEER2PEER:
        raise libvirtError("direct migration is not supported by this connection driver", VIR_ERR_ARGUMENT_UNSUPPORTED)
    server = urlsplit(uri).hostname or ""
    if not server or server.startswith("localhost"):
        raise invalid_argument(f"unable to parse server from dconnuri: {uri}")
    _check_flags(flags, "libxlDomainMigratePerform3Params")
    _check_parameters(parameters)


def peer(source: HostRecord, fleet: Fleet, uri: str) -> tuple[str, HostRecord]:
    """Return the host that the source's daemon finds at the URI, by name; raises as it does before it has begun anything."""
    address = urlsplit(uri).hostname or ""
    reason = source["strangers"].get(address)
    for name, there in fleet["hosts"].items():
        if reason is None and there["up"] and address in {own.partition("/")[0] for own in there["addresses"]}:
            return name, there
    told = reason or str(no_connection(address))
    raise failed(f"Failed to connect to remote libvirt URI {uri}: {told}")


def _check_flags(flags: int, function: str) -> None:
    if flags & ~_FLAGS:
        raise invalid_argument(f"unsupported flags (0x{flags & ~_FLAGS:x}) in function {function}")


def _check_parameters(parameters: Mapping[str, object]) -> None:
    for name, value in parameters.items():
        if name not in _PARAMETERS:
            raise invalid_argument(f"parameter '{name}' not supported")
        if not isinstance(value, str):
            raise invalid_argument(f"invalid type for parameter '{name}', expected string")


def migrate(
    source: HostRecord, domain: DomainRecord, there: HostRecord, parameters: dict[str, str], flags: int
) -> None:
    """Move the domain. When this raises, it goes on at the source and the destination has nothing of it."""
    _begin(domain)
    xml = _incoming_xml(domain, parameters)
    name, uuid = document.identity(xml)
    try:
        host.check_clash(there, name, uuid, live=True)
    except libvirtError:
        if flags & PEER2PEER and source["libvirt_version"] < 11_003_000:
            # Seen on Debian 12: the daemon tries to resume what was never suspended, and takes that failure for a suspension.
            # Not so on Debian 13 (libvirt 11.3). Where between them that changed is not known.
            domain["state"], domain["reason"] = host.PAUSED, host.PAUSED_MIGRATION
        raise
    if not flags & TUNNELLED:  # the only connection is the daemons' own then, and a migrate_uri means nothing
        _transport(there, parameters.get("migrate_uri"))
    _check_log_dirty(source, domain, flags)
    if domain["xen"] != "running" or uuid in there["strays"]:
        # Seen on Debian 12: "Domain has not been suspended", because a paused guest can't take part in it. And Xen gives a
        # name only once.
        raise libvirtError("Failed to send migration data to destination host")
    paused = bool(flags & PAUSED)
    arrived = there["domains"].get(uuid) or host.shut_off(name, uuid)
    try:
        host.activate(there, arrived, xml)
    except libvirtError as error:
        raise libvirtError("Failed to send migration data to destination host") from error
    there["domains"][uuid] = arrived
    state = (host.PAUSED, host.PAUSED_USER) if paused else (host.RUNNING, host.RUNNING_MIGRATED)
    host.set_state(arrived, *state)
    if flags & PERSIST_DEST and arrived["next_boot"] is None:  # read in libvirt's code: it leaves one that is there
        arrived["next_boot"] = document.normal(document.inactive(xml))
    if flags & UNDEFINE_SOURCE:
        domain["next_boot"], domain["autostart"] = None, False
    host.stop(source, domain, host.SHUTOFF_MIGRATED)


def wait_while_slow(directory: Path, on: str, there: str, uuid: str) -> None:
    """Return when the transfer goes to its end; raises as libvirt does when it was ended."""
    if uuid not in load(directory)["hosts"][there]["incoming"]:
        while _goes_on(load(directory), on, there, uuid):
            time.sleep(0.01)
        return
    with transaction(directory) as fleet:
        fleet["hosts"][there]["incoming"][uuid]["begun"] = time.time()
        _throttle(fleet, fleet["hosts"][on], uuid)
        if fleet["hosts"][on]["slow"][uuid] in _LEFT:
            _received(fleet["hosts"][there], fleet["hosts"][on]["domains"][uuid])["helper"] = "restore"
    try:
        while _goes_on(load(directory), on, there, uuid):
            time.sleep(0.01)
    finally:
        with transaction(directory) as fleet:
            fleet["hosts"][there]["incoming"].pop(uuid)
            if fleet["hosts"][on]["slow"].get(uuid) != "ended":
                fleet["hosts"][on]["slow"].pop(uuid, None)


def look(directory: Path) -> None:
    """Have the transfers that go on by looks go on."""
    with transaction(directory) as fleet:
        for stream in (stream for there in fleet["hosts"].values() for stream in there["incoming"].values()):
            stream["looks"] += stream["begun"] is not None


def _goes_on(fleet: Fleet, on: str, there: str, uuid: str) -> bool:
    how = fleet["hosts"][on]["slow"].get(uuid)
    if how == "ended":
        raise libvirtError("internal error: Failed to send migration data to destination host")
    stream = fleet["hosts"][there]["incoming"].get(uuid)
    return how is not None and (stream is None or host.sent_kib(stream) < stream["kib"])


def _throttle(fleet: Fleet, source: HostRecord, uuid: str) -> None:
    """Have the limits that wait for this sending take hold, as host_throttle.py does; the transfer isn't slower for it."""
    sending = sum(acknowledged(fleet, source, each) != "none" for each in source["slow"])
    for limits in source["throttles"].values():
        if limits["number"] == source["domains"][uuid]["id"]:
            limits["paced"].append(min(filter(None, (limits["rate"], limits["total"] // max(1, sending)))))


def acknowledged(fleet: Fleet, source: HostRecord, uuid: str) -> str:
    """Answer as the adapter's command does: how much the destination's kernel has acknowledged, while there is a transfer."""
    streams = [there["incoming"][uuid] for there in fleet["hosts"].values() if uuid in there["incoming"]]
    if (
        source["slow"].get(uuid) in {None, "ended", "unheard", "starting", "swallowed", *_LEFT}
        or not streams
        or streams[0]["begun"] is None
    ):
        return "none"
    return f"acked {host.sent_kib(streams[0]) * 1024}"


_LEFT = {"left", "reset"}
"""What the destination receives although its source sends nothing any more, see ``end_transfer``."""
_ENDED = {"starting": "copying", "cut": "unheard", "hung here": "waits here", "hung there": "waits there"}
"""What becomes of a transfer that is ended, if it isn't ended for both hosts."""


def end_transfer(source: HostRecord, uuid: str, address: str) -> str:
    """Answer as the adapter's command does, by what is said of the transfer.

    ``copying``: it ends. ``starting``: not yet, the next time. ``suspended``: too late, it goes on to its end. ``frozen``: it
    ends, and the guest had been suspended after all. ``stuck``: too late, and it goes on as it is: its last memory is under
    way to a destination that doesn't acknowledge it. ``cut``: it ends, and the destination hears nothing of it, so that
    libvirt waits for it until its half is ended, too; seen on Debian 13 with the network between the hosts cut. ``lost``: the
    connection by which daemons send what is encrypted broke, and nobody reads what is sent. ``swallowed``: the process that
    sent has gone, its last memory is the kernel's, and no answer comes; seen likewise. ``left``: that has got there, and the
    process that receives stands still, so that libvirt waits for it until it is killed; seen on Debian 12 and 13. ``reset``:
    the destination's firewall told the source to send no more, and the source's copy runs on; the destination never hears of
    that, and libvirt waits likewise; seen on Debian 12. ``hung here`` and ``hung there``: it ends, and the process that
    sends, or the one that receives, stands still and doesn't notice, so that libvirt waits for it until it is killed; seen on
    Debian 12.
    """
    how = source["slow"].get(uuid)
    if how is None or how in {"ended", "unheard", "swallowed", *_LEFT, "waits here", "waits there"}:
        return "none"
    if how == "suspended":
        del source["slow"][uuid]
        return "suspended"
    if how == "stuck":
        return "suspended"
    source["slow"][uuid] = _ENDED.get(how, "ended")
    if how == "frozen":
        leave("source stopped", source, source, uuid)
    return "none" if how == "starting" else f"ended {source['address']}:55022 {address}:49152"


def end_suspended_transfer(source: HostRecord, uuid: str, address: str) -> str:
    """Answer as the adapter's command does: it ends what is ``stuck``, which leaves the guest as it is."""
    how = source["slow"].get(uuid)
    if how in {None, "ended", "unheard"}:
        return "none"
    if how != "stuck":
        return "running"
    source["slow"][uuid] = "unheard"
    leave("source stopped", source, source, uuid)
    return f"ended {source['address']}:55022 {address}:49152"


def kill_sender(source: HostRecord, uuid: str) -> str:
    """Answer as the adapter's command does that kills the process which sends an encrypted transfer; seen on Debian 13.

    The daemons then wait for each other until the one that receives is killed, too, unless their connection is ``lost``.
    """
    how = source["slow"].get(uuid)
    if how == "waits here":
        source["slow"][uuid] = "ended"
        return "ended"
    answer = end_transfer(source, uuid, "").split()[0]
    if answer == "ended":
        source["slow"][uuid] = "ended" if how == "lost" else "unheard"
    return answer


def kill_suspended_sender(source: HostRecord, uuid: str) -> str:
    """Answer likewise where the guest is suspended: it ends what is ``stuck``, which leaves the guest as it is."""
    return end_suspended_transfer(source, uuid, "").split()[0]


def kill_receiver(fleet: Fleet, uuid: str) -> None:
    """Have the destination give up what is sent no more."""
    for source in fleet["hosts"].values():
        how = source["slow"].get(uuid)
        if how in {"unheard", "waits there", *_LEFT}:
            source["slow"][uuid] = "ended"
        if how == "left":
            leave("source stopped", source, source, uuid)
        if how in _LEFT:
            for there in fleet["hosts"].values():
                if there is not source:
                    there["domains"].pop(uuid, None)


def is_suspended(source: HostRecord, uuid: str) -> bool:
    """Whether the guest is suspended by now, as far as a transfer that is slow has got."""
    return source["slow"].get(uuid) in {None, "suspended", "frozen", "stuck", "swallowed", "left"}


def waiting_reception(fleet: Fleet, there: HostRecord, uuid: str) -> str:
    """Answer as the adapter's command does: the connection of what is ``swallowed``, or was sent by a host that is off now."""
    slow = [source for source in fleet["hosts"].values() if uuid in source["slow"]]
    waits = {"swallowed", "deserted", "reset"}
    sources = [source for source in slow if source["slow"][uuid] in waits or not source["up"]]
    return f"waiting {sources[0]['address']}:55022 {there['address']}:49152" if sources else "none"


def end_left_transfer(source: HostRecord, uuid: str, connection: str) -> str:
    """Answer as the adapter's command does: it ends what is ``swallowed``, which leaves the guest as it is."""
    if source["slow"].get(uuid) == "reset":
        return "running"
    if source["slow"].get(uuid) != "swallowed":
        return "none"
    source["slow"][uuid] = "unheard"
    leave("source stopped", source, source, uuid)
    return f"ended {connection}"


def end_reception(source: HostRecord, there: HostRecord) -> None:
    """Have the destination notice that a transfer was ended at this source, or that the source is off, or was meanwhile."""
    for uuid in [uuid for uuid, how in source["slow"].items() if how == "deserted"]:
        del source["slow"][uuid]
        host.deactivate(there["domains"][uuid])
    for uuid in [uuid for uuid, how in source["slow"].items() if how == "unheard" or not source["up"]]:
        source["slow"][uuid] = "ended"


def leave(how: str, source: HostRecord, there: HostRecord, uuid: str, paused: bool = False) -> None:
    """Make of a domain that is still at the source what a failure halfway leaves of it.

    Seen on Debian 12 and 13:

    * ``halfway``: the caller died between Perform and Confirm. Both copies stand still, jobs and a port are held, and libvirt
      takes the source's for running.
    * ``under way``: the caller died in the first pass, and the transfer goes on, see ``finish_transfer``.
    * ``source stopped``: the connection was ended too late: suspended at the source while libvirt says running.
    * ``stray``: the destination's daemon died in the first pass. The domain runs on, and Xen there has a part of it.
    * ``guest shut down``, ``guest rebooting``: so it did, and libvirt, whose job the move held, doesn't know it.
    * ``job held``: the destination's firewall refused. The domain runs on; its job and the port are never given back.

    * ``awaited``: the caller was killed in the first pass, then the process that sent. The domain runs on; the destination's
      Xen has nothing of it, and its libvirt keeps a transient domain that is shut off, with its job.
    * ``awaited in vain``: so it was when the guest was suspended for the last of its memory, which it still is.
    * ``deserted``: the caller was killed in the first pass, then the source lost power, and has booted. Its definition is
      there; the destination receives what nobody sends any more.
    * ``definition left`` (Debian 12 only): the destination could not write the definition. The domain runs on; the daemon there
      keeps one in its memory, of what ran, without autostart.

    Read in libvirt's code, not seen:

    * ``two running``: the answer to Finish was lost, and the source had its copy run on.
    * ``shell left``: the call of Confirm was lost: it runs at the destination, and the source's copy is suspended.

    ``nowhere``, gone from both, is not known to happen.

    ``paused`` is whether the move was to have the domain paused at its destination: no copy that arrives there runs then.
    """
    _WRECKS[how](source, there, source["domains"][uuid])
    arrived = there["domains"].get(uuid)
    if paused and there is not source and arrived is not None and arrived["state"] == host.RUNNING:
        host.set_state(arrived, host.PAUSED, host.PAUSED_USER)
        arrived["cpu_ns"] = 0


def finish_transfer(source: HostRecord, there: HostRecord, uuid: str) -> None:
    """Have a transfer without a caller come to its end: the guest was suspended, and nobody unpauses its copy."""
    for end in (source, there):
        end["domains"][uuid]["helper"] = None
    host.set_xen(source["domains"][uuid], "suspended")


def _received(there: HostRecord, domain: DomainRecord) -> DomainRecord:
    """Give the destination's Xen a copy that has not run, which libvirt there knows."""
    copy = there["domains"].get(domain["uuid"]) or host.shut_off(domain["name"], domain["uuid"])
    host.activate(there, copy, domain["live"] or "")
    there["domains"][domain["uuid"]] = copy
    host.set_state(copy, host.PAUSED, host.PAUSED_MIGRATION)
    return copy


def _hold(domain: DomainRecord, there: HostRecord) -> None:
    domain["job_held"] = True
    there["ports"].append(next(port for port in range(49152, 49217) if port not in there["ports"]))


def _under_way(_source: HostRecord, there: HostRecord, domain: DomainRecord) -> None:
    copy = _received(there, domain)
    _hold(domain, there)
    copy["job_held"], copy["helper"], domain["helper"] = True, "restore", "save"


def _halfway(source: HostRecord, there: HostRecord, domain: DomainRecord) -> None:
    _under_way(source, there, domain)
    finish_transfer(source, there, domain["uuid"])


def _source_stopped(_source: HostRecord, _there: HostRecord, domain: DomainRecord) -> None:
    host.set_xen(domain, "suspended")


def _guest_shut_down(_source: HostRecord, _there: HostRecord, domain: DomainRecord) -> None:
    host.set_xen(domain, "shut down")


def _guest_rebooting(_source: HostRecord, _there: HostRecord, domain: DomainRecord) -> None:
    host.set_xen(domain, "rebooting")


def _definition_left(_source: HostRecord, there: HostRecord, domain: DomainRecord) -> None:
    left = host.shut_off(domain["name"], domain["uuid"])
    left["next_boot"] = document.normal(document.inactive(domain["live"] or ""))
    there["domains"][domain["uuid"]] = left


def _stray(_source: HostRecord, there: HostRecord, domain: DomainRecord) -> None:
    copy = host.shut_off(domain["name"], domain["uuid"])
    host.activate(there, copy, domain["live"] or "")
    xen.restart_daemon(there)
    there["strays"][domain["uuid"]] = copy


def _awaited(_source: HostRecord, there: HostRecord, domain: DomainRecord) -> None:
    awaited = host.shut_off(domain["name"], domain["uuid"])
    awaited["live"], awaited["job_held"] = domain["live"], True
    there["domains"][domain["uuid"]] = awaited


def _awaited_in_vain(source: HostRecord, there: HostRecord, domain: DomainRecord) -> None:
    _awaited(source, there, domain)
    host.set_xen(domain, "suspended")


def _deserted(source: HostRecord, there: HostRecord, domain: DomainRecord) -> None:
    copy = _received(there, domain)
    copy["job_held"], copy["helper"] = True, "restore"
    host.stop(source, domain, host.SHUTOFF_UNKNOWN)
    source["slow"][domain["uuid"]] = "deserted"


def _job_held(_source: HostRecord, there: HostRecord, domain: DomainRecord) -> None:
    _hold(domain, there)


def _two_running(_source: HostRecord, there: HostRecord, domain: DomainRecord) -> None:
    host.set_state(_received(there, domain), host.RUNNING, host.RUNNING_MIGRATED)


def _shell_left(_source: HostRecord, there: HostRecord, domain: DomainRecord) -> None:
    copy = _received(there, domain)
    host.set_state(copy, host.RUNNING, host.RUNNING_MIGRATED)
    if domain["next_boot"] is not None:
        copy["next_boot"] = document.normal(document.inactive(domain["live"] or ""))
    host.set_xen(domain, "suspended")
    domain["job_held"] = True


def _nowhere(source: HostRecord, _there: HostRecord, domain: DomainRecord) -> None:
    host.stop(source, domain, host.SHUTOFF_MIGRATED)


_WRECKS: Mapping[str, Callable[[HostRecord, HostRecord, DomainRecord], None]] = {
    "halfway": _halfway,
    "under way": _under_way,
    "source stopped": _source_stopped,
    "guest shut down": _guest_shut_down,
    "guest rebooting": _guest_rebooting,
    "stray": _stray,
    "awaited": _awaited,
    "awaited in vain": _awaited_in_vain,
    "definition left": _definition_left,
    "deserted": _deserted,
    "job held": _job_held,
    "two running": _two_running,
    "shell left": _shell_left,
    "nowhere": _nowhere,
}
WRECKS = tuple(_WRECKS)
"""Everything that ``leave`` knows."""


def _begin(domain: DomainRecord) -> None:
    if domain["uuid"] == host.DOMAIN_0_UUID:
        raise refused("Domain-0 cannot be migrated")
    host.check_active(domain)
    if document.has_host_devices(domain["live"] or ""):
        raise refused("domain has assigned host devices")


def _incoming_xml(domain: DomainRecord, parameters: dict[str, str]) -> str:
    xml = parameters.get("destination_xml") or domain["live"] or ""
    if document.identity(xml)[1] != domain["uuid"]:
        raise failed("destination XML is of another domain")
    if "destination_name" in parameters:
        return document.renamed(xml, parameters["destination_name"])
    return xml


def _transport(there: HostRecord, uri: str | None) -> None:
    """The destination listens on that address, then the source connects to it."""
    address = _address(uri) if uri else there["resolves_to"]
    if ipaddress.ip_address(address).is_loopback:
        text = f"unable to connect to server at '{address}:49152': Connection refused"
        raise libvirtError(text, VIR_ERR_SYSTEM_ERROR, VIR_FROM_RPC)
    if address not in {own.partition("/")[0] for own in there["addresses"]}:
        raise libvirtError("Fail to create socket for incoming migration")
    if ":" in address:
        # Seen on Debian 12: the destination answers with its address and port, and leaves the brackets out.
        raise libvirtError(f"internal error: Unable to parse URI tcp://{address}:49152")


def _address(uri: str) -> str:
    parts = urlsplit(uri)
    try:
        ipaddress.ip_address(parts.hostname or "")
    except ValueError:
        raise invalid_argument(f"unable to parse URI: {uri}") from None
    if parts.scheme != "tcp":
        raise invalid_argument(f"missing or unsupported scheme in migration URI: {uri}")
    return parts.hostname or ""


def _check_log_dirty(source: HostRecord, domain: DomainRecord, flags: int) -> None:
    paging = {"shadow"} if document.os_type(domain["live"] or "") in {"linux", "xen"} else {"shadow", "hap"}
    if flags & LIVE and not paging & set(source["virt_caps"]):
        raise libvirtError("Failed to send migration data to destination host")
