# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What state a domain is in, and what would mend it, private to this collection: pure, decided from the evidence alone.

Two rules stand above all. A copy that has run is destroyed only where another one is proven to be the live one (what is left of
a guest that has ended by itself is no copy: nothing could have it go on). A copy is made to run only where it is proven that no
other can; a host that can't be asked proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from .evidence import Case, Copy, Ending, Life
from .model import Domain, State
from .repair import (
    Boot,
    CarryOver,
    ClearAway,
    Destroy,
    EndReception,
    ForgetNote,
    GiveBackAutostart,
    LetRun,
    PauseAgain,
    Repair,
    RestartDaemon,
    Undefine,
    Wake,
)
from .unfinished import left_by_move

HEALTHY = "healthy"
UNDER_WAY = "under_way"
PORT_HELD = "port_held"
PAUSE_LOST = "pause_lost"
NOTE_LEFT = "note_left"
AUTOSTART_HELD = "autostart_held"
MEMORY_AWAITED = "memory_awaited"
STALE_DEFINITION = "stale_definition"
DEFINITIONS_DIFFER = "definitions_differ"
FOR_DEFINITIONS = frozenset({STALE_DEFINITION, DEFINITIONS_DIFFER, MEMORY_AWAITED, AUTOSTART_HELD, NOTE_LEFT})
"""What is wrong with no more than what libvirt has of a domain that is in one place, and goes on as it is to."""


@dataclass(frozen=True)
class Diagnosis:
    """A stable code, a sentence for the person on duty, and what would mend it; nothing where that is not certain."""

    code: str
    sentence: str
    repairs: tuple[Repair, ...] = ()

    @property
    def doubtful(self) -> bool:
        """Whether something is wrong with the domain, or may be."""
        return self.code not in {HEALTHY, UNDER_WAY}


_GOING_ON = frozenset({Life.RUNS, Life.MAY_RUN})

Differences = Mapping[str, "tuple[str, ...]"]
"""By host with a definition of a domain that is shut off there: what the host that counts lacks of it."""


def diagnose(case: Case, differences: Differences, named: bool = True) -> Diagnosis:
    """Decide. ``named`` is whether the user asked for this very domain, rather than for whatever there is."""
    found = _diagnose(case, differences, named)
    active = [copy for copy in case.copies if copy.active]
    if any(copy.moving is None for copy in active) and not all(map(_without_memory, found.repairs)):
        return _refused(
            "unproven",
            case,
            "Whether its memory is being sent or received just now could not be asked, so nothing is done.",
        )
    return found


def _without_memory(repair: Repair) -> bool:
    """Whether it concerns nothing but definitions."""
    return isinstance(repair, (CarryOver, Undefine, GiveBackAutostart, ForgetNote))


def _diagnose(case: Case, differences: Differences, named: bool) -> Diagnosis:
    found = _of_copies(case, differences, named)
    to_pause = [copy for copy in case.copies if copy.to_pause and copy.life in _GOING_ON]
    if to_pause and (found.code == HEALTHY or found.code in FOR_DEFINITIONS):
        return _pause_lost(case, to_pause[0], named)
    noted = [copy for copy in case.copies if copy.noted and copy.active]
    if found.code == HEALTHY and noted:
        what = "a move left a note with it of what it was before"
        return _certain(NOTE_LEFT, case, what, [ForgetNote(noted[0].host, case.uuid)])
    held = [copy for copy in case.copies if copy.autostart_held]
    return _autostart_held(case, held[0]) if found.code == HEALTHY and held else found


def _pause_lost(case: Case, running: Copy, named: bool) -> Diagnosis:
    """Decide about a domain that is in one place, was paused before its move, and was not paused again."""
    if not named:
        why = "It was paused before its move, which broke off. Ask for it by its name to have it paused again, unless somebody"
        return _refused(PAUSE_LOST, case, f"{why} has resumed it since.")
    what = "it was paused before its move, which broke off, and ran only for that"
    return _certain(PAUSE_LOST, case, what, [PauseAgain(running.host, case.uuid)])


