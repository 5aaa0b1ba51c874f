# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of a domain's copies on all hosts, private to this collection: pure, from what libvirt and Xen itself show."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from .model import DOMAIN_0_UUID, Domain, State


class XenState(str, Enum):
    """A domain's state in Xen's own eyes. ``GOES_ON``: nothing keeps it from running, even if it just has nothing to do."""

    GOES_ON = "running"
    PAUSED = "paused"
    SUSPENDED = "suspended"
    ENDED = "ended"


class Ending(str, Enum):
    """How a guest ended whose memory is still there, for libvirt to do what its definition says for that."""

    SHUT_DOWN = "shut down"
    ASKED_TO_BOOT = "asked to be booted again"
    CRASHED = "crashed"


@dataclass(frozen=True)
class XenCopy:
    """A domain as Xen shows it, whoever started it. CPU time since it began on this host, in tenths of a second.

    ``has_run`` is whether it ever had a moment to run there. ``given_up`` is whether it is suspended and paused, as it is when
    its host has begun to destroy it. ``ending`` is how its guest ended, None if it hasn't, or otherwise (being
    destroyed). ``leaving`` is whether it is just being taken down: nothing of it can run any more.
    """

    id: int
    name: str
    state: XenState
    cpu_tenths: int
    has_run: bool
    given_up: bool = False
    ending: Ending | None = None
    leaving: bool = False


@dataclass(frozen=True)
class HostEvidence:
    """What only a shell on the host tells; ``problem`` says why a part of it is None.

    ``domains`` is what Xen has, by UUID. ``moving`` are the Xen ids of domains whose memory is being sent or received just now.
    ``ports`` are the migration ports at which libvirt waits for memory. ``root`` is whether the shell is root's.
    """

    domains: Mapping[str, XenCopy] | None = None
    moving: frozenset[int] | None = None
    ports: frozenset[int] | None = None
    root: bool | None = None
    problem: str | None = None


@dataclass(frozen=True)
class Look:
    """What all hosts showed at one moment: of each the shell's evidence, and libvirt's word on its domains, by UUID.

    ``silent`` are hosts whose libvirt could not be asked, and why.
    """

    evidence: Mapping[str, HostEvidence]
    domains: Mapping[str, Mapping[str, Domain]]
    silent: Mapping[str, str] = field(default_factory=dict)

    @property
    def unseen(self) -> Mapping[str, str]:
        """The hosts that could not be asked for all they have, and why."""
        unasked = {host: told.problem or "no shell" for host, told in self.evidence.items() if told.domains is None}
        return {**unasked, **self.silent}


class Life(str, Enum):
    """What a copy is, as far as it is proven."""

    RUNS = "runs: its CPU time goes on"
    MAY_RUN = "may run: nothing shows that it is stopped, and its CPU time was not seen to go on"
    PAUSED = "is paused, and has run there"
    NEVER_RAN = "is paused, and has never run there"
    SUSPENDED = "is suspended, as for the last of its memory"
    ENDED = "has ended or crashed, and still has memory"
    OFF = "is shut off"


_BY_XEN = {XenState.SUSPENDED: Life.SUSPENDED, XenState.ENDED: Life.ENDED}
_BY_LIBVIRT = {
    State.PAUSED: Life.PAUSED,
    State.MIGRATING: Life.MAY_RUN,
    State.PM_SUSPENDED: Life.SUSPENDED,
    State.CRASHED: Life.ENDED,
}
_STOPPED_FOR_LIBVIRT = frozenset({State.PAUSED, State.MIGRATING, State.PM_SUSPENDED, State.CRASHED})


