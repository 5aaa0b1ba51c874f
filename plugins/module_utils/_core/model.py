# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The values that the core passes along, private to this collection: frozen, and made of nothing but plain data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

DOMAIN_0_UUID = "00000000-0000-0000-0000-000000000000"
"""Xen gives its control domain this UUID on every host."""


class State(str, Enum):
    """A domain's state in libvirt's words; ``MIGRATING`` is libvirt's "paused (migrating)"."""

    RUNNING = "running"
    PAUSED = "paused"
    MIGRATING = "migrating"
    SHUTTING_DOWN = "shutting down"
    SHUT_OFF = "shut off"
    CRASHED = "crashed"
    PM_SUSPENDED = "pmsuspended"
    UNKNOWN = "unknown"


class Kind(str, Enum):
    """How Xen virtualises a domain; what it can do live depends on it."""

    PV = "pv"
    PVH = "pvh"
    HVM = "hvm"


@dataclass(frozen=True)
class Host:
    """How to reach one host's libvirt, and what its administrator says of it.

    ``migration_address`` is the host's own numeric address in the network that memory is to take, or None for "work it out".
    ``peer_uri`` is the URI at which other hosts' libvirt daemons reach this one's, for encrypted moves; None likewise.
    ``problem`` is the reason why there is no way to reach it; then ``uri`` is empty.
    ``bandwidth`` is the most in MiB/s that all moves from it together are to send, None for no limit.
    ``accepts_domains`` is whether a plan may choose it for domains; a wish that names it counts all the same.
    """

    name: str
    uri: str
    migration_address: str | None = None
    problem: str | None = None
    peer_uri: str | None = None
    bandwidth: float | None = None
    accepts_domains: bool = True


@dataclass(frozen=True)
class Listed:
    """A domain as a host's list shows it; ``id`` is None when it is not active."""

    name: str
    uuid: str
    id: int | None


@dataclass(frozen=True)
class Traits:
    """What listings of a host are enough to tell of a domain; ``id`` is None when it is not active."""

    id: int | None
    state: State
    persistent: bool
    autostart: bool


@dataclass(frozen=True)
class Disk:
    """A disk of a domain; ``exclusive`` if nobody else writes to it.

    By its path, as a volume of a storage pool, or neither: over the network, say, or in another domain.
    """

    target: str
    path: str | None = None
    pool: str | None = None
    volume: str | None = None
    exclusive: bool = True

    def __str__(self) -> str:
        """``disk xvda (/dev/vg/web01)``."""
        volume = f"volume {self.volume} of pool {self.pool}" if self.volume else None
        where = self.path or volume
        return f"disk {self.target} ({where})" if where else f"disk {self.target}"


@dataclass(frozen=True)
class Needs:
    """What a domain needs of whatever host it is on, by its own XML. ``hap`` is False where it is told to do without.

    ``other_bridges`` are no Linux bridges of the host's own: Open vSwitch's, a script's, or another domain's.
    """

    disks: tuple[Disk, ...] = ()
    bridges: tuple[str, ...] = ()
    other_bridges: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    hap: bool = True


