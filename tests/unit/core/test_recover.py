# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recovery on the fake libvirt: what is found, what is mended, and what is left alone."""

from __future__ import annotations

from typing import Any

import libvirt
import pytest
from fleet import FakeFleet, domain_xml, uuid_of
from running import recovery, run, run_one, told

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import Blocked
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Severity, Status
from ansible_collections.xenfleet.migration.plugins.module_utils._core.recover import Mended, Recovery
from fake_xen import commands, host, xen
from fake_xen.document import normal
from fake_xen.store import HostRecord

LATER = domain_xml("web01", memory_mib=512)


@pytest.fixture
def web01(fleet: FakeFleet) -> FakeFleet:
    fleet.add_host("xen-c")
    fleet.add_domain("web01", "xen-a", next_boot_xml=LATER, autostart=True)
    fleet.add_domain("db01", "xen-b")
    return fleet


def steps(found: Recovery) -> list[str]:
    return [str(repair) for one in found.treatments for repair in one.diagnosis.repairs]


def assert_whole(fleet: FakeFleet, host: str) -> None:
    assert fleet.placement()["web01"] == fleet.in_xen()["web01"] == [f"{host}: running"]
    domain = fleet.domain("web01", host)
    assert (domain["autostart"], domain["next_boot"], domain["job_held"]) == (True, normal(LATER), False)
    records: Any = fleet.snapshot()
    assert [record["ports"] for record in records.values()] == [[], [], []]


MENDED = {
    "halfway": ("suspended", "xen-a"),
    "source stopped": ("suspended", "xen-a"),
    "stray": ("copy_left", "xen-a"),
    "awaited": ("memory_awaited", "xen-a"),
    "awaited in vain": ("suspended", "xen-a"),
    "job held": ("job_held", "xen-a"),
    "shell left": ("copy_left", "xen-b"),
}


@pytest.mark.parametrize(("how", "code", "host"), [(how, *what) for how, what in MENDED.items()])
@pytest.mark.parametrize("terms", [(), ("web01",), (uuid_of("web01"),)])
def test_what_a_broken_move_left_is_mended_and_a_second_run_finds_nothing(
    web01: FakeFleet, how: str, code: str, host: str, terms: tuple[str, ...]
) -> None:
    if how == "job held" and not terms:
        terms = ("web01",)  # or it might be anybody's job, see below
    web01.leave("web01", "xen-a", "xen-b", how)
    planned = recovery(web01, *terms, check=True)
    assert (code, Mended.PLANNED) in told(planned)
    found = recovery(web01, *terms)
    assert (code, Mended.REPAIRED) in told(found)
    assert steps(found) == steps(planned) != []
    assert {one.mended for one in found.treatments} == {Mended.REPAIRED}
    assert [one.warnings for one in found.treatments if one.warnings] == []
    assert_whole(web01, host)
    assert web01.in_xen()["db01"] == ["xen-b: running"]
    again = recovery(web01, *terms)
    assert (told(again), again.missing, again.unseen) == ([], (), {})
    assert "web01" in again.healthy


@pytest.mark.parametrize("how", [*MENDED, "under way", "two running", "nowhere"])
def test_check_mode_changes_nothing(web01: FakeFleet, how: str) -> None:
    web01.leave("web01", "xen-a", "xen-b", how)
    before = web01.snapshot()
    recovery(web01, check=True)
    assert web01.snapshot() == before


def test_what_is_mended_can_be_moved(web01: FakeFleet) -> None:
    web01.leave("web01", "xen-a", "xen-b", "halfway")
    recovery(web01)
    run(web01, {"web01": "xen-b"})
    assert_whole(web01, "xen-b")


def test_a_move_that_goes_on_without_its_caller_is_left_alone_until_it_is_over(web01: FakeFleet) -> None:
    web01.leave("web01", "xen-a", "xen-b", "under way")
    before = web01.snapshot()
    assert told(recovery(web01)) == [("under_way", Mended.LEFT)]
    assert web01.snapshot() == before
    web01.finish_transfer("web01", "xen-a", "xen-b")
    assert told(recovery(web01)) == [("suspended", Mended.REPAIRED)]
    assert_whole(web01, "xen-a")


