# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies of a domain as hosts show them, and repairs in words, for the tests of what is made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from make import domain as of_libvirt

from ansible_collections.xenfleet.migration.plugins.module_utils._core.evidence import (
    Case,
    Copy,
    Ending,
    Life,
    XenCopy,
    XenState,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import State
from ansible_collections.xenfleet.migration.plugins.module_utils._core.repair import (
    Boot,
    CarryOver,
    ClearAway,
    Destroy,
    EndReception,
    ForgetNote,
    LetRun,
    PauseAgain,
    Repair,
    RestartDaemon,
    Undefine,
    Wake,
)

UUID = "uuid-of-web01"
XEN = {
    Life.RUNS: XenState.GOES_ON,
    Life.MAY_RUN: XenState.GOES_ON,
    Life.PAUSED: XenState.PAUSED,
    Life.NEVER_RAN: XenState.PAUSED,
    Life.SUSPENDED: XenState.SUSPENDED,
    Life.ENDED: XenState.ENDED,
}
LIBVIRT = {
    Life.RUNS: State.RUNNING,
    Life.MAY_RUN: State.RUNNING,
    Life.PAUSED: State.PAUSED,
    Life.NEVER_RAN: State.PAUSED,
    Life.SUSPENDED: State.PM_SUSPENDED,
    Life.ENDED: State.CRASHED,
    Life.OFF: State.SHUT_OFF,
}


def copy(
    host: str,
    life: Life,
    known: bool = True,
    moving: bool | None = False,
    given_up: bool = False,
    ending: Ending | None = None,
    awaits: bool = False,
    was_moving: bool = False,
    to_pause: bool = False,
    noted: bool = False,
    by_libvirt: bool = True,
    gone: bool = False,
    **values: Any,
) -> Copy:
    """Return a copy of which libvirt and Xen show the same, but for ``values`` of libvirt's."""
    xen = (
        XenCopy(3, "web01", XEN[life], 50, life is not Life.NEVER_RAN, given_up, ending)
        if life in XEN and not gone
        else None
    )
    given = {"id": None if life is Life.OFF else 3, "state": LIBVIRT[life], **values}
    return Copy(
        host,
        UUID,
        life,
        of_libvirt(host=host, **given) if known and by_libvirt else None,
        xen,
        moving,
        awaits=awaits,
        was_moving=was_moving,
        to_pause=to_pause,
        noted=noted or to_pause,
        by_libvirt=by_libvirt,
        gone=gone,
    )


def case(*copies: Copy, unseen: Sequence[str] = ()) -> Case:
    return Case(UUID, "web01", copies, dict.fromkeys(unseen, "no answer"))


def words(repair: Repair) -> str:
    """Name a repair in two or three words."""
    if isinstance(repair, CarryOver):
        return f"carry {repair.left.host} {repair.arrived.host}"
    names = {
        RestartDaemon: "restart",
        Destroy: "destroy",
        EndReception: "end",
        ClearAway: "clear",
        Boot: "boot",
        Wake: "wake",
        LetRun: "run",
        PauseAgain: "pause",
        ForgetNote: "forget",
        Undefine: "undefine",
    }
    return f"{names[type(repair)]} {repair.host}"