def _autostart_held(case: Case, held: Copy) -> Diagnosis:
    """Decide about a domain that is in one place, and whose move ended before its autostart was given back."""
    if case.unseen and held.life is not Life.RUNS:
        where = f"may have brought it to a host that could not be asked: {_silent(case)}"
        return _refused(AUTOSTART_HELD, case, f"A move held its autostart back, and {where}")
    if _moved_away(held):
        why = "libvirt says that its memory was moved, and no host that was asked has it: ask all hosts that it may be on."
        return _refused(AUTOSTART_HELD, case, why)
    what = "a move that broke off had held its autostart back"
    if not held.active:
        what += " (it is shut off: start it, if it is to run)"
    return _certain(AUTOSTART_HELD, case, what, [GiveBackAutostart(held.host, case.uuid)])


def _of_copies(case: Case, differences: Differences, named: bool) -> Diagnosis:
    active = [copy for copy in case.copies if copy.active]
    if _is_deserted(case):
        ends = [EndReception(copy.host, case.uuid) for copy in active if copy.moving]
        return _certain("deserted", case, "a host still receives its memory, which none sends any more", ends)
    if any(copy.moving for copy in active):
        return Diagnosis(UNDER_WAY, f"{case.name}: a move of it is under way: {case}. Look again when it is over.")
    gone = [copy for copy in active if copy.gone]
    if gone:
        return _unnoticed(case, gone, differences, named)
    runners = [copy for copy in active if copy.life in _GOING_ON]
    if len(runners) > 1:
        return _two_running(case)
    if runners:
        others = [copy for copy in active if copy is not runners[0]]
        return _one_running(case, runners[0], others, differences, named)
    if not active:
        return _none_active(case, differences, named)
    return _all_stopped(case, active, differences, named)


def _unnoticed(case: Case, gone: Sequence[Copy], differences: Differences, named: bool) -> Diagnosis:
    """Decide about what libvirt takes for active, and Xen doesn't have: it ended while a move held its job, say.

    What there is besides is decided as if that were not there.
    """
    boots = [copy.host for copy in gone if copy.domain is not None and copy.domain.persistent and copy.domain.autostart]
    what = "libvirt has not noticed that Xen has none of it any more"
    if boots:
        return _refused(
            "libvirt_mistaken",
            case,
            f"On {' and '.join(boots)} {what}. Its daemon has to begin anew, and would boot it then, for it has autostart: see"
            " whether it is to, take its autostart away if not (virsh autostart --disable), and restart the daemon.",
        )
    others = tuple(copy for copy in case.copies if copy not in gone)
    rest = _of_copies(replace(case, copies=others), differences, named)
    if rest.doubtful and not rest.repairs:
        return replace(rest, sentence=f"{rest.sentence} Besides, {what}: {'; '.join(map(str, gone))}.")
    code = rest.code if rest.doubtful else "libvirt_mistaken"
    repairs = dict.fromkeys([*(RestartDaemon(copy.host) for copy in gone), *rest.repairs])
    return _certain(code, case, what, [*repairs])


def _is_deserted(case: Case) -> bool:
    """Whether memory is received, and all hosts have shown twice that none sends it: its source lost power, say."""
    moving = [copy for copy in case.copies if copy.moving or copy.was_moving]
    received = all(copy.moving and copy.was_moving and copy.life is Life.NEVER_RAN for copy in moving)
    return bool(moving) and received and not case.unseen


def _refused(code: str, case: Case, why: str) -> Diagnosis:
    return Diagnosis(code, f"{case.name}: {case}. {why}")


def _silent(case: Case) -> str:
    """Return which hosts could not be asked, and why."""
    return "; ".join(f"{host}: {why}" for host, why in case.unseen.items())


def _certain(code: str, case: Case, what: str, repairs: Sequence[Repair]) -> Diagnosis:
    steps = ", then ".join(map(str, repairs))
    return Diagnosis(code, f"{case.name}: {what}: {case}. To mend it: {steps}.", tuple(repairs))


