# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The core's one port: what it needs of a hypervisor host, private to this collection."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from .description import Description
from .evidence import HostEvidence
from .model import Abilities, Domain, Host, HostFacts, HostState, Storage, Traits
from .suspension import Suspension


@dataclass(frozen=True)
class Definition:
    """What a persistent domain is besides its memory: its next-boot XML (may hold secrets: never show it) and its autostart."""

    xml: str
    autostart: bool

    def __repr__(self) -> str:
        """Never the XML: graphics passwords live in it."""
        return f"Definition(autostart={self.autostart})"


@dataclass(frozen=True)
class Transfer:
    """How an active domain is to be sent: to which address, live or not, and what it is to be at the other end.

    Where there is a ``peer_uri``, the source's libvirt daemon connects to the destination's at it, and sends the memory through
    that connection or not at all. ``bandwidth`` is a limit in MiB/s, for a driver that has the ability to keep one.
    """

    address: str
    live: bool
    paused: bool
    persistent: bool
    new_name: str | None
    peer_uri: str | None = None
    bandwidth: int | None = None


LEFT = "the domain is not active there any more"
"""Why no transfer could be ended of a domain that has just left."""
NOT_SENDING = "Xen was not sending its memory just then"
"""Why no transfer is ended that has no process any more, or none yet."""
SUSPENDED = "its guest is suspended already for the last of its memory, and only the move's end has it run again"
"""Why no transfer is ended of a guest that stands still."""


@dataclass(frozen=True)
class Connection:
    """The TCP connection that carries a domain's memory: address and port at its source, and at its destination."""

    source: str
    destination: str