def test_a_rerun_sees_that_a_domain_stands_still_and_after_recovery_moves_it(web01: FakeFleet) -> None:
    """Seen on Debian 12 and 13 after the destination had lost its power: libvirt calls the source's suspended copy running."""
    web01.leave("web01", "xen-a", "xen-b", "source stopped")
    before = web01.snapshot()
    with pytest.raises(Blocked, match=r"web01 on xen-a stands still.* though libvirt calls it running") as blocked:
        run_one(web01)
    assert [found.code for found in blocked.value.findings if found.blocks] == ["domain_state"]
    assert web01.snapshot() == before
    assert told(recovery(web01)) == [("suspended", Mended.REPAIRED)]
    assert run_one(web01).status is Status.MOVED


def test_no_daemon_is_restarted_under_a_move_of_another_domain(web01: FakeFleet) -> None:
    web01.leave("web01", "xen-a", "xen-b", "source stopped")
    web01.add_domain("mail", "xen-a")
    web01.leave("mail", "xen-a", "xen-c", "under way")
    before = web01.snapshot()
    found = recovery(web01)
    assert sorted(told(found)) == [("suspended", Mended.FAILED), ("under_way", Mended.LEFT)]
    assert "is being sent or received there just now" in str([one.error for one in found.treatments])
    assert web01.snapshot() == before


def test_a_rerun_tells_of_a_copy_that_never_ran_while_its_source_is_silent(web01: FakeFleet) -> None:
    """Seen on Debian 12: it is in its place, but for that, and nobody would know."""
    web01.leave("web01", "xen-a", "xen-b", "halfway")
    web01.set_up("xen-a", False)
    report = run(web01, {"web01": "xen-b"})
    assert [(finding.code, finding.severity) for finding in report.findings] == [("run_lost", Severity.WARNS)]
    assert "paused on xen-b, and has never run there" in report.findings[0].sentence
    assert "xen-a could not be asked" in report.findings[0].sentence
    web01.set_up("xen-a", True)
    assert told(recovery(web01)) == [("suspended", Mended.REPAIRED)]


def test_what_libvirt_has_not_noticed_the_end_of_is_forgotten(web01: FakeFleet) -> None:
    """Seen on Debian 12, where a copy was destroyed while its move held its job: libvirt can't even show it."""
    web01.leave("web01", "xen-a", "xen-b", "halfway")
    web01.change_domain("web01", "xen-b", xen="gone")
    with pytest.raises(Blocked, match="exists more than once"):
        run_one(web01)
    assert told(recovery(web01)) == [("suspended", Mended.REPAIRED)]
    assert_whole(web01, "xen-a")
    assert run_one(web01).status is Status.MOVED


def test_two_running_copies_are_both_left_and_told(web01: FakeFleet) -> None:
    web01.leave("web01", "xen-a", "xen-b", "two running")
    before = web01.snapshot()
    found = recovery(web01)
    assert told(found) == [("two_running", Mended.REFUSED)]
    assert "Pause one at once" in found.treatments[0].told
    assert web01.snapshot() == before


@pytest.mark.parametrize("how", ["halfway", "source stopped"])
@pytest.mark.parametrize("silent", ["xen-b", "xen-c"])
def test_while_any_host_is_silent_nothing_is_woken_and_later_it_is(web01: FakeFleet, how: str, silent: str) -> None:
    web01.leave("web01", "xen-a", "xen-b", how)
    web01.set_up(silent, False)
    before = web01.in_xen()
    found = recovery(web01, "web01")
    assert told(found)[0] == ("suspended", Mended.REFUSED)
    assert silent in found.treatments[0].told
    assert list(found.unseen) == [silent]
    assert {code for code, _mended in told(found)[1:]} <= {"port_held"}
    assert web01.in_xen() == before
    web01.set_up(silent, True)
    assert told(recovery(web01, "web01")) == [("suspended", Mended.REPAIRED)]
    assert_whole(web01, "xen-a")