def _two_running(case: Case) -> Diagnosis:
    return _refused(
        "two_running",
        case,
        "Two copies run, or may. Both have run, so neither is destroyed here: what they wrote to their disks since is mixed."
        " Pause one at once (virsh suspend), see which one is used, destroy the other, and check its file systems.",
    )


def _one_running(case: Case, runner: Copy, others: Sequence[Copy], differences: Differences, named: bool) -> Diagnosis:
    if not runner.by_libvirt:
        return _not_asked(case, runner)
    if runner.domain is None or not runner.domain.active:
        return _refused(
            "outside_libvirt",
            case,
            f"Xen on {runner.host} runs it, and libvirt there doesn't know: it was started by xl, or a move was broken off."
            " Shut it down from inside, or see what started it.",
        )
    if others:
        return _others_stopped(case, runner, others)
    if runner.job and not named:
        return _maybe_a_job_of_somebody_s(case)
    if runner.job:
        return _certain("job_held", case, "libvirt holds a job whose caller is gone", [RestartDaemon(runner.host)])
    if runner.libvirt_is_mistaken:
        return _certain("libvirt_mistaken", case, "libvirt is mistaken about it", [RestartDaemon(runner.host)])
    return _definitions(case, runner, differences)


def _maybe_a_job_of_somebody_s(case: Case) -> Diagnosis:
    return _refused(
        "job_held",
        case,
        "libvirt holds a job on it: a move that broke off left it, or its memory is being dumped or saved just now. Ask for it"
        " by its name to have libvirt's daemon restarted, which ends the job.",
    )


def _not_asked(case: Case, copy: Copy) -> Diagnosis:
    return _refused("unproven", case, f"Nothing is done while libvirt on {copy.host} can't be asked. {_silent(case)}")


def _others_stopped(case: Case, runner: Copy, others: Sequence[Copy]) -> Diagnosis:
    if runner.life is not Life.RUNS:
        return _refused(
            "unproven",
            case,
            "Which copy is the live one is not proven, so nothing is destroyed. Look again in a minute.",
        )
    if any(copy.life not in {Life.NEVER_RAN, Life.SUSPENDED} or copy.xen is None for copy in others):
        return _refused(
            "copy_left",
            case,
            f"The one on {runner.host} is the live one. The other has run, and why it stands still is not known: see why,"
            " before you destroy it (xl destroy).",
        )
    fence: list[Repair] = [RestartDaemon(runner.host)] if runner.job else []
    repairs = [*fence, *(repair for copy in others for repair in _remove(copy, runner))]
    return _certain("copy_left", case, "a broken move left a copy beside the one that runs", repairs)


def _remove(copy: Copy, runner: Copy) -> Iterator[Repair]:
    """Yield what it takes to be rid of a stopped copy; its definition goes to the one that runs, if that has none."""
    yield from _fence(copy)
    if copy.life is Life.SUSPENDED and copy.defined and copy.domain is not None and runner.domain is not None:
        yield CarryOver(copy.domain, runner.domain)
    yield from _destroy(copy, runner)


def _fence(copy: Copy) -> Iterator[Repair]:
    """Yield a restart where libvirt has a part in the copy, or may: nobody can go on with the broken move afterwards.

    Nor would libvirt notice the end of a copy whose job a move holds.
    """
    if not copy.by_libvirt or (copy.domain is not None and (copy.job or copy.domain.active)):
        yield RestartDaemon(copy.host)


def _rid_of(fresh: Sequence[Copy], kept: Copy) -> list[Repair]:
    """Return what it takes to be rid of copies that never ran, while another one is kept."""
    return [repair for copy in fresh for repair in (*_fence(copy), *_destroy(copy, kept))]


def _destroy(copy: Copy, kept: Copy) -> Iterator[Repair]:
    if copy.xen is not None:
        yield Destroy(copy.host, copy.uuid, copy.xen.id, copy.life, kept.host)


