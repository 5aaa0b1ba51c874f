# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Domains that autostart, whose source is kept from starting them at its boot while they are on their way; fake libvirt."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import libvirt
import pytest
from fleet import FakeFleet, domain_xml, uuid_of
from running import ONE_BY_ONE, Queue, connect, recovery, run, run_one

from ansible_collections.xenfleet.migration.plugins.module_utils._core.connections import host_records
from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import Blocked
from ansible_collections.xenfleet.migration.plugins.module_utils._core.migration import migrate
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Move, Status
from ansible_collections.xenfleet.migration.plugins.module_utils._core.recover import Mended, Treatment, recover
from ansible_collections.xenfleet.migration.plugins.module_utils._core.request import Request
from ansible_collections.xenfleet.migration.plugins.module_utils._core.wish import make_wishes
from fake_xen.host import SHUTOFF_UNKNOWN

NEWER = 11_003_000
"""A libvirt that lets the destination's copy run at once."""
KEPT = "<metadata><shop xmlns='urn:x'>1</shop></metadata>"
ANEW = "<title>made anew</title>"


@pytest.fixture
def web01(fleet: FakeFleet) -> FakeFleet:
    fleet.add_host("xen-c")
    fleet.add_domain("web01", "xen-a", autostart=True)
    return fleet


def held(fleet: FakeFleet, on: str = "xen-a") -> bool:
    """Whether a host keeps the domain from its autostart."""
    hosts = {host.name: host for host in host_records(fleet.uris())}
    found = connect(hosts[on]).inspect(uuid_of("web01"))
    return found is not None and found.autostart_held


def as_kept(fleet: FakeFleet) -> tuple[str | None, bool]:
    found = fleet.domain("web01", "xen-a")
    return found["next_boot"], found["autostart"]


def boots(fleet: FakeFleet, host: str) -> None:
    """Have a host that lost power, and its domains with it, boot: it starts what autostarts, and forgets why others are off."""
    connection = libvirt.open(fleet.uris()[host])
    for domain in connection.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_PERSISTENT):
        if domain.isActive():
            domain.destroy()
        fleet.change_domain(domain.name(), host, reason=SHUTOFF_UNKNOWN)
        if domain.autostart():
            domain.create()


def recovered(fleet: FakeFleet, check: bool = False) -> list[Treatment]:
    return list(recovery(fleet, "web01", check=check).treatments)


def in_doubt(fleet: FakeFleet, leave: str | None, when: str, down: str) -> None:
    """Make a move whose answer is lost, and after which a host is down; ``leave`` is what it leaves at both hosts."""
    fleet.fail("xen-a", "migrate3", when=when, message="lost", then_down=[down], **({"leave": leave} if leave else {}))
    assert run_one(fleet).status is Status.IN_DOUBT
    fleet.set_up(down, True)


def test_it_is_held_back_while_its_memory_is_sent_and_arrives_with_the_domain(web01: FakeFleet) -> None:
    before = web01.domain("web01", "xen-a")["next_boot"]
    with ThreadPoolExecutor() as pool, web01.hold("migrate3") as call:
        moved = pool.submit(run_one, web01)
        call.wait()
        assert held(web01)
        call.let_go()
        assert (moved.result().status, moved.result().warnings) == (Status.MOVED, ())
    assert (web01.domain("web01", "xen-b")["next_boot"], web01.domain("web01", "xen-b")["autostart"]) == (before, True)


@pytest.mark.parametrize(("refused", "goes_on"), [(False, "xen-b"), (True, "xen-a")])
@pytest.mark.parametrize("autostart", [True, False])
def test_a_definition_made_anew_during_the_move_is_not_lost_and_nor_is_autostart(
    fleet: FakeFleet, autostart: bool, refused: bool, goes_on: str
) -> None:
    fleet.add_domain("web01", "xen-a", autostart=autostart)
    if refused:
        fleet.fail("xen-a", "migrate3", message="no")
    with ThreadPoolExecutor() as pool, fleet.hold("migrate3") as call:
        moved = pool.submit(run_one, fleet)
        call.wait()
        # From a file of before the move, without what is noted in the definition.
        libvirt.open(fleet.uris()["xen-a"]).defineXML(domain_xml("web01", more=ANEW))
        call.let_go()
        outcome = moved.result()
    assert (outcome.status, outcome.warnings) == (Status.FAILED if refused else Status.MOVED, ())
    xml, autostarts = fleet.kept("web01", goes_on)
    assert (ANEW in str(xml), autostarts) == (True, autostart)
    assert [*fleet.placement()["web01"]] == [f"{goes_on}: running"]