@dataclass(frozen=True)
class Copy:
    """A domain on one host: what it is there, libvirt's word (None: it doesn't know it) and Xen's (None: Xen has none).

    ``moving`` is whether its memory is being sent or received, None where that could not be asked; ``was_moving`` whether it
    was at the first look. ``by_xen`` is whether Xen itself could be asked, ``by_libvirt`` whether libvirt could. ``gone`` is
    whether libvirt in both looks took the same copy for active, of which Xen had nothing. ``awaits`` is whether it is nothing
    but what libvirt keeps for memory that is to come, in both looks. ``to_pause`` is whether a move had noted in both that it
    was paused; ``noted`` whether in both it had such a note, be it of this copy or of another.
    """

    host: str
    uuid: str
    life: Life
    domain: Domain | None = None
    xen: XenCopy | None = None
    moving: bool | None = False
    by_xen: bool = True
    awaits: bool = False
    was_moving: bool = False
    to_pause: bool = False
    noted: bool = False
    by_libvirt: bool = True
    gone: bool = False

    @property
    def active(self) -> bool:
        """Whether it has memory there."""
        return self.life is not Life.OFF

    @property
    def job(self) -> bool:
        """Whether libvirt holds a job on it."""
        return self.domain is not None and self.domain.job

    @property
    def autostart_held(self) -> bool:
        """Whether a move keeps its host from starting it at boot."""
        return self.domain is not None and self.domain.autostart_held

    @property
    def defined(self) -> bool:
        """Whether the host has a persistent definition of it."""
        return self.domain is not None and self.domain.persistent

    @property
    def libvirt_is_mistaken(self) -> bool:
        """Whether libvirt takes a copy that goes on for stopped, or one that is stopped for going on."""
        if self.domain is None or self.xen is None or not self.domain.active:
            return self.xen is not None
        goes_on = self.xen.state is XenState.GOES_ON
        return goes_on == (self.domain.state in _STOPPED_FOR_LIBVIRT)

    def __str__(self) -> str:
        """``on xen-a it is paused, and has never run there (libvirt: shut off)``."""
        unknown = "not known" if self.by_libvirt else "could not be asked"
        libvirt = self.domain.state.value if self.domain is not None else unknown
        held = ", job held" if self.job else ""
        life = "has ended" if self.gone else self.life.value
        return f"on {self.host} it {life} (libvirt: {libvirt}{held})"


@dataclass(frozen=True)
class Case:
    """All copies of one domain. ``unseen`` are hosts that may have another one: they could not be asked for all they have."""

    uuid: str
    name: str
    copies: tuple[Copy, ...]
    unseen: Mapping[str, str] = field(default_factory=dict)

    @property
    def terms(self) -> frozenset[str]:
        """Everything that it may be asked for by: its UUID, and its names on all hosts."""
        known = {copy.domain.name for copy in self.copies if copy.domain} | {
            copy.xen.name for copy in self.copies if copy.xen
        }
        return frozenset({self.uuid, *known})

    def __str__(self) -> str:
        """Say what each host shows."""
        return "; ".join(map(str, self.copies)) or "no host shows it"


def cases(first: Look, now: Look, wanted: Collection[str] | None = None) -> tuple[Case, ...]:
    """Put together what two looks showed, by domain: those of these names or UUIDs, or all of them. Control domains never."""
    uuids = dict.fromkeys(uuid for host in _hosts(now) for uuid in _uuids(now, host) if uuid != DOMAIN_0_UUID)
    found = (Case(uuid, _name(now, uuid), tuple(_copies(first, now, uuid)), now.unseen) for uuid in uuids)
    return tuple(case for case in found if wanted is None or not case.terms.isdisjoint(wanted))


def _hosts(look: Look) -> list[str]:
    return list(dict.fromkeys([*look.domains, *look.evidence]))


def _uuids(look: Look, host: str) -> Iterator[str]:
    yield from look.domains.get(host, {})
    yield from look.evidence.get(host, HostEvidence()).domains or {}


def _name(look: Look, uuid: str) -> str:
    """Return libvirt's name for it, that of an active copy first, else Xen's."""
    known = [domains[uuid] for domains in look.domains.values() if uuid in domains]
    known.sort(key=lambda domain: not domain.active)
    if known:
        return known[0].name
    return next(told.domains[uuid].name for told in look.evidence.values() if told.domains and uuid in told.domains)


