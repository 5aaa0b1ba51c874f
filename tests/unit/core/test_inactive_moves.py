# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moves of shut off domains on the fake libvirt: there is one definition before, one after, and never none."""

from __future__ import annotations

import libvirt
import pytest
from fleet import FakeFleet, domain_xml, uuid_of
from running import connect, run, run_one

from ansible_collections.xenfleet.migration.plugins.module_utils._core.connections import host_records
from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import Blocked
from ansible_collections.xenfleet.migration.plugins.module_utils._core.inactive import move_inactive
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Move, Outcome, Status
from ansible_collections.xenfleet.migration.plugins.module_utils._core.recover import recover
from fake_xen.document import normal

SECRET = "<graphics type='vnc' passwd='hunter2'/>"


@pytest.fixture
def web01(fleet: FakeFleet) -> FakeFleet:
    fleet.add_domain("web01", "xen-a", xml=domain_xml("web01", devices=SECRET), state="shut off", autostart=True)
    return fleet


def test_the_definition_moves_with_its_secrets_and_autostart(web01: FakeFleet) -> None:
    before = web01.domain("web01", "xen-a")
    assert run_one(web01).status is Status.MOVED
    assert web01.placement() == {"web01": ["xen-b: shut off"]}
    assert web01.domain("web01", "xen-b") == before
    assert web01.calls("migrate3") == 0


def test_a_second_run_changes_nothing(web01: FakeFleet) -> None:
    run_one(web01)
    before = web01.snapshot()
    assert run(web01, {"web01": "xen-b"}).outcomes == ()
    assert web01.snapshot() == before


def test_the_definition_takes_its_new_name_with_it(web01: FakeFleet) -> None:
    assert run_one(web01, new_name="www").status is Status.MOVED
    assert web01.placement() == {"www": ["xen-b: shut off"]}
    assert web01.domain("www", "xen-b")["autostart"]


REFUSALS = [
    ("xen-b", "defineXML", "before"),
    ("xen-b", "defineXML", "after"),
    ("xen-b", "setAutostart", "before"),
    ("xen-b", "setAutostart", "after"),
    ("xen-a", "undefine", "before"),
]


@pytest.mark.parametrize(("host", "call", "when"), REFUSALS)
def test_a_failure_leaves_the_one_definition_at_the_source(web01: FakeFleet, host: str, call: str, when: str) -> None:
    before = web01.domain("web01", "xen-a")
    web01.fail(host, call, when=when, message="as planned")
    outcome = run_one(web01)
    assert outcome.status is Status.FAILED
    assert all(word in str(outcome.error) for word in ("web01", "xen-a", "xen-b", "as planned"))
    assert web01.placement() == {"web01": ["xen-a: shut off"]}
    assert web01.domain("web01", "xen-a") == before


def test_a_source_that_can_t_write_is_left_all_the_same(web01: FakeFleet) -> None:
    web01.fail("xen-a", "setMetadata", message="No space left on device")
    outcome = run_one(web01)
    assert outcome.status is Status.MOVED
    assert "autostart of web01 could not be held back" in outcome.warnings[0]
    assert web01.domain("web01", "xen-b")["autostart"]


def test_an_autostart_that_could_not_be_given_back_is_told(web01: FakeFleet) -> None:
    web01.fail("xen-b", "defineXML", message="no")
    web01.fail("xen-a", "setAutostart", when="after", message="nor this", times=2)
    outcome = run_one(web01)
    assert (outcome.status, outcome.domain is not None) == (Status.FAILED, True)
    assert "was not given back: " in outcome.warnings[-1]
    assert web01.placement() == {"web01": ["xen-a: shut off"]}


def test_an_undefine_whose_answer_was_lost_does_not_lose_the_definition(web01: FakeFleet) -> None:
    web01.fail("xen-a", "undefine", when="after", message="the answer was lost")
    run_one(web01)
    assert web01.placement() == {"web01": ["xen-b: shut off"]}


def test_a_second_definition_that_can_t_be_taken_back_is_in_doubt_and_told(web01: FakeFleet) -> None:
    web01.fail("xen-a", "undefine", message="no")
    web01.fail("xen-b", "undefine", message="neither")
    outcome = run_one(web01)
    assert outcome.status is Status.IN_DOUBT
    assert "neither" in str(outcome.error)
    assert web01.placement() == {"web01": ["xen-a: shut off", "xen-b: shut off"]}


def test_what_a_run_leaves_that_dies_between_two_definitions_autostarts_once_and_can_be_mended(
    web01: FakeFleet,
) -> None:
    before = web01.domain("web01", "xen-a")
    for host in ("xen-a", "xen-b"):
        web01.fail(host, "undefine", message="no")
    run_one(web01)
    assert [web01.domain("web01", host)["autostart"] for host in ("xen-a", "xen-b")] == [False, True]
    found = recover(host_records(web01.uris()), ["web01"], False, connect)
    assert [(one.diagnosis.code, one.mended.value) for one in found.treatments] == [("stale_definition", "repaired")]
    assert web01.placement() == {"web01": ["xen-b: shut off"]}
    assert web01.domain("web01", "xen-b") == before


