# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the task returns of a recovery."""

from __future__ import annotations

from typing import Any

import pytest
from make import domain

from ansible_collections.xenfleet.migration.plugins.module_utils._core.doubt import Diagnosis
from ansible_collections.xenfleet.migration.plugins.module_utils._core.evidence import (
    Case,
    Copy,
    Life,
    XenCopy,
    XenState,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._core.recover import Mended, Recovery, Treatment
from ansible_collections.xenfleet.migration.plugins.module_utils._core.recovery_result import recovery_result
from ansible_collections.xenfleet.migration.plugins.module_utils._core.repair import RestartDaemon, Wake

UUID = "uuid-of-web01"
XEN = XenCopy(7, "web01", XenState.SUSPENDED, 487, True)
CASE = Case(UUID, "web01", (Copy("xen-a", UUID, Life.SUSPENDED, domain(job=True, autostart=True), XEN),))
REPAIRS = (RestartDaemon("xen-a"), Wake("xen-a", UUID))
SUSPENDED = Diagnosis("suspended", "web01: it stands still. To mend it: that, then that.", REPAIRS)


def treatment(mended: Mended, error: str | None = None, **more: Any) -> Treatment:
    return Treatment(more.pop("case", CASE), more.pop("diagnosis", SUSPENDED), mended, error, **more)


def result(*treatments: Treatment, healthy: tuple[str, ...] = (), missing: tuple[str, ...] = (), **unseen: str) -> Any:
    return recovery_result(Recovery(treatments, healthy, missing, unseen))


ENDS: dict[Mended, tuple[bool, bool, str]] = {
    Mended.LEFT: (False, False, "web01: it stands still. To mend it: that, then that."),
    Mended.PLANNED: (True, False, "web01: it stands still. To mend it: that, then that."),
    Mended.REPAIRED: (True, False, "Mended. web01: it stands still. Done: that, then that."),
    Mended.REFUSED: (False, True, "it is not certain"),
    Mended.FAILED: (True, True, "it is not certain"),
}


@pytest.mark.parametrize("mended", ENDS)
def test_what_became_of_a_domain_decides_over_changed_and_failed(mended: Mended) -> None:
    changed, failed, text = ENDS[mended]
    told = result(treatment(mended, "it is not certain" if failed else None))
    assert (told["changed"], told["failed"], told["msg"]) == (changed, failed, text)
    assert told["cases"][0]["status"] == mended.value


def test_one_bad_case_among_good_ones_fails_and_all_are_told() -> None:
    told = result(treatment(Mended.REPAIRED), treatment(Mended.REFUSED, "No."), healthy=("db01",))
    assert (told["changed"], told["failed"]) == (True, True)
    assert told["msg"].endswith("Done: that, then that. No. Nothing is wrong with 1 domain.")


COUNTS = {
    (): "Nothing is wrong with 0 domains.",
    ("db01",): "Nothing is wrong with 1 domain.",
    ("db01", "mail"): "Nothing is wrong with 2 domains.",
}


@pytest.mark.parametrize(("healthy", "text"), COUNTS.items())
def test_domains_that_are_well_are_counted(healthy: tuple[str, ...], text: str) -> None:
    told = result(healthy=healthy)
    assert (told["msg"], told["healthy"], told["changed"], told["failed"]) == (text, list(healthy), False, False)


def test_what_no_host_shows_fails() -> None:
    told = result(healthy=("db01",), missing=("nobody",))
    assert (told["failed"], told["missing"]) == (True, ["nobody"])
    assert told["msg"] == "No host shows a domain nobody. Nothing is wrong with 1 domain."


def test_silent_hosts_and_what_was_lost_are_warnings() -> None:
    told = result(treatment(Mended.REPAIRED, warnings=("autostart was lost",)), **{"xen-b": "no answer"})
    assert told["warnings"] == ["xen-b was not asked for all it has: no answer", "autostart was lost"]


def test_a_case_is_told_with_all_its_copies() -> None:
    (told,) = result(treatment(Mended.PLANNED))["cases"]
    assert told == {
        "domain": "web01",
        "uuid": UUID,
        "code": "suspended",
        "status": "planned",
        "message": SUSPENDED.sentence,
        "repairs": ["restart libvirt's daemon on xen-a (domains go on running)", "wake it on xen-a"],
        "error": None,
        "copies": [
            {
                "host": "xen-a",
                "is": "suspended",
                "libvirt": "running",
                "persistent": True,
                "autostart": True,
                "job": True,
                "xen": "suspended",
                "xen_id": 7,
                "xen_cpu_seconds": 48.7,
            }
        ],
    }


def test_a_copy_of_which_libvirt_or_xen_has_nothing_is_told_with_nothing() -> None:
    copies = (
        Copy("xen-a", UUID, Life.OFF, domain(id=None)),
        Copy("xen-b", UUID, Life.NEVER_RAN, None, XenCopy(3, "web01", XenState.PAUSED, 0, False)),
    )
    (told,) = result(treatment(Mended.PLANNED, case=Case(UUID, "web01", copies)))["cases"]
    assert [(copy["libvirt"], copy["xen"], copy["xen_id"], copy["persistent"]) for copy in told["copies"]] == [
        ("running", None, None, True),
        (None, "paused", 3, False),
    ]


def test_what_is_a_host_s_own_has_no_domain() -> None:
    (told,) = result(treatment(Mended.REPAIRED, case=None))["cases"]
    assert (told["domain"], told["uuid"], told["copies"]) == (None, None, [])
