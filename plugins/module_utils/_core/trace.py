# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is seen of a transfer from outside, private to this collection: how much has arrived, and whether anything moves. Pure.

libvirt's Xen driver tells nothing of a transfer but the time it has taken. Two things show it: the destination's free memory
falls as the first pass arrives, and the source's kernel counts the bytes that the destination has acknowledged. The first costs
next to nothing to ask for; where several domains come to one destination at once, only the second tells them apart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from .memory import paging_kib
from .model import Domain
from .progress import Phase

STALL_SECONDS = 150
"""After as long without any movement a transfer is stalled: KubeVirt's progressTimeout, with which it gives a migration up."""
ASK_SECONDS = 15
"""How long free memory may stand still before the source's shell is asked, and between two questions to it."""
ASK_SHARED_SECONDS = 5
"""Between two questions to the shell where nothing else tells how far the first pass is."""
LOST_SECONDS = 30
"""After as long without a byte, what is still received is taken to have been lost: TCP has tried again six times by then."""
_LEAST_KIB = 64
"""What counts as arriving: less than that comes and goes on a host with all it does."""
_ALL_PERCENT = 98
"""From here on the first pass counts as there: a guest needs not have all the memory that it may have."""


@dataclass(frozen=True)
class Signal:
    """A number that changes while memory is sent: when it last did, what it was then, and when it was last looked at."""

    value: int
    since: float
    seen: float

    @property
    def still(self) -> float:
        """For how many seconds it is known not to have moved."""
        return self.seen - self.since


@dataclass(frozen=True)
class Look:
    """What was seen ``at`` seconds; None for what can't be.

    ``shared`` is whether other moves to the same destination go on. ``asked`` is whether the shell was asked for the bytes that
    are ``acked``, ``unsent`` whether it said that none are sent, ``left`` whether the destination receives it all the same.
    ``deserted`` is whether the source could not be asked, and the destination waits for memory that doesn't come.
    """

    at: float
    free_kib: int | None
    asked: bool = False
    acked: int | None = None
    unsent: bool = False
    left: bool = False
    shared: bool = False
    deserted: bool = False


@dataclass(frozen=True)
class Stall:
    """Nothing of a transfer has moved for these seconds; ``seen`` is in words how far it was.

    ``deserted`` is whether its source is not to be asked any more: then it is no use to wait for it. ``in_vain`` is whether its
    source has long had nothing more to send: then it would be waited for without end.
    """

    seconds: float
    seen: str
    deserted: bool = False
    in_vain: bool = False


