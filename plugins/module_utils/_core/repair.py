# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be done for a domain that a broken move left behind, private to this collection.

Each repair is a value that can be shown, and done. Doing one looks once more at what it depends on, and raises
``MigrationError`` where that is no longer so.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic, sleep
from typing import Union

from .errors import MigrationError
from .evidence import Life, XenCopy, XenState
from .hypervisor import Connection, Hypervisor
from .model import Domain, State, Unfinished
from .snapshot import Hypervisors
from .unfinished import finish

NOTICE_SECONDS = 30
"""How long libvirt may take to notice that a copy was destroyed: as long as it waits for a job that somebody holds."""
NOTICE_POLL_SECONDS = 0.5


@dataclass(frozen=True)
class RestartDaemon:
    """Have libvirt's daemon of a host begin anew.

    It gives jobs and ports back, it learns from Xen what its domains really do, and a caller that is still out there can't go
    on with a move that is being repaired: its connection has ended.
    """

    host: str

    def __str__(self) -> str:
        """Say what is to be done."""
        return f"restart libvirt's daemon on {self.host} (domains go on running)"

    def do(self, hypervisors: Hypervisors) -> tuple[str, ...]:
        """Do it; nothing is worth a warning."""
        hypervisors[self.host].restart_daemon()
        return ()


@dataclass(frozen=True)
class Destroy:
    """Take the memory of a copy that has never run, or that is suspended while another one is proven to run.

    ``kept`` is the host of that other one, or of the one from which this one came.
    """

    host: str
    uuid: str
    xen_id: int
    life: Life
    kept: str

    def __str__(self) -> str:
        """Say what is to be done."""
        return f"destroy the copy on {self.host} (Xen id {self.xen_id}), which {self.life.value}"

    def do(self, hypervisors: Hypervisors) -> tuple[str, ...]:
        """Do it, if the copy still is what it was, and the other one is there; nothing is worth a warning."""
        _check_kept(hypervisors[self.kept], self.uuid)
        hypervisors[self.host].destroy(self.uuid, self.xen_id, never_ran=self.life is Life.NEVER_RAN)
        return ()


@dataclass(frozen=True)
class EndReception:
    """Have a host give up what it still receives of a domain, and what nobody sends any more: TCP alone would wait for ever."""

    host: str
    uuid: str

    def __str__(self) -> str:
        """Say what is to be done."""
        return f"have {self.host} wait no longer for its memory"

    def do(self, hypervisors: Hypervisors) -> tuple[str, ...]:
        """Do it, if nothing has come for a while; nothing is worth a warning."""
        lost = hypervisors[self.host].waiting_reception(self.uuid)
        if not isinstance(lost, Connection):
            raise MigrationError(f"Something has come to {self.host} in the last half minute. Look again in a minute.")
        hypervisors[self.host].end_reception(lost)
        return ()


@dataclass(frozen=True)
class ClearAway:
    """Take the memory that a guest has left which has ended: libvirt would have, had it noticed."""

    host: str
    uuid: str
    xen_id: int

    def __str__(self) -> str:
        """Say what is to be done."""
        return f"clear away what its guest has left on {self.host} (Xen id {self.xen_id})"

    def do(self, hypervisors: Hypervisors) -> tuple[str, ...]:
        """Do it, if the guest still has ended; nothing is worth a warning."""
        hypervisors[self.host].clear_away(self.uuid, self.xen_id)
        return ()


@dataclass(frozen=True)
class Boot:
    """Boot a domain that its definition has booted when its guest ends so, when its memory is cleared away: it is nowhere else.

    ``paused``: it only ran for a move, and doesn't begin to run.
    """

    host: str
    uuid: str
    paused: bool = False

    def __str__(self) -> str:
        """Say what is to be done."""
        how = "paused, as it was before its move" if self.paused else "as its definition says"
        return f"boot it on {self.host}, {how}"

    def do(self, hypervisors: Hypervisors) -> tuple[str, ...]:
        """Do it when libvirt shows it shut off, if every other host shows that it has no copy; nothing is worth a warning."""
        deadline = monotonic() + NOTICE_SECONDS
        while (now := hypervisors[self.host].inspect(self.uuid)) is not None and now.active:
            if monotonic() > deadline:
                raise MigrationError(f"libvirt on {self.host} doesn't show {now.name} shut off.")
            sleep(NOTICE_POLL_SECONDS)
        _check_alone(self.host, self.uuid, hypervisors)
        hypervisors[self.host].start(self.uuid, self.paused)
        return ()


@dataclass(frozen=True)
class Wake:
    """Have a suspended copy run on: the only one there is, on all hosts."""

    host: str
    uuid: str

    def __str__(self) -> str:
        """Say what is to be done."""
        return f"wake it on {self.host}"

    def do(self, hypervisors: Hypervisors) -> tuple[str, ...]:
        """Do it, if every other host shows that it has no copy; nothing is worth a warning."""
        _check_alone(self.host, self.uuid, hypervisors)
        hypervisors[self.host].wake(self.uuid)
        return ()