def _copies(first: Look, now: Look, uuid: str) -> Iterator[Copy]:
    for host in _hosts(now):
        told = now.evidence.get(host, HostEvidence())
        domain, xen = now.domains.get(host, {}).get(uuid), _not_just_ended(first, now, host, uuid)
        if domain is None and xen is None:
            continue
        went_on = _went_on(first, host, uuid, domain, xen)
        by_xen = told.domains is not None
        number = xen.id if xen is not None else domain.id if domain is not None else None
        moving = None if told.moving is None else number is not None and number in told.moving
        awaits = xen is None and _awaits(domain) and _awaits(first.domains.get(host, {}).get(uuid))
        was_moving = number is not None and number in (first.evidence.get(host, HostEvidence()).moving or ())
        life = _life(domain, xen, by_xen, went_on)
        both = [look.domains.get(host, {}).get(uuid) for look in (first, now)]
        to_pause = all(seen is not None and seen.pause_noted for seen in both)
        noted = all(seen is not None and seen.noted for seen in both)
        gone = _gone_id(now, host, uuid) is not None and _gone_id(now, host, uuid) == _gone_id(first, host, uuid)
        asked = host in now.domains
        yield Copy(host, uuid, life, domain, xen, moving, by_xen, awaits, was_moving, to_pause, noted, asked, gone)


def _gone_id(look: Look, host: str, uuid: str) -> int | None:
    """Return the Xen id of what libvirt takes for active, and of which Xen, which could be asked, has nothing; else None."""
    told, domain = look.evidence.get(host, HostEvidence()).domains, look.domains.get(host, {}).get(uuid)
    return domain.id if told is not None and uuid not in told and domain is not None else None


def _awaits(domain: Domain | None) -> bool:
    return domain is not None and not domain.active and not domain.persistent


def _in_xen(look: Look, host: str, uuid: str) -> XenCopy | None:
    return (look.evidence.get(host, HostEvidence()).domains or {}).get(uuid)


def _not_just_ended(first: Look, now: Look, host: str, uuid: str) -> XenCopy | None:
    """Return what Xen has; that its guest has ended counts from the second look on: libvirt needs a moment to notice."""
    before, xen = _in_xen(first, host, uuid), _in_xen(now, host, uuid)
    if xen is None or (before is not None and (before.id, before.ending) == (xen.id, xen.ending)):
        return xen
    return replace(xen, ending=None)


def _went_on(first: Look, host: str, uuid: str, domain: Domain | None, xen: XenCopy | None) -> bool:
    """Whether its CPU time has grown since the first look, by libvirt's nanoseconds or by Xen's tenths of a second."""
    then = first.domains.get(host, {}).get(uuid)
    if domain is not None and then is not None and domain.id == then.id and domain.active:
        return domain.cpu_time_ns > then.cpu_time_ns
    before = _in_xen(first, host, uuid)
    return xen is not None and before is not None and before.id == xen.id and xen.cpu_tenths > before.cpu_tenths


def _life(domain: Domain | None, xen: XenCopy | None, by_xen: bool, went_on: bool) -> Life:
    if xen is None:
        return _life_by_libvirt(domain, by_xen, went_on)
    if xen.state is XenState.PAUSED:
        return Life.PAUSED if xen.has_run else Life.NEVER_RAN
    return _BY_XEN.get(xen.state) or (Life.RUNS if went_on else Life.MAY_RUN)


def _life_by_libvirt(domain: Domain | None, by_xen: bool, went_on: bool) -> Life:
    if domain is None or not domain.active:
        return Life.OFF
    if by_xen:
        return Life.ENDED  # Xen has none, and libvirt has not noticed yet
    return _BY_LIBVIRT.get(domain.state) or (Life.RUNS if went_on else Life.MAY_RUN)