class Hypervisor(Protocol):
    """An open connection to one host. Every method raises ``HypervisorError`` when the host refuses or can't be asked."""

    @property
    def host(self) -> Host:
        """The record it was opened from."""

    def state(self) -> HostState:
        """Return what the host shows now, at a number of calls that doesn't grow with its domains."""

    def forget_facts(self) -> None:
        """Have the next ``facts`` ask the host anew."""

    def facts(self) -> HostFacts:
        """Return what a shell on the host tells of it, asked once, then remembered; never raises."""

    def evidence(self) -> HostEvidence:
        """Return what a shell on the host tells of domains just now, whoever started them; never raises."""

    def domains_in_xen(self) -> HostEvidence:
        """Return no more of the evidence than ``domains``: that is quicker; never raises."""

    def storage(self, paths: Collection[str]) -> Mapping[str, Storage]:
        """Return what is behind each path on the host, by its shell; a path that can't be asked for is left out."""

    def volume_path(self, pool: str, volume: str) -> str | None:
        """Return the path of a volume of a storage pool of libvirt's, None if there is no such volume or (active) pool."""

    def has_network(self, name: str) -> bool:
        """Return whether libvirt has an active virtual network of this name."""

    def reach(self, addresses: Collection[str]) -> Mapping[str, str | None]:
        """Return for each address None if the host reaches the migration ports there, else why not, by its shell."""

    def reach_peer(self, destination: Hypervisor, uri: str) -> str | None:
        """Return None if the host's own libvirt daemon can connect to the destination's at ``uri``, else why not.

        By its shell, which has to be root's, as the daemon is. Somebody else's daemon at ``uri`` is no destination either.
        """

    def refuses_changes(self) -> str | None:
        """Return None if the host's libvirt lets this login change something, else why not; changes nothing.

        Raises ``HostUnreachable`` where it can't be looked at either.
        """

    def description(self) -> Description:
        """Return what the host's libvirt tells of the host, None for every part that it refuses."""

    def abilities(self) -> Abilities:
        """Return what the host's driver can do in a move."""

    def traits(self, uuids: Collection[str]) -> Mapping[str, Traits]:
        """Return, by UUID, what listings tell of these domains, without those that the host doesn't know (any more).

        The number of calls doesn't grow with the domains that run or are shut off; each other one takes one more.
        """

    def inspect(self, uuid: str) -> Domain | None:
        """Return the domain as it is now, None if the host doesn't know it."""

    def definition(self, uuid: str) -> Definition:
        """Return the persistent definition, secrets included."""

    def missing(self, wanted: Definition, uuid: str) -> tuple[str, ...]:
        """Return the places in which the host's own definition of the domain lacks what ``wanted`` has."""

    def running_lacks(self, wanted: Definition, uuid: str) -> tuple[str, ...]:
        """Return the places in which an active domain, as it runs, lacks what ``wanted`` has; autostart isn't one of them."""

    def pending(self, uuid: str) -> tuple[str, ...]:
        """Return the places in which an active domain's definition has what the domain will only get at its next boot."""

    def define(self, definition: Definition, name: str) -> None:
        """Make the definition under this name, or replace the one there is; autostart as it says."""

    def hold_autostart(self, uuid: str) -> None:
        """Keep the host from starting a defined domain at its boot, and note with the definition that it is to do so.

        ``definition`` shows it as it was all the same.
        """

    def give_back_autostart(self, uuid: str) -> None:
        """Have the host start the domain at its boot again, and take the note away."""

    def undefine(self, uuid: str) -> None:
        """Remove the definition of an inactive domain."""

    def pause(self, uuid: str) -> None:
        """Have an active domain stop running, its memory kept."""

    def note_pause(self, uuid: str) -> None:
        """Note with a paused domain that it is to be paused again, for whoever finds it running after its move broke off.

        The note ends with the guest, and goes along with its memory; ``definition`` doesn't show it.
        """

    def forget_note(self, uuid: str) -> None:
        """Take that note away, if there is one."""

    def resume(self, uuid: str) -> None:
        """Have a paused domain run on."""

    def send(self, uuid: str, destination: Hypervisor, transfer: Transfer) -> bool:
        """Move an active domain's memory; return whether it was sent through the daemons' own, encrypted connection.

        Its own word is only a hint of where the domain is: ask both hosts afterwards.
        """

    def remember_home(self, uuid: str, home: str) -> None:
        """Note with a domain, running and defined, which host is its home."""

    def forget_home(self, uuid: str) -> None:
        """Take that note away, if there is one."""

    def total_memory_kib(self) -> int:
        """Return all the memory that the host has."""

    def free_memory_kib(self) -> int:
        """Return the host's free memory now; raises rather than connect again where the connection has died."""

    def acknowledged(self, uuid: str, address: str) -> int | None:
        """Return how many bytes of an active domain's memory ``address`` has acknowledged, by the host's shell.

        None while none is being sent.
        """

    def written(self, uuid: str) -> int | None:
        """Return how many bytes of an active domain's memory were given to libvirt's daemon to be sent encrypted, likewise."""

    def follow_suspension(self, uuid: str, xen_id: int, seen: Suspension) -> Suspension:
        """Wait for a minute or so until a domain on its way is given up here, by the host's shell; return what was seen.

        ``seen`` is what was before. Have it run then, if ``send`` holds it back at its destination; at its end ``send`` does so
        itself.
        """

    def begin_throttle(self, uuid: str, address: str, rate: int | None, total: int | None) -> str | None:
        """Have the host limit the sending of an active domain's memory to ``address`` as soon as it begins, by its shell.

        All in bytes/s: ``rate`` for this transfer, ``total`` for what the host sends in all, shared by all that it sends just
        now. None for no limit; at least one is given. Returns what ``end_throttle`` finds it by when the host is ready for the
        sending to begin, None if the domain isn't active. Nothing has to be taken back, should nobody end it.
        """

    def end_throttle(self, throttle: str) -> tuple[int, ...]:
        """Wait for no more sending; return the limits that took hold, in bytes/s and in their order, none if nothing was sent.

        Raises where it could not be limited, or the host doesn't tell.
        """

    def end_transfer(self, uuid: str, address: str) -> Connection | str:
        """End the sending of an active domain's memory to ``address``; return the connection that was ended, else why none was.

        Only where the domain goes on running here: before its guest is suspended for the last of its memory.
        """

    def end_suspended_transfer(self, uuid: str, address: str) -> Connection | str:
        """End the same after the guest's suspension, where memory is on its way that ``address`` has not acknowledged.

        The guest stands still then, and libvirt doesn't have it run on: only for whoever can see to that.
        """

    def waiting_reception(self, uuid: str) -> Connection | bool:
        """Return the connection by which this destination still waits for an active domain's memory, if nothing comes by it.

        True while something has come in the last half minute, False where it has no such connection.
        """

    def end_left_transfer(self, uuid: str, connection: Connection) -> Connection | str:
        """End the sending of what was left of an active domain's memory when the process that sent it had gone; likewise.

        ``connection`` is the one by which the destination waits for it. Only where memory is on its way that it has not
        acknowledged. The guest stands still then, and libvirt doesn't have it run on.
        """

    def end_reception(self, connection: Connection) -> None:
        """Have this destination notice that the connection was ended at its source, where the network didn't tell it."""

    def kill_sender(self, uuid: str, suspended: bool) -> str | None:
        """Kill the process that sends an active domain's memory; return None if that was done, else why not.

        That ends what is sent encrypted, and what stands still. Only where the domain goes on running here, before its guest is
        suspended for the last of its memory; or, for whoever can have it run on, only while it is ``suspended``.
        """

    def kill_receiver(self, uuid: str) -> None:
        """Kill the process by which this destination receives a domain of which its source sends no more."""

    def restart_daemon(self) -> None:
        """Have the host's libvirt daemon begin anew, unless memory is being sent or received there just now."""

    def destroy(self, uuid: str, xen_id: int, never_ran: bool) -> None:
        """Take the memory of a copy, whether libvirt knows it or not, if Xen still shows it paused and without any CPU time.

        Or, where it is not one that ``never_ran``, suspended.
        """

    def clear_away(self, uuid: str, xen_id: int) -> None:
        """Take the memory of a copy whose guest has shut down or asked to be booted again, if Xen still shows it so."""

    def start(self, uuid: str, paused: bool) -> None:
        """Boot a domain that is shut off; where it is to be ``paused``, its guest doesn't begin to run."""

    def wake(self, uuid: str) -> None:
        """Have a domain that Xen suspended for a move run on."""

    def close(self) -> None:
        """Give the connection back; never raises."""
