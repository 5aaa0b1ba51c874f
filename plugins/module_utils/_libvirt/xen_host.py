# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Xen host reached through libvirt, private to this collection: the adapter behind the core's ``hypervisor`` port."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from time import monotonic
from typing import Any, TypeVar

from .._core.description import Description
from .._core.errors import HostUnreachable, HypervisorError
from .._core.evidence import HostEvidence
from .._core.hypervisor import LEFT, Connection, Definition, Hypervisor, Transfer
from .._core.later import Later
from .._core.model import DOMAIN_0_UUID, Abilities, Domain, Host, HostFacts, HostState, Listed, State, Storage, Traits
from .._core.suspension import Suspension
from .._core.uri import parse_uri
from . import domain_xml, host_description
from .connection_pool import ConnectionPool
from .defining import define
from .dependencies import libvirt
from .domain_home import note_home
from .domain_listing import domain_id, listed_traits, looked_up, traits_in
from .domain_state import came_by_move, has_ended, is_moved_away, was_booted
from .held_autostart import give_back_autostart, hold_autostart, is_held
from .held_back import HeldBack
from .host_evidence import ask_domains, ask_evidence
from .host_facts import ask_facts
from .host_helper import ask_kill_receiver, ask_kill_sender, ask_written
from .host_peer import ask_peer
from .host_reach import ask_reach
from .host_repair import ask_clear_away, ask_destroy, ask_restart
from .host_storage import ask_storage
from .host_suspension import ask_suspension
from .host_throttle import begin_throttle, end_throttle
from .host_transfer import (
    ask_acknowledged,
    ask_end,
    ask_end_left,
    ask_end_suspended,
    ask_end_there,
    ask_waiting,
)
from .keepalive import open_kept_alive
from .noted_state import Notes, forget_note, note_pause, note_run, notes_of
from .sending import flags_of, parameters_of, runs_on_in_doubt
from .shell import Run, Shell

_MIN_DOM0_KIB = 128 * 1024
"""libxl's LIBXL_MIN_DOM0_MEM: autoballooning never takes the control domain below it."""

_MORE_ATTEMPTS = 4
"""With the last one that makes 50 s, within what a host may take to connect in all."""

OPEN_SECONDS = 75
"""How long a connection may take to be opened, all attempts together. libvirt looks whether a host is silent only once one is
open: an opening that a firewall silenced in the middle of it took a quarter of an hour, until TCP gave it up."""

_GONE = "libxl_domain_info failed"
"""What libvirt says of a domain that it takes for active, and that Xen doesn't have (seen with 9.0)."""

Answer = TypeVar("Answer")


def connector(run: Run, read_only: bool = False) -> Callable[[Host], XenHost]:
    """Return what opens connections; ``run`` runs the shell's commands. Over a read-only one libvirt refuses every change.

    What is returned raises ``HostUnreachable``, also for a libvirt that doesn't drive Xen.
    """
    opener = libvirt.openReadOnly if read_only else open_kept_alive
    return lambda host: XenHost(host, opener, run, read_only)


def _open(host: Host, opener: Callable[[str], Any]) -> Any:
    # libvirt-python writes every error to stderr as well as raising it.
    libvirt.registerErrorHandler(lambda _context, _error: None, None)
    opened: Later[Any] = Later(lambda: _patiently(opener, host.uri))
    if not opened.is_there_within(OPEN_SECONDS):
        raise HostUnreachable(host.name, host.uri, f"no answer within {OPEN_SECONDS} s")
    try:
        connection = opened.get()
        driver = connection.getType()
    except libvirt.libvirtError as error:
        raise HostUnreachable(host.name, host.uri, _reason(error)) from error
    if driver != "Xen":
        raise HostUnreachable(host.name, host.uri, f"its libvirt drives {driver}, not Xen")
    return connection


def _patiently(opener: Callable[[str], Any], uri: str, more: int = _MORE_ATTEMPTS) -> Any:
    """Open, again where libssh's own limit of 10 s, which no URI can change, was too short for an overloaded host."""
    try:
        return opener(uri)
    except libvirt.libvirtError as error:
        if more == 0 or "Timeout connecting" not in str(error):
            raise
    return _patiently(opener, uri, more - 1)


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())