@dataclass(frozen=True)
class Domain:
    """A domain as one host sees it at one moment. Memory in KiB, CPU time in nanoseconds since it began on this host.

    ``job`` is whether libvirt holds a job on it: a move under way, or one that ended without giving it back.
    ``moved_away`` is whether libvirt shows it shut off because it was migrated, which its daemon forgets when it ends.
    ``ended`` is whether libvirt shows it shut off because its guest shut down or crashed, or because somebody destroyed it.
    ``boots_again`` is whether its definition has it booted when its guest asks for that, ``on_crash`` what it has done about a
    guest that crashed, in libvirt's words.
    ``came_by_move`` is whether libvirt shows it active because it was migrated, or resumed, and not booted there; likewise.
    ``booted_here`` is whether libvirt shows that it runs because it was booted on this host; likewise.
    ``home`` is the host where it is at home, as a drain noted it with the domain; None if none did.
    ``autostart_held`` is whether a move keeps its host from starting it at boot: it would autostart, but for that.
    ``pause_noted`` is whether a move noted that it found this very copy paused, to have it run only while its memory is sent.
    ``came_paused`` is whether it has such a note of another copy: it came with its memory, or is one that was left.
    ``run_noted`` and ``came_running`` are whether it has a note that it ran before its move, likewise: one without a definition
    that its destination keeps paused until its source has given it up.
    """

    name: str
    uuid: str
    host: str
    id: int | None
    state: State
    persistent: bool
    autostart: bool
    kind: Kind
    memory_kib: int
    vcpus: int
    cpu_time_ns: int
    host_devices: int = 0
    managed_save: bool = False
    job: bool = False
    moved_away: bool = False
    ended: bool = False
    boots_again: bool = True
    on_crash: str = "destroy"
    came_by_move: bool = False
    booted_here: bool = False
    needs: Needs = field(default_factory=Needs)
    home: str | None = None
    autostart_held: bool = False
    pause_noted: bool = False
    came_paused: bool = False
    run_noted: bool = False
    came_running: bool = False

    @property
    def noted(self) -> bool:
        """Whether a move left a note with it of what it was before."""
        return self.pause_noted or self.came_paused or self.run_noted or self.came_running

    @property
    def paused(self) -> bool:
        """Whether it is paused, or would be but for a move."""
        return self.state is State.PAUSED or self.runs_for_a_move

    @property
    def runs_for_a_move(self) -> bool:
        """Whether it runs only while its memory is sent, and is to be paused again."""
        return self.pause_noted and self.state is State.RUNNING

    @property
    def runs(self) -> bool:
        """Whether it runs, and not only for a move."""
        return self.state is State.RUNNING and not self.paused

    @property
    def active(self) -> bool:
        """Whether it has memory and a Xen domain id on this host, running or not."""
        return self.id is not None

    @property
    def left_behind(self) -> bool:
        """Whether a move took it from here, or may have: it is shut off, and libvirt or the held autostart tells of a move."""
        return not self.active and (self.moved_away or self.autostart_held)


@dataclass(frozen=True)
class HostState:
    """What one host showed when asked; ``unreachable`` is the reason why it showed nothing, or None.

    ``reclaimable_kib`` is what the host could take from its control domain when free memory runs short. ``control_cpus`` is how
    many CPUs that has, None where it isn't shown.
    """

    host: Host
    listed: tuple[Listed, ...] = ()
    free_memory_kib: int = 0
    reclaimable_kib: int = 0
    unreachable: str | None = None
    control_cpus: int | None = None


@dataclass(frozen=True)
class Place:
    """A domain on a host, as the host's list shows it."""

    host: str
    listed: Listed

    def __str__(self) -> str:
        """``on xen-a (active, uuid ...)``."""
        return f"on {self.host} ({'active' if self.listed.id is not None else 'shut off'}, uuid {self.listed.uuid})"


@dataclass(frozen=True)
class Fleet:
    """All hosts that were named, each as it was when asked.

    All places of all domains are there by the domain's name and by its UUID, sorted once: finding a thousand domains takes no
    thousand searches.
    """

    hosts: Mapping[str, HostState]

    @cached_property
    def room_kib(self) -> Mapping[str, int]:
        """Host -> how much memory it has for newcomers."""
        return {name: state.free_memory_kib + state.reclaimable_kib for name, state in self.hosts.items()}

    def room_beyond(self, reserve_kib: int) -> Mapping[str, int]:
        """Return how much memory each host has for newcomers where so much of it is to stay free."""
        return {name: room - reserve_kib for name, room in self.room_kib.items()}

    @cached_property
    def one_cpu(self) -> frozenset[str]:
        """Return the hosts whose control domain has one CPU."""
        return frozenset(name for name, state in self.hosts.items() if state.control_cpus == 1)

    @cached_property
    def by_name(self) -> Mapping[str, tuple[Place, ...]]:
        """Name -> places, in the order of the hosts."""
        return self._places_by(lambda listed: listed.name)

    @cached_property
    def by_uuid(self) -> Mapping[str, tuple[Place, ...]]:
        """UUID -> places, in the order of the hosts."""
        return self._places_by(lambda listed: listed.uuid)

    @cached_property
    def _places(self) -> tuple[Place, ...]:
        return tuple(Place(name, listed) for name, state in self.hosts.items() for listed in state.listed)

    def _places_by(self, key: Callable[[Listed], str]) -> Mapping[str, tuple[Place, ...]]:
        places: dict[str, list[Place]] = {}
        for place in self._places:
            places.setdefault(key(place.listed), []).append(place)
        return {key: tuple(found) for key, found in places.items()}