def _all_stopped(case: Case, active: Sequence[Copy], differences: Differences, named: bool) -> Diagnosis:
    """Decide where copies have memory and none goes on: at most one of them may be kept, and only it may have run."""
    kept = [copy for copy in active if copy.life in {Life.PAUSED, Life.SUSPENDED}]
    fresh = [copy for copy in active if copy.life is Life.NEVER_RAN]
    if len(kept) + len(fresh) < len(active):
        return _ended(case, named)
    if len(kept) > 1:
        return _refused("two_stopped", case, "Both have run: which one is newer is not known, so neither is touched.")
    if not kept:
        return _only_fresh(case, fresh, differences, named)
    if not kept[0].by_libvirt:
        return _not_asked(case, kept[0])
    if kept[0].domain is None or not kept[0].domain.active:
        return _refused("outside_libvirt", case, f"libvirt on {kept[0].host} doesn't know of it, so it is not touched.")
    if kept[0].life is Life.SUSPENDED:
        return _suspended(case, kept[0], fresh, named)
    if kept[0].job and not fresh and not named:
        return _maybe_a_job_of_somebody_s(case)
    return _paused(case, kept[0], fresh, differences)


def _ended(case: Case, named: bool) -> Diagnosis:
    """Decide about a guest that has ended and still has its memory.

    libvirt never notices where a move holds its job for half a minute more (seen on Debian 12 and 13), not even when its daemon
    begins anew (13). So what it would have done is done here, if nobody else has anything of the domain.
    """
    copy, xen = case.copies[0], case.copies[0].xen
    domain = copy.domain
    if len(case.copies) > 1 or case.unseen or not named or xen is None or xen.ending is None:
        return _refused("ended", case, "What has ended or crashed is not touched: see why, then destroy or start it.")
    if domain is None or not domain.active or not copy.libvirt_is_mistaken:
        return _refused("ended", case, "libvirt knows, or doesn't know of it at all: see why it is still there.")
    boots = _boots(xen.ending, domain)
    if boots is None:
        return _refused(
            "ended",
            case,
            f"Its guest has crashed, and its definition says for that: {domain.on_crash}, which libvirt has not done. See why"
            " it crashed, keep a dump of it if one is wanted (xl dump-core), then destroy it (xl destroy).",
        )
    if boots and not domain.persistent:
        return _refused(
            "ended",
            case,
            f"Its guest has {xen.ending.value}. It would be booted, and is transient, so this is all there is of its"
            f" definition: keep that (virsh dumpxml on {copy.host}), then destroy it (xl destroy), and create it from what you"
            " kept.",
        )
    repairs: list[Repair] = [RestartDaemon(copy.host)] if copy.job else []
    repairs.append(ClearAway(copy.host, case.uuid, xen.id))
    if boots:
        repairs.append(Boot(copy.host, case.uuid, copy.to_pause))
    return _certain("ended", case, f"its guest has {xen.ending.value}, and libvirt has not noticed", repairs)


def _boots(ending: Ending, domain: Domain) -> bool | None:
    """Whether libvirt would have booted it, None where it would have kept its memory."""
    if ending is Ending.CRASHED:
        return {"destroy": False, "restart": True}.get(domain.on_crash)
    return ending is Ending.ASKED_TO_BOOT and domain.boots_again


def _suspended(case: Case, kept: Copy, fresh: Sequence[Copy], named: bool) -> Diagnosis:
    if kept.xen is not None and kept.xen.given_up:
        return _given_up(case, kept, fresh)
    if case.unseen:
        return _refused(
            "suspended",
            case,
            "It must not run on before all hosts have shown that they have no copy, and some were not asked:"
            f" {_silent(case)}",
        )
    known_by_libvirt = kept.domain is not None and kept.domain.state is State.PM_SUSPENDED and not kept.job
    if known_by_libvirt and not fresh and not named:
        return _refused(
            "suspended", case, "That may be on purpose (virsh dompmsuspend). Ask for it by its name to have it woken."
        )
    # First of all: whoever is still out there can't have its source give it up then.
    fence: list[Repair] = [] if known_by_libvirt else [RestartDaemon(kept.host)]
    repairs = [*fence, *_rid_of(fresh, kept), Wake(kept.host, case.uuid)]
    return _certain("suspended", case, "a broken move left it standing still", repairs)