class XenHost:
    """Open connections to one host. Every libvirt error leaves it as a ``HypervisorError`` that names the host and the attempt.

    ``read_only`` is whether the opener opens such connections, over which libvirt refuses every change, and to show secrets.
    """

    def __init__(self, host: Host, opener: Callable[[str], Any], run: Run, read_only: bool = False) -> None:
        self._host = host
        self._read_only = read_only
        # Without secrets graphics passwords are left out, and would be lost.
        self._secure = 0 if read_only else libvirt.VIR_DOMAIN_XML_SECURE
        self._shell = Shell(host, run)
        self._facts = Later(lambda: ask_facts(self._shell))
        if parse_uri(host.uri, host.name).is_roundabout:
            # Such a URI doesn't tell the host's address, so the shell will be needed: ask while libvirt connects.
            self._facts.begin()
        self._held_back: dict[str, HeldBack] = {}
        try:
            self._connections = ConnectionPool(lambda: _open(host, opener))
        except HostUnreachable:
            self._shell.close()
            raise

    @property
    def host(self) -> Host:
        return self._host

    def state(self) -> HostState:
        return self._call("list its domains", self._state)

    def facts(self) -> HostFacts:
        return self._facts.get()

    def forget_facts(self) -> None:
        self._facts = Later(lambda: ask_facts(self._shell))

    def evidence(self) -> HostEvidence:
        return ask_evidence(self._shell)

    def domains_in_xen(self) -> HostEvidence:
        return ask_domains(self._shell)

    def storage(self, paths: Collection[str]) -> Mapping[str, Storage]:
        return ask_storage(self._shell, paths)

    def reach(self, addresses: Collection[str]) -> Mapping[str, str | None]:
        return ask_reach(self._shell, addresses)

    def refuses_changes(self) -> str | None:
        # Whoever has root's shell logs in to libvirt as root as well.
        if not self._read_only or self.facts().root:
            return None
        try:
            _open(self._host, open_kept_alive).close()
        except HostUnreachable as error:
            # libvirt has no one error for a refusal. A host that can't be looked at either has refused nothing.
            _open(self._host, libvirt.openReadOnly).close()
            return error.reason
        return None

    def reach_peer(self, destination: Hypervisor, uri: str) -> str | None:
        there = _of_this_kind(destination, "try a connection")
        return ask_peer(
            self._shell, uri, there._call("tell its name", lambda connection: str(connection.getHostname()))
        )

    def volume_path(self, pool: str, volume: str) -> str | None:
        def look(connection: Any) -> str | None:
            try:
                return str(connection.storagePoolLookupByName(pool).storageVolLookupByName(volume).path())
            except libvirt.libvirtError as error:
                if error.get_error_code() in _no_volume():
                    return None
                raise

        return self._call("look up a volume", look)

    def has_network(self, name: str) -> bool:
        def look(connection: Any) -> bool:
            try:
                return bool(connection.networkLookupByName(name).isActive())
            except libvirt.libvirtError as error:
                if error.get_error_code() == libvirt.VIR_ERR_NO_NETWORK:
                    return False
                raise

        return self._call("look up a network", look)

    def description(self) -> Description:
        return self._call("describe itself", self._description)

    def abilities(self) -> Abilities:
        # libxl_driver.c: no bandwidth among the typed parameters, destination_name is there, domainRename is not.
        return self._call(
            "tell its libvirt's version", lambda connection: Abilities(False, True, _libvirt_version(connection))
        )

    def traits(self, uuids: Collection[str]) -> Mapping[str, Traits]:
        return self._call("show its domains", lambda connection: listed_traits(connection, uuids))

    def inspect(self, uuid: str) -> Domain | None:
        def look(connection: Any) -> Domain | None:
            return looked_up(connection, uuid, lambda found: _domain(found, self.host.name))

        return self._call("show a domain", look)

    def definition(self, uuid: str) -> Definition:
        return self._call("show a domain's definition", lambda connection: self._as_kept(_find(connection, uuid)))

    def missing(self, wanted: Definition, uuid: str) -> tuple[str, ...]:
        found = self.definition(uuid)
        with self._telling("show a domain's definition"):
            lost = domain_xml.lacking(found.xml, wanted.xml)
        return lost if found.autostart == wanted.autostart else (*lost, "autostart")

    def running_lacks(self, wanted: Definition, uuid: str) -> tuple[str, ...]:
        def compare(connection: Any) -> tuple[str, ...]:
            return domain_xml.lacking(str(_find(connection, uuid).XMLDesc(self._secure)), wanted.xml)

        return self._call("show a domain", compare)

    def pending(self, uuid: str) -> tuple[str, ...]:
        def compare(connection: Any) -> tuple[str, ...]:
            found = _find(connection, uuid)
            return domain_xml.lacking(str(found.XMLDesc(self._secure)), self._as_kept(found).xml)

        return self._call("show a domain's definition", compare)

    def define(self, definition: Definition, name: str) -> None:
        def write(connection: Any) -> None:
            define(connection, domain_xml.renamed(definition.xml, name)).setAutostart(int(definition.autostart))

        self._call(f"define domain {name}", write)

    def hold_autostart(self, uuid: str) -> None:
        self._call("hold back a domain's autostart", lambda connection: hold_autostart(_find(connection, uuid)))

    def give_back_autostart(self, uuid: str) -> None:
        self._call("give back a domain's autostart", lambda connection: give_back_autostart(_find(connection, uuid)))

    def undefine(self, uuid: str) -> None:
        self._call("undefine a domain", lambda connection: _find(connection, uuid).undefine())

    def pause(self, uuid: str) -> None:
        self._call("pause a domain", lambda connection: _find(connection, uuid).suspend())

    def note_pause(self, uuid: str) -> None:
        self._call("note that a domain is paused", lambda connection: note_pause(_find(connection, uuid)))

    def forget_note(self, uuid: str) -> None:
        self._call("forget that a domain was paused", lambda connection: forget_note(_find(connection, uuid)))

    def resume(self, uuid: str) -> None:
        self._call("resume a domain", lambda connection: _find(connection, uuid).resume())

    def _resume_at_once(self, uuid: str) -> bool:
        """Have a paused domain run on, if a connection is idle; return whether it does."""
        with self._telling("resume a domain"), self._connections.lent_if_idle() as connection:
            if connection is not None:
                _find(connection, uuid).resume()
            return connection is not None

    def send(self, uuid: str, destination: Hypervisor, transfer: Transfer) -> bool:
        there = _of_this_kind(destination, "move a domain")
        held_back = not transfer.paused and runs_on_in_doubt(self._call("tell its version", _libvirt_version))
        parameters, flags = parameters_of(transfer), flags_of(transfer, held_back)

        def move(connection: Any) -> None:
            found = _find(connection, uuid)
            if held_back and not transfer.persistent:
                with suppress(libvirt.libvirtError):  # no reason to stay: it helps only where the move breaks off
                    note_run(found)
            if transfer.peer_uri is not None:
                found.migrateToURI3(transfer.peer_uri, parameters, flags)
                return
            with there._connections.lent() as other:
                if held_back:
                    # For the domain to be made to run early; where none can be had, it runs at the end of its move.
                    Later(there._connections.make_ready).begin()
                found.migrate3(other, parameters, flags)

        if not held_back:
            self._call(f"move a domain to {destination.host.name}", move)
            return bool(flags & libvirt.VIR_MIGRATE_TUNNELLED)
        # It stays there: whoever follows its suspension may be told of it when its move has come to its end.
        held = self._held_back[uuid] = HeldBack(partial(there.resume, uuid), partial(there._resume_at_once, uuid))
        try:
            self._call(f"move a domain to {destination.host.name}", move)
        finally:
            held.come_to_end()
        if not held.runs:
            self._let_run(uuid, held, destination)
        return bool(flags & libvirt.VIR_MIGRATE_TUNNELLED)

    def _let_run(self, uuid: str, held: HeldBack, destination: Hypervisor) -> None:
        """Have a domain run that was held back at its destination, if it has no memory here any more."""
        if self._number(uuid) is not None:
            there = destination.host.name
            raise HypervisorError(
                self.host.name, "give the domain up", f"it has memory there still; {there} keeps it paused"
            )
        held.let_run()

    def remember_home(self, uuid: str, home: str) -> None:
        self._call("note a domain's home", lambda connection: note_home(_find(connection, uuid), home))

    def forget_home(self, uuid: str) -> None:
        self._call("forget a domain's home", lambda connection: note_home(_find(connection, uuid), None))

    def total_memory_kib(self) -> int:
        return self._call("tell its memory", host_description.memory_kib)

    def free_memory_kib(self) -> int:
        return self._call("tell its free memory", lambda connection: int(connection.getFreeMemory()) // 1024)

    def acknowledged(self, uuid: str, address: str) -> int | None:
        number = self._number_of_known(uuid)
        return None if number is None else ask_acknowledged(self._shell, number, address)

    def written(self, uuid: str) -> int | None:
        number = self._number_of_known(uuid)
        return None if number is None else ask_written(self._shell, number)

    def follow_suspension(self, uuid: str, xen_id: int, seen: Suspension) -> Suspension:
        now = ask_suspension(self._shell, xen_id, seen)
        held = self._held_back.get(uuid)
        if not now.given_up or held is None:
            return replace(now, runs=now.given_up)
        told = monotonic()
        with suppress(HypervisorError):  # a destination that refuses is asked again at the end of the move
            held.let_run_early()
        return replace(now, told=now.told + monotonic() - told, runs=held.runs)

    def begin_throttle(self, uuid: str, address: str, rate: int | None, total: int | None) -> str | None:
        number = self._number(uuid)
        return None if number is None else begin_throttle(self._shell, number, address, rate, total)

    def end_throttle(self, throttle: str) -> tuple[int, ...]:
        return end_throttle(self._shell, throttle)

    def end_reception(self, connection: Connection) -> None:
        ask_end_there(self._shell, connection)

    def waiting_reception(self, uuid: str) -> Connection | bool:
        return ask_waiting(self._shell, uuid)

    def end_left_transfer(self, uuid: str, connection: Connection) -> Connection | str:
        return self._end(uuid, lambda number: ask_end_left(self._shell, number, connection))

    def end_transfer(self, uuid: str, address: str) -> Connection | str:
        return self._end(uuid, lambda number: ask_end(self._shell, number, address))

    def end_suspended_transfer(self, uuid: str, address: str) -> Connection | str:
        return self._end(uuid, lambda number: ask_end_suspended(self._shell, number, address))

    def kill_sender(self, uuid: str, suspended: bool) -> str | None:
        return self._end(uuid, lambda number: ask_kill_sender(self._shell, number, suspended))

    def kill_receiver(self, uuid: str) -> None:
        ask_kill_receiver(self._shell, uuid)

    def _number(self, uuid: str) -> int | None:
        return self._call("show a domain", lambda connection: looked_up(connection, uuid, domain_id))

    def _number_of_known(self, uuid: str) -> int | None:
        """Return the Xen id of a domain, None if it isn't active. Raises ``HypervisorError`` where libvirt doesn't know it."""
        return self._call("show a domain", lambda connection: domain_id(_find(connection, uuid)))

    def _end(self, uuid: str, ask: Callable[[int], Answer]) -> Answer | str:
        number = self._number_of_known(uuid)
        held = self._held_back.get(uuid)
        if held is not None:
            held.wait_for_end()  # for a moment the domain may be paused now
        return LEFT if number is None else ask(number)

    def restart_daemon(self) -> None:
        ask_restart(self._shell)
        self._connections.renew()

    def destroy(self, uuid: str, xen_id: int, never_ran: bool) -> None:
        ask_destroy(self._shell, uuid, xen_id, never_ran)

    def clear_away(self, uuid: str, xen_id: int) -> None:
        ask_clear_away(self._shell, uuid, xen_id)

    def start(self, uuid: str, paused: bool) -> None:
        flags = libvirt.VIR_DOMAIN_START_PAUSED if paused else 0
        self._call("boot a domain", lambda connection: _find(connection, uuid).createWithFlags(flags))

    def wake(self, uuid: str) -> None:
        self._call("have a suspended domain run on", lambda connection: _find(connection, uuid).pMWakeup(0))

    def close(self) -> None:
        self._shell.close()
        self._connections.close()

    def _call(self, action: str, function: Callable[[Any], Answer]) -> Answer:
        with self._telling(action), self._connections.lent() as connection:
            return function(connection)

    @contextmanager
    def _telling(self, action: str) -> Iterator[None]:
        """Have whatever goes wrong within leave as a ``HypervisorError``, saying that the host could not ``action``."""
        try:
            yield
        except libvirt.libvirtError as error:
            raise HypervisorError(self.host.name, action, _reason(error)) from error
        except (domain_xml.Unreadable, UnicodeError) as error:
            raise HypervisorError(self.host.name, action, "what its libvirt sent can't be read") from error

    def _as_kept(self, found: Any) -> Definition:
        """Return a domain's definition as it is but for moves: without their notes, and with an autostart they hold back."""
        xml = str(found.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE | self._secure))
        held = domain_xml.is_autostart_held(xml)
        noted = held or domain_xml.noted_state(xml) is not None
        return Definition(domain_xml.without_notes(xml) if noted else xml, held or bool(found.autostart()))

    def _state(self, connection: Any) -> HostState:
        domains = connection.listAllDomains(0)
        listed = tuple(Listed(domain.name(), domain.UUIDString(), domain_id(domain)) for domain in domains)
        control = next((domain for domain in domains if domain.UUIDString() == DOMAIN_0_UUID), None)
        free = connection.getFreeMemory() // 1024
        if control is None:
            return HostState(self.host, listed, free)
        _state, maximum, current, cpus, _time = control.info()
        return HostState(self.host, listed, free, _reclaimable_kib(maximum, current), control_cpus=cpus)

    def _description(self, connection: Any) -> Description:
        told = host_description.describe(connection)
        # Or a connection that died would pass for a host that refuses everything.
        if not connection.isAlive():
            raise HypervisorError(self._host.name, "describe itself", "the connection was lost")
        return told