CpuFeatures = Mapping[Kind, Mapping[str, int]]
"""By kind of guest, the bits of each of Xen's CPU feature words."""


@dataclass(frozen=True)
class HostFacts:
    """What only a shell on the host can tell; ``problem`` says why a part of it is None.

    ``addresses`` are its global addresses with prefix length (``10.77.0.11/24``). ``shadow_paging`` is whether its Xen can
    track the memory that a PV domain writes. ``running`` is what its Xen runs, UUID to name, whoever started it, and
    ``suspended`` the UUIDs of those that stand still there, as for the last of their memory, ``leaving`` of those that are just
    being taken down.
    ``suspendable`` are the Xen ids of the domains that can take part in their own suspension. ``cpu_given`` are the CPU
    features that its domains have by default, ``cpu_possible`` those that they could have. ``root`` is whether there
    is a shell of root's. ``throttling`` says what keeps it from limiting the bandwidth of a move, ``writing`` what keeps
    its libvirt from writing down its domains' definitions and states; empty for nothing.
    """

    addresses: tuple[str, ...] | None = None
    bridges: tuple[str, ...] | None = None
    shadow_paging: bool | None = None
    xen_version: tuple[int, int] | None = None
    running: Mapping[str, str] | None = None
    suspended: frozenset[str] | None = None
    suspendable: frozenset[int] | None = None
    cpu_given: CpuFeatures | None = None
    cpu_possible: CpuFeatures | None = None
    root: bool | None = None
    throttling: str | None = None
    writing: str | None = None
    problem: str | None = None
    leaving: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Storage:
    """What is behind a path on one host. Size of a device in bytes; a file's may change from one look to the next.

    ``names`` tell it from others on whatever host, by kind of name (``ID_SERIAL``, ``inode``, ...). ``local`` is whether it is
    a file in a file system that no other host can have.
    """

    there: bool
    size: int | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    local: bool = False


@dataclass(frozen=True)
class Abilities:
    """What the hypervisor's driver can do in a move. ``version`` is libvirt's own, as in ``9.0.0``."""

    bandwidth: bool
    rename_in_move: bool
    version: tuple[int, ...] = ()


@dataclass(frozen=True)
class Wish:
    """One line of the placement: this domain is to be on this host, under ``new_name`` if that is given.

    With a ``uuid`` it is that domain, whatever others are called so.
    """

    name: str
    host: str
    new_name: str | None = None
    uuid: str | None = None

    @property
    def final_name(self) -> str:
        """The domain's name once the wish has come true."""
        return self.new_name or self.name


@dataclass(frozen=True)
class Move:
    """One domain, one source, one destination. ``live`` says that the domain goes on running while its memory is copied.

    ``address`` is the destination's address that memory is sent to; None for a domain that has none (not active).
    ``encrypted`` says that its memory is to go through a connection of the source's libvirt daemon to the destination's, at
    ``peer_uri``, and no other way. ``bandwidth`` is the most in MiB/s that it may send, None for no limit.
    """

    domain: Domain
    source: str
    destination: str
    live: bool
    new_name: str | None = None
    address: str | None = None
    encrypted: bool = False
    peer_uri: str | None = None
    bandwidth: float | None = None

    @property
    def final_name(self) -> str:
        """The domain's name at the destination."""
        return self.new_name or self.domain.name


def hosts_of(moves: Iterable[Move]) -> tuple[str, ...]:
    """Return the names of the hosts that have a part in any of the moves, each once."""
    return tuple(dict.fromkeys(host for move in moves for host in (move.source, move.destination)))


class OnTimeout(str, Enum):
    """What is done about a transfer that is still going on at its timeout: end it, or see it through."""

    ABORT = "abort"
    WAIT = "wait"


@dataclass(frozen=True)
class Limit:
    """How long a move may take, None for as long as it does, and what is done then; ``by_default`` where nobody gave it."""

    seconds: float | None = None
    on_timeout: OnTimeout = OnTimeout.ABORT
    by_default: bool = False

    @property
    def aborts(self) -> bool:
        """Whether a transfer may be ended because of it."""
        return self.seconds is not None and self.on_timeout is OnTimeout.ABORT


class Cause(str, Enum):
    """Why a transfer was stopped: its time was over, or nothing of it moved any more."""

    TIMEOUT = "timeout"
    STALLED = "stalled"