def _given_up(case: Case, kept: Copy, fresh: Sequence[Copy]) -> Diagnosis:
    """Decide about a source's copy that is suspended and paused: its libvirt destroys it, or did when it broke off."""
    arrived = [copy.host for copy in fresh if copy.domain is not None and copy.domain.active and not copy.job]
    if len(arrived) == len(fresh) == 1 and not case.unseen:
        there = (
            f"The copy on {arrived[0]} is the domain then, unless it was there before the move: have it run (virsh resume), and"
            " destroy this one (xl destroy) once that is seen to run."
        )
    else:
        unseen = f", and some hosts were not asked: {', '.join(case.unseen)}" if case.unseen else ""
        there = (
            f"Where the domain arrived is not known{unseen}. Find that out before anything is made to run or destroyed."
        )
    return _refused(
        "given_up",
        case,
        f"{kept.host} shows it suspended and paused, as while its libvirt destroys it: it does so when a destination has taken"
        f" the domain over. Look again in a minute. If it is still so, that broke off, and this copy must not run on. {there}"
        " Only if somebody paused it by hand while it was suspended is it otherwise.",
    )


def _paused(case: Case, kept: Copy, fresh: Sequence[Copy], differences: Differences) -> Diagnosis:
    fence: list[Repair] = [RestartDaemon(kept.host)] if kept.job or kept.libvirt_is_mistaken else []
    repairs = [*fence, *_rid_of(fresh, kept)]
    if not repairs:
        return _definitions(case, kept, differences)
    code = "copy_left" if fresh else "job_held" if kept.job else "libvirt_mistaken"
    return _certain(code, case, f"it is paused on {kept.host}, and a broken move left more than that", repairs)


def _only_fresh(case: Case, fresh: Sequence[Copy], differences: Differences, named: bool) -> Diagnosis:
    """Decide where no copy has run: a domain that was moved while it was paused, or memory that nobody asked for any more."""
    only = fresh[0].domain if len(fresh) == 1 else None
    alone = len(case.copies) == 1 and not case.unseen
    left = [copy for copy in case.copies if not copy.active]
    if only is not None and only.active and not only.job and left and all(map(_moved_away, left)):
        return _held_back(case, fresh[0], differences, named)
    on_its_way = any(copy.autostart_held for copy in left)
    settled = only is not None and (alone or only.persistent) and not only.came_running
    if only is not None and only.active and not only.job and settled and not on_its_way:
        return _definitions(case, fresh[0], differences)
    holds = [copy.host for copy in fresh if copy.job]
    free = f"restart libvirt's daemon on {' and '.join(holds)}, which holds a job for its move, then " if holds else ""
    return _refused(
        "never_ran",
        case,
        "Whether its memory is whole, and whether the domain ran on elsewhere after it was copied, can't be told from here:"
        " to have old memory meet newer disks would destroy their file systems. If it is certain that it ran nowhere else since"
        f" (its source lost power in that very moment), {free}have it run on (virsh resume), then run the task or"
        " xen_domain_recover again; else destroy it and start it anew.",
    )


def _moved_away(copy: Copy) -> bool:
    return copy.domain is not None and copy.domain.moved_away


def _held_back(case: Case, arrived: Copy, differences: Differences, named: bool) -> Diagnosis:
    """Decide about a domain that has arrived whole, was never made to run there, and that its source says was moved away."""
    if arrived.domain is not None and arrived.domain.came_paused:
        return _definitions(case, arrived, differences)
    if case.unseen or not named:
        silent = f"; some hosts were not asked, though: {', '.join(case.unseen)}" if case.unseen else ""
        return _refused(
            "held_back",
            case,
            "Its move ended before it was made to run there, unless it was paused before. Ask for it by its name to have it run"
            f"{silent}.",
        )
    rest = _definitions(case, arrived, differences)
    what = "its move ended before it was made to run there"
    return _certain("held_back", case, what, [LetRun(arrived.host, case.uuid), *rest.repairs])