@dataclass(frozen=True)
class Trace:
    """What all looks at one transfer have come to.

    ``base_kib`` is the destination's free memory before anything arrived, ``arrived_kib`` the most that it was seen to fall,
    ``fell_at`` when it was last seen to.
    ``lost`` is whether the source's shell told of acknowledged bytes, and now doesn't: then nobody knows whether they move.
    ``over`` is whether it now says that none are sent any more. ``left`` is since when the destination was seen, each time, to
    receive what isn't. ``shared`` is whether other moves to the same destination went on meanwhile: from then on free memory
    tells nothing, and the acknowledged bytes are what has arrived. ``deserted`` is what the last look that asked the source
    came to. ``counted`` is what is said of the bytes that the shell counts.
    """

    domain: Domain
    live: bool
    base_kib: int | None = None
    arrived_kib: int = 0
    fell_at: float = 0.0
    free: Signal | None = None
    acked: Signal | None = None
    lost: bool = False
    over: bool = False
    left: Signal | None = None
    asked_at: float = 0.0
    shared: bool = False
    deserted: bool = False
    counted: str = "acknowledged"

    @property
    def percent(self) -> int | None:
        """How much of the memory has arrived, None where that can't be seen. What Xen takes beside it doesn't count."""
        if self.shared:
            return (
                None if self.acked is None else min(100, 100 * self.acked.value // (1024 * self.domain.memory_kib or 1))
            )
        if self.base_kib is None:
            return None
        return _percent(self.arrived_kib - paging_kib(self.domain), self.domain)

    @property
    def all_there(self) -> bool:
        """Whether the first pass has arrived, after which free memory shows nothing any more."""
        return (self.percent or 0) >= _ALL_PERCENT

    @property
    def phase(self) -> tuple[Phase, int | None]:
        """Return what goes on, and how much of the pass is done, if that can be seen."""
        percent = self.percent
        if self.over and (percent is None or self.all_there):
            return Phase.HANDING_OVER, None
        if percent is None:
            return Phase.SENDING, None
        if percent == 0 and (self.acked is None or self.acked.value == 0):
            return Phase.PREPARING, None
        if not self.live:
            return Phase.ONLY_PASS, percent
        return (Phase.LAST_PASSES, None) if self.all_there else (Phase.FIRST_PASS, percent)

    @property
    def stall(self) -> Stall | None:
        """Whether the transfer is stalled: everything that can be seen of it stands still, and something can."""
        if self.deserted:
            return Stall(max(LOST_SECONDS, self.free.still if self.free else 0.0), self._words(), deserted=True)
        if self.left is not None and self.left.still >= STALL_SECONDS:
            return Stall(self.left.still, self._words(), in_vain=True)
        signals = [] if self.lost else [self.acked, None if self.all_there else self.free]
        still = min((signal.still for signal in signals if signal is not None), default=0.0)
        return Stall(still, self._words()) if still >= STALL_SECONDS else None

    def wants_shell(self, at: float) -> bool:
        """Whether the source's shell is to be asked: free memory tells nothing, or hasn't fallen for a while.

        Nor does it fall any more when all is there. Then the move is about to end, and its source has enough to do.
        """
        if self.shared:
            return at - self.asked_at >= ASK_SHARED_SECONDS
        return at - max(self.asked_at, self.fell_at) >= ASK_SECONDS

    def followed(self, look: Look) -> Trace:
        """Return what it is with this look."""
        trace = _with_free(replace(self, shared=self.shared or look.shared), look.free_kib, look.at)
        return _with_acked(trace, look) if look.asked else trace

    def _words(self) -> str:
        parts = [] if self.percent is None else [f"{self.percent} % of its memory had arrived"]
        if self.acked is not None:
            parts.append(f"{self.acked.value} bytes had been {self.counted}")
        if self.left is not None:
            parts.append("its source had nothing more to send")
        if self.deserted:
            parts.append("its source could not be asked any more")
        return " and ".join(parts)


def _percent(arrived_kib: int, domain: Domain) -> int:
    return max(0, min(100, 100 * arrived_kib // max(1, domain.memory_kib)))


def _with_free(trace: Trace, kib: int | None, at: float) -> Trace:
    if kib is None:
        return replace(trace, free=None)
    # It rises first where the control domain gives memory away for the newcomer.
    base = max(kib, kib if trace.base_kib is None else trace.base_kib)
    arrived = max(trace.arrived_kib, base - kib)
    free = trace.free
    fell = free is not None and free.value - kib >= _LEAST_KIB
    if free is None or fell:
        free = Signal(kib, at, at)
    free = Signal(max(kib, free.value), free.since, at)
    return replace(trace, base_kib=base, arrived_kib=arrived, fell_at=at if fell else trace.fell_at, free=free)


def _with_acked(trace: Trace, look: Look) -> Trace:
    acked, trace = trace.acked, replace(trace, deserted=look.deserted, left=_left(trace.left, look))
    if look.acked is None:
        lost = trace.lost or acked is not None
        return replace(trace, acked=None, lost=lost, over=lost and look.unsent, asked_at=look.at)
    if acked is None or acked.value != look.acked:
        acked = Signal(look.acked, look.at, look.at)
    return replace(trace, acked=replace(acked, seen=look.at), lost=False, over=False, asked_at=look.at)


def _left(left: Signal | None, look: Look) -> Signal | None:
    if not look.left:
        return None
    return Signal(0, look.at if left is None else left.since, look.at)
