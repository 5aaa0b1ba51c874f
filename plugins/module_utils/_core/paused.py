# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A paused domain runs while its memory is sent, private to this collection: and is paused again, wherever it is then.

A Xen guest takes part in its own suspension, which a paused one can't.
"""

from __future__ import annotations

from contextlib import suppress

from .errors import HypervisorError
from .hypervisor import Hypervisor
from .model import Domain
from .verify import seen_running


def let_run_for_move(domain: Domain, source: Hypervisor) -> None:
    """Note with the domain that it is to be paused again, then have it run: whoever recovers it later has to know."""
    source.note_pause(domain.uuid)
    source.resume(domain.uuid)  # one that runs already just goes on


def pause_again(refusal: HypervisorError, uuid: str, source: Hypervisor) -> HypervisorError:
    """Pause what ran for a move that failed; return the error to tell.

    Only if it really runs: one that Xen has suspended would be taken for unharmed once libvirt calls it paused. The note goes
    at once: from now on whoever has it run means it.
    """
    try:
        if seen_running(uuid, source):
            source.pause(uuid)
            with suppress(HypervisorError):  # tried again, and told, where it is seen that the domain stays
                source.forget_note(uuid)
    except HypervisorError as error:
        return HypervisorError(
            refusal.host, "pause it again after its failed move", f"{error} The move: {refusal.reason}"
        )
    return refusal


def forget_note(domain: Domain | None, host: Hypervisor) -> tuple[str, ...]:
    """Take the note away from a domain that is where it is to be, and as it is to be; return what is worth a warning."""
    if domain is None or not domain.noted:
        return ()
    try:
        host.forget_note(domain.uuid)
    except HypervisorError as error:
        return (
            f"{domain.name} is {domain.state.value} on {domain.host}, and the note with it of what it was before its move could"
            f" not be taken away. {error} Have xen_domain_recover do that for {domain.name} before it is next resumed.",
        )
    return ()