def _find(connection: Any, uuid: str) -> Any:
    return connection.lookupByUUIDString(uuid)


def _libvirt_version(connection: Any) -> tuple[int, ...]:
    return tuple(map(int, host_description.version(connection.getLibVersion()).split(".")))


def _domain(found: Any, host: str) -> Domain:
    xml = found.XMLDesc(0)
    why = found.state()[:2]
    traits = traits_in(found, *why)
    active = traits.id is not None
    numbers = _numbers(found)
    maximum, current, vcpus, cpu_time = numbers or (0, 0, 0, 0)
    notes = notes_of(found, xml) if active else Notes()
    return Domain(
        name=found.name(),
        uuid=found.UUIDString(),
        host=host,
        id=traits.id,
        state=traits.state if numbers else State.UNKNOWN,
        persistent=traits.persistent,
        autostart=traits.autostart,
        kind=domain_xml.kind(xml),
        memory_kib=current if active else maximum,
        vcpus=vcpus,
        cpu_time_ns=cpu_time,
        host_devices=domain_xml.host_devices(xml),
        managed_save=not active and bool(found.hasManagedSaveImage(0)),
        # The state of a domain that is just being moved says nothing of it, nor does that of one whose move broke off.
        # What is neither active nor persistent is a domain that is being received.
        job=(active or not traits.persistent) and _holds_job(found),
        moved_away=not active and is_moved_away(*why),
        boots_again=domain_xml.boots_again(xml),
        on_crash=domain_xml.on_crash(xml),
        ended=not active and has_ended(*why),
        came_by_move=active and came_by_move(*why),
        booted_here=active and was_booted(*why),
        needs=domain_xml.needs(xml),
        home=domain_xml.home(xml),
        autostart_held=traits.persistent and is_held(found, xml, active),
        pause_noted=notes.pause_noted,
        came_paused=notes.came_paused,
        run_noted=notes.run_noted,
        came_running=notes.came_running,
    )