def test_what_is_received_and_nobody_sends_any_more_is_given_up(web01: FakeFleet) -> None:
    web01.leave("web01", "xen-a", "xen-b", "deserted")
    planned = recovery(web01, check=True)
    assert told(planned) == [("deserted", Mended.PLANNED)]
    found = recovery(web01)
    assert told(found) == [("deserted", Mended.REPAIRED)], found.treatments[0].error
    assert "wait no longer for its memory, then restart libvirt's daemon on xen-b" in found.treatments[0].told
    assert (web01.placement()["web01"], web01.in_xen()) == (["xen-a: shut off"], {"db01": ["xen-b: running"]})
    assert told(recovery(web01)) == []


def test_what_is_received_may_be_sent_by_a_host_that_is_silent(web01: FakeFleet) -> None:
    web01.leave("web01", "xen-a", "xen-b", "deserted")
    web01.set_up("xen-c", False)
    before = web01.snapshot()
    assert told(recovery(web01)) == [("under_way", Mended.LEFT)]
    assert web01.snapshot() == before


def test_a_domain_that_somebody_suspended_is_woken_only_by_its_name(web01: FakeFleet) -> None:
    web01.add_domain("sleeper", "xen-c", state="pmsuspended")
    assert told(recovery(web01)) == [("suspended", Mended.REFUSED)]
    assert web01.in_xen()["sleeper"] == ["xen-c: suspended"]
    assert told(recovery(web01, "sleeper")) == [("suspended", Mended.REPAIRED)]
    assert web01.placement()["sleeper"] == web01.in_xen()["sleeper"] == ["xen-c: running"]


def test_what_xl_started_is_not_touched(web01: FakeFleet) -> None:
    web01.change_host("xen-c", outsiders={"11111111-2222-3333-4444-555555555555": "by-xl"})
    before = web01.snapshot()
    for terms in ((), ("by-xl",)):
        found = recovery(web01, *terms)
        assert told(found) == [("outside_libvirt", Mended.REFUSED)]
    assert web01.snapshot() == before


def test_a_definition_that_a_move_left_behind_is_carried_over(web01: FakeFleet) -> None:
    ends = [libvirt.open(web01.uris()[host]) for host in ("xen-a", "xen-b")]
    flags = libvirt.VIR_MIGRATE_LIVE | libvirt.VIR_MIGRATE_PERSIST_DEST
    ends[0].lookupByName("web01").migrate3(ends[1], {"migrate_uri": "tcp://192.0.2.12"}, flags)
    assert told(recovery(web01)) == [("stale_definition", Mended.REPAIRED)]
    assert_whole(web01, "xen-b")


def test_a_definition_of_which_all_is_there_is_removed_and_one_with_more_is_kept(web01: FakeFleet) -> None:
    web01.add_domain("mail", "xen-a")
    web01.add_domain("mail", "xen-c", state="shut off")
    web01.add_domain("dns", "xen-a")
    web01.add_domain("dns", "xen-c", state="shut off", autostart=True)
    found = recovery(web01)
    assert sorted(told(found)) == [("definitions_differ", Mended.REFUSED), ("stale_definition", Mended.REPAIRED)]
    assert web01.placement()["mail"] == ["xen-a: running"]
    assert web01.placement()["dns"] == ["xen-a: running", "xen-c: shut off"]


def test_a_port_that_is_held_alone_is_given_back(web01: FakeFleet) -> None:
    web01.change_host("xen-b", ports=[49152, 49153])
    found = recovery(web01)
    assert told(found) == [("port_held", Mended.REPAIRED)]
    assert "libvirt on xen-b still waits at TCP port 49152, 49153" in found.treatments[0].told
    assert (found.treatments[0].case, found.healthy) == (None, ("db01", "web01"))
    assert told(recovery(web01)) == []