@dataclass(frozen=True)
class PauseAgain:
    """Pause a domain that was paused before a move that broke off, and take the note of that away."""

    host: str
    uuid: str

    def __str__(self) -> str:
        """Say what is to be done."""
        return f"pause it on {self.host}, as it was before its move"

    def do(self, hypervisors: Hypervisors) -> tuple[str, ...]:
        """Do it, if that is still noted; nothing is worth a warning."""
        now = hypervisors[self.host].inspect(self.uuid)
        if now is not None and now.pause_noted:
            _check_without_job(now)
            if now.state is not State.PAUSED:
                hypervisors[self.host].pause(self.uuid)
            hypervisors[self.host].forget_note(self.uuid)
        return ()


@dataclass(frozen=True)
class ForgetNote:
    """Take away the note of what a domain was before a move, where it is as it is to be."""

    host: str
    uuid: str

    def __str__(self) -> str:
        """Say what is to be done."""
        return f"take that note away on {self.host}"

    def do(self, hypervisors: Hypervisors) -> tuple[str, ...]:
        """Do it, unless it is to be paused first; nothing is worth a warning."""
        now = hypervisors[self.host].inspect(self.uuid)
        if now is not None and now.noted and not now.runs_for_a_move:
            _check_without_job(now)
            hypervisors[self.host].forget_note(self.uuid)
        return ()


@dataclass(frozen=True)
class LetRun:
    """Have a domain run that was kept paused where it arrived: the only copy there is, on all hosts."""

    host: str
    uuid: str

    def __str__(self) -> str:
        """Say what is to be done."""
        return f"have it run on {self.host}"

    def do(self, hypervisors: Hypervisors) -> tuple[str, ...]:
        """Do it, if every other host shows that it has no copy; nothing is worth a warning."""
        _check_alone(self.host, self.uuid, hypervisors)
        hypervisors[self.host].resume(self.uuid)
        return ()


@dataclass(frozen=True)
class CarryOver:
    """Have the host of the running copy define what the other host still has, then the other one forget it."""

    left: Domain
    arrived: Domain

    def __str__(self) -> str:
        """Say what is to be done."""
        return f"carry its definition over from {self.left.host} to {self.arrived.host}"

    def do(self, hypervisors: Hypervisors) -> tuple[str, ...]:
        """Do it; return what is worth a warning."""
        _now, notes = finish(Unfinished(self.left, self.arrived), hypervisors)
        return notes


@dataclass(frozen=True)
class Undefine:
    """Have a host forget a definition of which another host has everything."""

    host: str
    uuid: str

    def __str__(self) -> str:
        """Say what is to be done."""
        return f"undefine it on {self.host}, where it is shut off"

    def do(self, hypervisors: Hypervisors) -> tuple[str, ...]:
        """Do it, if it still is shut off; nothing is worth a warning."""
        now = hypervisors[self.host].inspect(self.uuid)
        if now is not None and now.active:
            raise MigrationError(
                f"Domain {now.name} on {self.host} was to be undefined, and has been started meanwhile."
            )
        if now is not None:
            hypervisors[self.host].undefine(self.uuid)
        return ()


@dataclass(frozen=True)
class GiveBackAutostart:
    """Have the host start a domain at its boot again, which a move that broke off had held back."""

    host: str
    uuid: str

    def __str__(self) -> str:
        """Say what is to be done."""
        return f"have {self.host} start it at its boot again"

    def do(self, hypervisors: Hypervisors) -> tuple[str, ...]:
        """Do it, if that is still held back; nothing is worth a warning."""
        now = hypervisors[self.host].inspect(self.uuid)
        if now is not None and now.autostart_held:
            _check_without_job(now)
            hypervisors[self.host].give_back_autostart(self.uuid)
        return ()


Repair = Union[
    RestartDaemon,
    Destroy,
    EndReception,
    ClearAway,
    Boot,
    Wake,
    PauseAgain,
    ForgetNote,
    LetRun,
    CarryOver,
    Undefine,
    GiveBackAutostart,
]


def _check_without_job(domain: Domain) -> None:
    if domain.job:
        raise MigrationError(f"libvirt on {domain.host} holds a job on {domain.name}: a move of it may have begun.")


def _check_alone(host: str, uuid: str, hypervisors: Hypervisors) -> None:
    """Raise ``MigrationError`` unless Xen on every other host shows that it has no copy."""
    for name, hypervisor in hypervisors.items():
        if name != host:
            _check_without(hypervisor, uuid)


def _check_kept(hypervisor: Hypervisor, uuid: str) -> None:
    """Raise ``MigrationError`` unless Xen on this host shows a copy that can go on: it may have been given up meanwhile."""
    copy = _in_xen(hypervisor, uuid)
    if copy is None or copy.given_up or copy.state is XenState.ENDED:
        host = hypervisor.host.name
        raise MigrationError(f"{host} has no copy any more that could go on, so the other one is kept. Look again.")


def _check_without(hypervisor: Hypervisor, uuid: str) -> None:
    if _in_xen(hypervisor, uuid) is not None:
        raise MigrationError(f"{hypervisor.host.name} has a copy of the domain now, so it must not run on elsewhere.")


def _in_xen(hypervisor: Hypervisor, uuid: str) -> XenCopy | None:
    """Return what Xen on a host has of a domain; raises ``MigrationError`` where it can't be asked."""
    told = hypervisor.domains_in_xen()
    if told.domains is None:
        raise MigrationError(
            f"Whether {hypervisor.host.name} has a copy of the domain could not be asked: {told.problem}"
        )
    return told.domains.get(uuid)