def _numbers(found: Any) -> tuple[int, int, int, int] | None:
    """Return its maximum and current memory in KiB, its processors and CPU time in ns; None if Xen has none of it.

    libvirt takes it for active all the same, for a moment, or for ever where a move held its job when it ended.
    """
    try:
        _state, maximum, current, vcpus, cpu_time = found.info()
    except libvirt.libvirtError as error:
        if _GONE in str(error):
            return None
        raise
    return int(maximum), int(current), int(vcpus), int(cpu_time)


def _holds_job(found: Any) -> bool:
    try:
        return bool(found.jobInfo()[0] != libvirt.VIR_DOMAIN_JOB_NONE)
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_OPERATION_INVALID:
            return False  # it has just stopped
        raise


def _no_volume() -> tuple[int, ...]:
    # The last is libvirt's answer for a pool that isn't active.
    return (libvirt.VIR_ERR_NO_STORAGE_POOL, libvirt.VIR_ERR_NO_STORAGE_VOL, libvirt.VIR_ERR_OPERATION_INVALID)


def _reclaimable_kib(maximum: int, current: int) -> int:
    """Return what autoballooning could take from the control domain: nothing where Xen was started with dom0_mem=...,max:..."""
    return 0 if maximum <= current else max(0, current - _MIN_DOM0_KIB)


def _of_this_kind(destination: Hypervisor, action: str) -> XenHost:
    if not isinstance(destination, XenHost):
        raise HypervisorError(destination.host.name, action, "it is of another kind than the source")
    return destination