def test_a_saved_memory_image_blocks(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a", state="shut off", managed_save=True)
    with pytest.raises(Blocked, match="web01 on xen-a has a saved memory image"):
        run_one(fleet)
    assert fleet.calls("defineXML") == 0


def test_a_domain_that_another_run_has_moved_meanwhile_keeps_its_definition(web01: FakeFleet) -> None:
    source, destination = (connect(host) for host in host_records(web01.uris()))
    domain = source.inspect(uuid_of("web01"))
    assert domain is not None
    run_one(web01)  # the other run
    outcome = move_inactive(Move(domain, "xen-a", "xen-b", live=False), source, destination)
    assert "is on xen-b and only there, although an error was reported" in outcome.warnings[0]
    assert web01.placement() == {"web01": ["xen-b: shut off"]}


def test_a_domain_that_is_started_meanwhile_stays_where_it_runs(web01: FakeFleet) -> None:
    source, destination = (connect(host) for host in host_records(web01.uris()))
    domain = source.inspect(uuid_of("web01"))
    assert domain is not None
    libvirt.open(web01.uris()["xen-a"]).lookupByName("web01").create()
    outcome = move_inactive(Move(domain, "xen-a", "xen-b", live=False), source, destination)
    assert outcome.status is Status.FAILED
    assert "was started in the meantime" in str(outcome.error)
    assert web01.placement() == {"web01": ["xen-a: running"]}


def moves_when_somebody_has_defined(
    fleet: FakeFleet, xml: str, autostart: bool = False, refused: bool = True
) -> Outcome:
    """Make the move when the domain has been defined at its destination by hand, since it was looked for."""
    source, destination = (connect(host) for host in host_records(fleet.uris()))
    domain = source.inspect(uuid_of("web01"))
    assert domain is not None
    libvirt.open(fleet.uris()["xen-b"]).defineXML(xml).setAutostart(int(autostart))
    if refused:
        fleet.fail("xen-b", "defineXML", message="as planned")
    return move_inactive(Move(domain, "xen-a", "xen-b", live=False), source, destination)


OTHER = domain_xml("web01", devices="<graphics type='vnc' passwd='made by hand'/>", more="<title>made by hand</title>")
HERE = domain_xml("web01", devices=SECRET)
NOTHING_MORE = domain_xml("web01")


@pytest.mark.parametrize("autostart", [False, True])
def test_a_definition_that_somebody_made_at_the_destination_of_a_move_that_is_refused_is_kept_and_told(
    web01: FakeFleet, autostart: bool
) -> None:
    before = web01.kept("web01", "xen-a")
    outcome = moves_when_somebody_has_defined(web01, OTHER, autostart)
    assert (outcome.status, outcome.domain is not None) == (Status.FAILED, True)
    told = str(outcome.error)
    assert "xen-a keeps it, and xen-b has a definition of it that was kept, as it has what xen-a has not" in told
    assert "(/devices/graphics/@passwd; /title): look at it" in told
    assert all(secret not in told for secret in ("hunter2", "made by hand"))
    assert web01.kept("web01", "xen-b") == (normal(OTHER), autostart)
    assert web01.kept("web01", "xen-a") == before
    with pytest.raises(Blocked, match="web01"):
        run_one(web01)


@pytest.mark.parametrize("autostart", [False, True])
def test_no_two_hosts_are_left_to_start_it_at_their_boot(web01: FakeFleet, autostart: bool) -> None:
    outcome = moves_when_somebody_has_defined(web01, OTHER, autostart)
    assert [web01.domain("web01", host)["autostart"] for host in ("xen-a", "xen-b")] == [not autostart, autostart]
    assert ["was not given back: xen-b has it, too" in warning for warning in outcome.warnings] == [True] * autostart


def test_a_definition_there_of_which_the_source_lacks_no_more_than_its_autostart_is_kept(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a", xml=HERE, state="shut off")
    outcome = moves_when_somebody_has_defined(fleet, HERE, autostart=True)
    assert "was kept, as it has what xen-a has not (autostart)" in str(outcome.error)
    assert fleet.kept("web01", "xen-b") == (normal(HERE), True)


@pytest.mark.parametrize(("xml", "autostart"), [(HERE, True), (HERE, False), (NOTHING_MORE, True)])
def test_a_definition_at_the_destination_of_which_the_source_has_everything_is_removed(
    web01: FakeFleet, xml: str, autostart: bool
) -> None:
    before = web01.snapshot()
    outcome = moves_when_somebody_has_defined(web01, xml, autostart)
    assert (outcome.status, outcome.warnings) == (Status.FAILED, ())
    assert str(outcome.error).endswith("xen-a keeps it.")
    assert web01.snapshot() == before


def test_a_definition_that_somebody_made_at_the_destination_is_not_replaced_if_anything_would_be_lost(
    web01: FakeFleet,
) -> None:
    before = web01.kept("web01", "xen-a")
    outcome = moves_when_somebody_has_defined(web01, OTHER, refused=False)
    assert outcome.status is Status.FAILED
    assert "take over the definition of domain web01: somebody has defined it there meanwhile" in str(outcome.error)
    assert "xen-b has a definition of it that was kept" in str(outcome.error)
    assert (web01.kept("web01", "xen-a"), web01.kept("web01", "xen-b")) == (before, (normal(OTHER), False))


def test_a_definition_that_somebody_made_at_the_destination_is_replaced_if_nothing_is_lost(web01: FakeFleet) -> None:
    before = web01.kept("web01", "xen-a")
    outcome = moves_when_somebody_has_defined(web01, NOTHING_MORE, refused=False)
    assert (outcome.status, outcome.warnings) == (Status.MOVED, ())
    assert web01.placement() == {"web01": ["xen-b: shut off"]}
    assert web01.kept("web01", "xen-b") == before
