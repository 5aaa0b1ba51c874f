# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""libvirt's numbers for a domain's state, private to this collection: turned into the core's words."""

from __future__ import annotations

from .._core.model import State

_RUNNING = 1
_RUNNING_BOOTED = 1
_RUNNING_MIGRATED = 2
_RUNNING_UNPAUSED = 5
_PAUSED = 3
_PAUSED_MIGRATION = 2
_SHUT_OFF = 5
_SHUT_OFF_MIGRATED = 4
_SHUT_OFF_ENDED = frozenset({1, 2, 3})  # shut down, destroyed, crashed
_STATES = {
    0: State.RUNNING,  # "no state" is what an idle Xen domain shows
    _RUNNING: State.RUNNING,
    2: State.RUNNING,  # "blocked": waiting for something to do
    _PAUSED: State.PAUSED,
    4: State.SHUTTING_DOWN,
    _SHUT_OFF: State.SHUT_OFF,
    6: State.CRASHED,
    7: State.PM_SUSPENDED,
}
"""By virDomainState's numbers, which are part of libvirt's stable interface (libvirt-domain.h)."""


def domain_state(state: int, reason: int) -> State:
    """Return the core's word for virDomainGetState's pair; paused with the reason "migration" is a state of its own."""
    if (state, reason) == (_PAUSED, _PAUSED_MIGRATION):
        return State.MIGRATING
    return _STATES.get(state, State.UNKNOWN)


def is_moved_away(state: int, reason: int) -> bool:
    """Whether virDomainGetState's pair is that of a domain that is shut off because it was migrated."""
    return (state, reason) == (_SHUT_OFF, _SHUT_OFF_MIGRATED)


def has_ended(state: int, reason: int) -> bool:
    """Whether it is that of a domain that is shut off because its guest ended, or somebody ended it."""
    return state == _SHUT_OFF and reason in _SHUT_OFF_ENDED


def came_by_move(state: int, reason: int) -> bool:
    """Whether it is that of a domain that runs because it was migrated, or resumed afterwards: not that it was booted there."""
    return state == _RUNNING and reason in {_RUNNING_MIGRATED, _RUNNING_UNPAUSED}


def was_booted(state: int, reason: int) -> bool:
    """Whether it is that of a domain that runs because it was booted on this host."""
    return (state, reason) == (_RUNNING, _RUNNING_BOOTED)