@pytest.mark.parametrize("how", ["halfway", "stray", "job held", "shell left", "source stopped"])
def test_where_transfers_can_t_be_asked_for_nothing_is_done(
    web01: FakeFleet, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    web01.leave("web01", "xen-a", "xen-b", how)
    before = web01.snapshot()
    monkeypatch.setitem(commands.EVIDENCE, "transfers", lambda _record: iter(()))  # type: ignore[arg-type]
    assert told(recovery(web01, "web01")) == [("unproven", Mended.REFUSED)]
    assert web01.snapshot() == before


def test_a_job_of_a_domain_that_is_not_named_may_be_somebody_s_dump_and_is_not_ended(web01: FakeFleet) -> None:
    web01.leave("web01", "xen-a", "xen-b", "job held")
    found = recovery(web01)
    assert ("job_held", Mended.REFUSED) in told(found)
    assert "Ask for it by its name" in next(one.told for one in found.treatments if one.case is not None)
    assert web01.domain("web01", "xen-a")["job_held"]


def test_what_no_host_shows_is_missing(web01: FakeFleet) -> None:
    found = recovery(web01, "web01", "nobody")
    assert (found.missing, found.healthy, told(found)) == (("nobody",), ("web01",), [])


def test_no_control_domain_is_ever_a_case(web01: FakeFleet) -> None:
    assert recovery(web01).healthy == ("db01", "web01")
    assert recovery(web01, "Domain-0").missing == ("Domain-0",)


FAILING = {
    "the copy can't be destroyed because its host is gone": ("xen-b", "listAllDomains", ["xen-b"]),
    "its daemon is gone when it is to be woken": ("xen-a", "pMWakeup", ["xen-a"]),
    "waking fails": ("xen-a", "pMWakeup", []),
}


@pytest.mark.parametrize(("host", "call", "down"), FAILING.values(), ids=FAILING.keys())
def test_a_repair_that_fails_is_told_and_the_next_run_mends(
    web01: FakeFleet, host: str, call: str, down: list[str]
) -> None:
    web01.leave("web01", "xen-a", "xen-b", "halfway")
    web01.fail(host, call, message="as planned", skip=2 if call == "listAllDomains" else 0, then_down=down)
    (found,) = recovery(web01, "web01").treatments
    assert found.mended in {Mended.FAILED, Mended.REFUSED}
    assert web01.in_xen()["web01"][0] == "xen-a: suspended"
    for name in down:
        web01.set_up(name, True)
    assert [one.mended for one in recovery(web01, "web01").treatments] == [Mended.REPAIRED]
    assert_whole(web01, "xen-a")


def test_a_domain_that_does_not_run_on_when_it_is_woken_is_not_said_to_be_mended(
    web01: FakeFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    web01.leave("web01", "xen-a", "xen-b", "source stopped")
    monkeypatch.setattr(libvirt.virDomain, "pMWakeup", lambda _domain, _flags=0: 0)
    (found,) = recovery(web01, "web01").treatments
    assert found.mended is Mended.FAILED
    assert "That was begun and is not finished" in str(found.error)
    assert "Done so far: restart libvirt's daemon on xen-a" in str(found.error)


def test_the_last_copy_is_not_destroyed_when_the_one_to_be_kept_is_gone_before_its_turn(
    web01: FakeFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a call of the broken move came through late: the source's libvirt gave its copy up."""
    restart = xen.restart_daemon

    def give_up_first(record: HostRecord) -> None:
        web01_here = record["domains"][uuid_of("web01")]
        if web01_here["xen"] == "suspended":
            host.stop(record, web01_here, host.SHUTOFF_MIGRATED)
        restart(record)

    monkeypatch.setattr(xen, "restart_daemon", give_up_first)
    web01.leave("web01", "xen-a", "xen-b", "halfway")
    found = recovery(web01, "web01")
    assert told(found) == [("suspended", Mended.FAILED)]
    assert "xen-a has no copy any more that could go on, so the other one is kept" in str(found.treatments[0].error)
    assert web01.in_xen()["web01"] == ["xen-b: paused"]


def test_a_definition_that_a_destroyed_copy_leaves_is_undefined_in_the_same_run(web01: FakeFleet) -> None:
    """The destination had taken the domain over, kept it paused, and written its definition, when the caller died."""
    web01.leave("web01", "xen-a", "xen-b", "halfway")
    web01.change_domain("web01", "xen-b", next_boot=normal(domain_xml("web01")))
    found = recovery(web01)
    assert told(found) == [("suspended", Mended.REPAIRED)]
    assert "undefine it on xen-b" in found.treatments[0].told
    assert_whole(web01, "xen-a")
    assert told(recovery(web01)) == []