def test_an_autostart_that_somebody_gave_it_during_the_move_is_not_lost(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a")
    with ThreadPoolExecutor() as pool, fleet.hold("migrate3") as call:
        moved = pool.submit(run_one, fleet)
        call.wait()
        libvirt.open(fleet.uris()["xen-a"]).lookupByName("web01").setAutostart(1)
        call.let_go()
        outcome = moved.result()
    assert (outcome.status, outcome.warnings, fleet.kept("web01", "xen-b")[1]) == (Status.MOVED, (), True)


@pytest.mark.parametrize("autostart", [True, False])
def test_a_domain_that_stays_is_what_it_was(fleet: FakeFleet, autostart: bool) -> None:
    fleet.add_domain("web01", "xen-a", xml=domain_xml("web01", more=KEPT), autostart=autostart)
    before = fleet.domain("web01", "xen-a")
    fleet.fail("xen-a", "migrate3", message="no")
    outcome = run_one(fleet)
    assert (outcome.status, outcome.warnings) == (Status.FAILED, ())
    assert outcome.domain is not None
    assert outcome.domain.autostart is autostart
    assert fleet.domain("web01", "xen-a") == before


def test_one_that_runs_at_its_source_gets_it_back_though_the_destination_can_t_be_asked(web01: FakeFleet) -> None:
    in_doubt(web01, None, "before", "xen-b")
    assert (held(web01), web01.domain("web01", "xen-a")["autostart"]) == (False, True)


def test_one_that_stands_still_gets_it_back_when_it_is_recovered(web01: FakeFleet) -> None:
    before = web01.kept("web01", "xen-a")
    in_doubt(web01, "source stopped", "after", "xen-b")
    assert held(web01)
    (treatment,) = recovered(web01)
    assert (treatment.diagnosis.code, treatment.mended) == ("suspended", Mended.REPAIRED)
    assert treatment.diagnosis.sentence.endswith("then wake it on xen-a, then have xen-a start it at its boot again.")
    assert (as_kept(web01), held(web01)) == (before, False)


def test_one_whose_job_is_held_gets_it_back_when_that_is_given_back(web01: FakeFleet) -> None:
    web01.fail("xen-a", "migrate3", when="after", leave="job held", message="Connection refused")
    outcome = run_one(web01)
    assert outcome.status is Status.FAILED
    assert "was not given back: libvirt there holds a job on it. Run xen_domain_recover" in outcome.warnings[0]
    assert recovered(web01)[0].mended is Mended.REPAIRED
    assert (held(web01), web01.domain("web01", "xen-a")["autostart"]) == (False, True)


def test_a_source_that_boots_again_starts_no_second_copy_and_a_rerun_finishes_the_move(web01: FakeFleet) -> None:
    before = web01.kept("web01", "xen-a")
    web01.change_host("xen-a", libvirt_version=NEWER)
    in_doubt(web01, None, "after", "xen-a")
    boots(web01, "xen-a")
    assert web01.placement() == {"web01": ["xen-a: shut off", "xen-b: running"]}
    report = run(web01, {"web01": "xen-b"})
    assert (report.outcomes, [rest.left.host for rest in report.finished]) == ((), ["xen-a"])
    assert web01.placement() == {"web01": ["xen-b: running"]}
    assert web01.kept("web01", "xen-b") == before


@pytest.mark.parametrize("check", [True, False])
def test_recovery_finishes_it_as_well(web01: FakeFleet, check: bool) -> None:
    before = web01.kept("web01", "xen-a")
    web01.change_host("xen-a", libvirt_version=NEWER)
    in_doubt(web01, None, "after", "xen-a")
    boots(web01, "xen-a")
    (treatment,) = recovered(web01, check)
    assert treatment.diagnosis.code == "stale_definition"
    assert treatment.mended is (Mended.PLANNED if check else Mended.REPAIRED)
    assert web01.kept("web01", "xen-a" if check else "xen-b") == before


def test_one_that_arrived_whole_and_never_ran_runs_when_somebody_knows_that_it_may(web01: FakeFleet) -> None:
    """Its source lost power before it was seen to give the domain up: for all that can be told, it had it run on."""
    before = web01.kept("web01", "xen-a")
    in_doubt(web01, None, "after", "xen-a")
    boots(web01, "xen-a")
    assert web01.placement() == {"web01": ["xen-a: shut off", "xen-b: paused"]}
    (treatment,) = recovered(web01)
    assert (treatment.diagnosis.code, treatment.mended) == ("never_ran", Mended.REFUSED)
    libvirt.open(web01.uris()["xen-b"]).lookupByName("web01").resume()
    run(web01, {"web01": "xen-b"})
    assert web01.placement() == {"web01": ["xen-b: running"]}
    assert web01.kept("web01", "xen-b") == before


def test_one_that_went_down_with_its_source_is_left_off_and_autostarts_again_once_that_is_asked(
    web01: FakeFleet,
) -> None:
    before = web01.kept("web01", "xen-a")
    in_doubt(web01, None, "before", "xen-a")
    boots(web01, "xen-a")
    assert web01.placement() == {"web01": ["xen-a: shut off"]}
    (treatment,) = recovered(web01)
    assert (treatment.diagnosis.code, treatment.mended) == ("autostart_held", Mended.REPAIRED)
    assert "start it, if it is to run" in treatment.diagnosis.sentence
    assert (as_kept(web01), held(web01)) == (before, False)
    assert recovered(web01) == []


def test_it_is_not_given_back_where_a_host_that_may_have_the_domain_is_silent(web01: FakeFleet) -> None:
    in_doubt(web01, None, "before", "xen-a")
    boots(web01, "xen-a")
    web01.set_up("xen-b", False)
    (treatment,) = recovered(web01)
    assert (treatment.diagnosis.code, treatment.mended) == ("autostart_held", Mended.REFUSED)
    with pytest.raises(Blocked, match="may run on xen-b, which could not be asked"):
        run(web01, {"web01": "xen-c"})
    assert held(web01)


def test_the_next_move_takes_it_along_and_says_that_it_was_held(web01: FakeFleet) -> None:
    before = web01.kept("web01", "xen-a")
    in_doubt(web01, None, "before", "xen-a")
    boots(web01, "xen-a")
    report = run(web01, {"web01": "xen-b"})
    assert [finding.code for finding in report.findings if finding.code == "autostart_held"] == ["autostart_held"]
    assert web01.kept("web01", "xen-b") == before


def test_a_domain_that_is_to_stay_is_told_to_be_kept_from_its_autostart(web01: FakeFleet) -> None:
    in_doubt(web01, None, "before", "xen-a")
    boots(web01, "xen-a")
    report = run(web01, {"web01": "xen-a"})
    assert [(finding.code, finding.domain) for finding in report.findings] == [("autostart_held", "web01")]


@pytest.mark.parametrize("call", ["setMetadata", "setAutostart"])
def test_a_source_that_can_t_write_is_left_all_the_same(web01: FakeFleet, call: str) -> None:
    before = web01.kept("web01", "xen-a")
    web01.fail("xen-a", call, message="No space left on device")
    outcome = run_one(web01)
    assert outcome.status is Status.MOVED
    assert "The autostart of web01 could not be held back for its move" in outcome.warnings[0]
    assert "No space left on device" in outcome.warnings[0]
    assert web01.kept("web01", "xen-b") == before


def test_one_that_could_only_be_noted_is_as_it_was_where_it_stays(web01: FakeFleet) -> None:
    before = web01.kept("web01", "xen-a")
    web01.fail("xen-a", "setAutostart", message="No space left on device")
    web01.fail("xen-a", "migrate3", message="no")
    assert run_one(web01).status is Status.FAILED
    assert (as_kept(web01), held(web01)) == (before, False)


def test_a_definition_made_by_hand_where_the_domain_was_booted_is_not_replaced(web01: FakeFleet) -> None:
    """Its source lost power in the first pass; somebody defined and started it anew at the destination."""
    in_doubt(web01, None, "before", "xen-a")
    boots(web01, "xen-a")
    by_hand = domain_xml("web01", memory_mib=512)
    web01.add_domain("web01", "xen-b", xml=by_hand)
    with pytest.raises(Blocked, match="web01 exists more than once"):
        run(web01, {"web01": "xen-b"})
    (treatment,) = recovered(web01)
    assert (treatment.diagnosis.code, treatment.mended) == ("definitions_differ", Mended.REFUSED)
    assert held(web01)


def test_a_copy_that_libvirt_calls_migrated_gets_nothing_back_where_not_all_hosts_are_asked(web01: FakeFleet) -> None:
    web01.fail("xen-b", "defineXML", message="disk full")
    assert run_one(web01).status is Status.INCOMPLETE
    hosts = [host for host in host_records(web01.uris()) if host.name != "xen-b"]
    (treatment,) = recover(hosts, ["web01"], False, connect).treatments
    assert (treatment.diagnosis.code, treatment.mended) == ("autostart_held", Mended.REFUSED)
    assert held(web01)


def test_a_queued_move_gives_nothing_back_of_one_that_another_run_moved(web01: FakeFleet) -> None:
    """That run's definition could not be carried over, so its source still has it."""

    def another_run(_move: Move) -> None:
        web01.fail("xen-b", "defineXML", message="disk full")
        assert run_one(web01).status is Status.INCOMPLETE

    hosts = host_records(web01.uris())
    request = Request(hosts, make_wishes(None, None, {"web01": "xen-c"}, None, hosts), at_once=ONE_BY_ONE)
    (outcome,) = migrate(request, connect, places=Queue(web01, another_run)).outcomes
    assert outcome.status is Status.FAILED
    assert "is shut off by now: a move took its memory elsewhere" in str(outcome.error)
    assert held(web01)