class Severity(str, Enum):
    """How much a finding matters: it keeps everything from being touched, is worth a warning, or just worth knowing."""

    BLOCKS = "blocks"
    WARNS = "warns"
    INFORMS = "informs"


@dataclass(frozen=True)
class Finding:
    """Something preflight noticed: a stable code, a sentence for the person on duty, and which domain it is about."""

    code: str
    sentence: str
    severity: Severity = Severity.BLOCKS
    domain: str | None = None

    @property
    def blocks(self) -> bool:
        """Whether nothing may be moved because of it."""
        return self.severity is Severity.BLOCKS


class Status(str, Enum):
    """What became of a move; ``IN_PLACE`` is one that another run made meanwhile."""

    PLANNED = "planned"
    MOVED = "moved"
    FAILED = "failed"
    INCOMPLETE = "incomplete"
    IN_DOUBT = "in doubt"
    NOT_BEGUN = "not begun"
    ABORTED = "aborted"
    IN_PLACE = "in place"


ARRIVED = frozenset({Status.MOVED, Status.IN_PLACE, Status.INCOMPLETE})
"""What becomes of a move after which the domain is at the destination, with all that it had or not."""
STAYED = frozenset({Status.FAILED, Status.ABORTED, Status.NOT_BEGUN})
"""What becomes of a move after which the domain is still at the source."""
UNSETTLED = frozenset({Status.INCOMPLETE, Status.IN_DOUBT})
"""What becomes of a move after which somebody has to see to the domain."""


@dataclass(frozen=True)
class Outcome:
    """What became of a move. ``duration`` in seconds, None when it was not begun; ``domain`` as it was found afterwards.

    ``started`` is when it was begun, in seconds since 1970-01-01 00:00 UTC, by the clock of the machine that the task runs on.
    ``confirmed`` is False where libvirt reported an error, and the hosts show all the same that the domain moved.
    ``encrypted`` is how libvirt was told to send the memory, in the call that it reported done; None without such a call.
    ``bandwidth`` is the lowest limit in MiB/s that was seen to take hold of its memory's sending, None for none.
    ``timeout`` is how many seconds it might take, None for any. ``stalled`` is whether nothing of it moved for too long;
    ``stopped_because`` is why its transfer was stopped, None if it was not.
    ``pause`` is how many seconds its guest stood still, None where that was not seen.
    """

    move: Move
    status: Status
    duration: float | None = None
    domain: Domain | None = None
    error: str | None = None
    warnings: tuple[str, ...] = ()
    confirmed: bool = True
    encrypted: bool | None = None
    bandwidth: float | None = None
    timeout: float | None = None
    stalled: bool = False
    stopped_because: Cause | None = None
    started: float | None = None
    pause: float | None = None

    @property
    def succeeded(self) -> bool:
        """Whether the domain is where it was to be, with all that it had."""
        return self.status in {Status.MOVED, Status.IN_PLACE}


@dataclass(frozen=True)
class Unfinished:
    """The rest of an interrupted move: a domain as it arrived, and as its source still has it, shut off."""

    left: Domain
    arrived: Domain

    @property
    def move(self) -> Move:
        """The move that it is the rest of."""
        new_name = self.arrived.name if self.arrived.name != self.left.name else None
        return Move(self.left, self.left.host, self.arrived.host, live=False, new_name=new_name)


@dataclass(frozen=True)
class Report:
    """The whole task: domains that were where they should be, and what became of each move, in the order of the plan.

    ``finished`` are interrupted moves that were finished first, or would be, where all of it is only ``planned``.
    """

    settled: tuple[Domain, ...]
    outcomes: tuple[Outcome, ...]
    findings: tuple[Finding, ...] = ()
    warnings: tuple[str, ...] = ()
    finished: tuple[Unfinished, ...] = ()
    planned: bool = False


@dataclass(frozen=True)
class Prepared:
    """What would be done, and everything that was found about it; ``settled`` are the domains that are in their places.

    ``unfinished`` are interrupted moves, to be finished before any other is begun. ``later`` are moves of domains that stop on
    a third host first, and of those that come after them: they are prepared when the others have been made.
    """

    moves: tuple[Move, ...]
    settled: tuple[Domain, ...]
    findings: tuple[Finding, ...]
    unfinished: tuple[Unfinished, ...] = ()
    later: tuple[Move, ...] = ()