def counting(case: Case) -> Copy | None:
    """Return the copy whose host is to have the definition: the active one, or the one not left behind by a move."""
    active = [copy for copy in case.copies if copy.active and not copy.gone]
    if active:
        return active[0] if len(active) == 1 else None
    staying = [
        copy for copy in case.copies if copy.domain is not None and not copy.domain.left_behind and not copy.awaits
    ]
    return staying[0] if staying else None


def _definitions(case: Case, kept: Copy, differences: Differences) -> Diagnosis:
    """Decide about definitions on hosts where the domain is shut off, and what libvirt there keeps for memory to come."""
    repairs: list[Repair] = []
    for copy in case.copies:
        if copy is kept or copy.domain is None or kept.domain is None:
            continue
        if copy.awaits:
            repairs.append(RestartDaemon(copy.host))
            continue
        lost = differences.get(copy.host, ())
        if left_by_move(copy.domain, kept.domain) or not kept.defined:
            repairs.append(CarryOver(copy.domain, kept.domain))
        elif lost:
            return _differ(case, copy.host, kept.host, lost)
        else:
            repairs.append(Undefine(copy.host, case.uuid))
    if not repairs:
        return Diagnosis(HEALTHY, f"{case.name}: nothing is wrong: {case}.")
    if all(isinstance(repair, RestartDaemon) for repair in repairs):
        return _certain(MEMORY_AWAITED, case, "libvirt still waits for the memory of a move that broke off", repairs)
    return _certain(STALE_DEFINITION, case, "a definition was left behind", repairs)


def _none_active(case: Case, differences: Differences, named: bool) -> Diagnosis:
    """Decide where it is shut off everywhere. A held autostart tells only that a move was begun, so its name is asked for."""
    defined = [copy for copy in case.copies if not copy.awaits]
    if not defined:
        return Diagnosis(HEALTHY, f"{case.name}: nothing is wrong: {case}.")
    if len(defined) == 1:
        return _definitions(case, defined[0], differences)
    stays = counting(case)
    left = [copy.domain for copy in defined if copy is not stays and copy.domain is not None]
    if (
        stays is not None
        and stays.domain is not None
        and all(domain.moved_away or (named and domain.left_behind) for domain in left)
    ):
        return _left_by_moves(case, stays, stays.domain, left, differences)
    return _refused(
        "defined_twice",
        case,
        "Either could be started, and nothing tells which one is right: compare them (virsh dumpxml --inactive), and undefine"
        " the other.",
    )


def _left_by_moves(
    case: Case, stays: Copy, staying: Domain, left: Sequence[Domain], differences: Differences
) -> Diagnosis:
    """Decide about definitions on hosts that the domain was moved away from, and it has been shut off since."""
    repairs: list[Repair] = []
    for domain in left:
        lost = set(differences.get(domain.host, ()))
        if lost - {"autostart"}:
            # libvirt made the other one of what ran; whether it has been changed since can't be told.
            return _differ(case, domain.host, stays.host, sorted(lost), "on the host that has the wrong one")
        repairs.append(CarryOver(domain, staying) if lost else Undefine(domain.host, case.uuid))
    return _certain(STALE_DEFINITION, case, "a move left a definition behind", repairs)


def _differ(case: Case, other: str, kept: str, lost: Sequence[str], where: str | None = None) -> Diagnosis:
    undefine = where or f"on {other} when nothing of it is wanted any more"
    return _refused(
        DEFINITIONS_DIFFER,
        case,
        f"The definition on {other} has what {kept} has not ({'; '.join(lost)}), and which one is right can't be told:"
        f" compare them (virsh dumpxml --inactive), and undefine it {undefine}.",
    )
