# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moves that are to be encrypted, on the fake libvirt: through the daemons' own connection, or not at all."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import libvirt
import pytest
from fleet import FakeFleet, domain_xml, uuid_of
from make import move
from running import connect, connect_read_only, run, run_one

from ansible_collections.xenfleet.migration.plugins.module_utils._core.check_domain import check_abort
from ansible_collections.xenfleet.migration.plugins.module_utils._core.connections import host_records
from ansible_collections.xenfleet.migration.plugins.module_utils._core.ends import ConnectionEnds, TunnelEnds
from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import Blocked, HypervisorError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.evidence import HostEvidence, XenCopy, XenState
from ansible_collections.xenfleet.migration.plugins.module_utils._core.hypervisor import (
    NOT_SENDING,
    SUSPENDED,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._core.migration import Request, check, migrate
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import (
    Cause,
    Finding,
    HostFacts,
    Limit,
    Outcome,
    Prepared,
    Status,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._core.reception import is_left
from ansible_collections.xenfleet.migration.plugins.module_utils._core.result import readiness, result
from ansible_collections.xenfleet.migration.plugins.module_utils._core.wish import make_wishes
from fake_xen.store import recorded_calls

CORE = "ansible_collections.xenfleet.migration.plugins.module_utils._core"
STRANGER = {"192.0.2.12": "Cannot recv data: Host key verification failed.: Connection reset by peer"}


@pytest.fixture(autouse=True)
def short_times(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"TICK_SECONDS": 0.02, "RETRY_SECONDS": 0.02, "UNHEARD_SECONDS": 0.2}.items():
        monkeypatch.setattr(f"{CORE}.transfer.{name}", value)


@pytest.fixture
def web01(fleet: FakeFleet) -> FakeFleet:
    fleet.add_domain("web01", "xen-a", autostart=True)
    return fleet


def flags_received(fleet: FakeFleet) -> list[int]:
    """Return the flags of each move that a source's daemon made itself."""
    calls = recorded_calls(fleet.directory)
    return [int(call.rpartition(" ")[2]) for _host, call in calls if call.startswith("received")]


def prepared(hosts: dict[str, Any], **options: Any) -> Prepared:
    records = host_records(hosts)
    wishes = make_wishes(["web01"], "xen-b", None, None, records)
    return check(Request(records, wishes, encrypted=True, **options), connect_read_only)[0]


def codes(found: Prepared) -> dict[str, str]:
    return {finding.code: finding.severity.value for finding in found.findings}


KINDS: dict[str, tuple[dict[str, Any], dict[str, Any], int]] = {
    "running": ({}, {}, libvirt.VIR_MIGRATE_LIVE | libvirt.VIR_MIGRATE_PERSIST_DEST),
    "running, not live": ({}, {"live": False}, libvirt.VIR_MIGRATE_PERSIST_DEST),
    "paused": ({"state": "paused"}, {}, libvirt.VIR_MIGRATE_PAUSED | libvirt.VIR_MIGRATE_PERSIST_DEST),
    "transient": ({"persistent": False}, {}, libvirt.VIR_MIGRATE_LIVE),
    "renamed": ({}, {"new_name": "www"}, libvirt.VIR_MIGRATE_LIVE | libvirt.VIR_MIGRATE_PERSIST_DEST),
}


@pytest.mark.parametrize("version", [9_000_000, 11_003_000])
@pytest.mark.parametrize(("what", "how", "flags"), KINDS.values(), ids=KINDS.keys())
def test_memory_goes_tunnelled_of_a_domain_that_is(
    fleet: FakeFleet, what: dict[str, Any], how: dict[str, Any], flags: int, version: int
) -> None:
    fleet.add_domain("web01", "xen-a", **what)
    fleet.change_host("xen-a", libvirt_version=version)
    fleet.change_host("xen-b", libvirt_version=version)
    # An older libvirt keeps it paused where it arrives, until its source is seen to have given it up.
    flags |= libvirt.VIR_MIGRATE_PAUSED if version < 11_003_000 else 0
    outcome = run_one(fleet, encrypted=True, **how)
    assert (outcome.status, outcome.error, outcome.warnings, outcome.encrypted) == (Status.MOVED, None, (), True)
    assert flags_received(fleet) == [flags | libvirt.VIR_MIGRATE_PEER2PEER | libvirt.VIR_MIGRATE_TUNNELLED]
    assert fleet.calls("migrate3") == 0
    name, state = how.get("new_name", "web01"), what.get("state", "running")
    assert fleet.placement() == {name: [f"xen-b: {state}"]}


def test_what_is_not_asked_for_is_not_encrypted_and_said_not_to_be(web01: FakeFleet) -> None:
    report = run(web01, {"web01": "xen-b"})
    assert [outcome.encrypted for outcome in report.outcomes] == [False]
    assert (flags_received(web01), web01.calls("migrate3")) == ([], 1)
    assert [finding.code for finding in report.findings] == ["plain_transport"]


def test_an_encrypted_move_brings_the_definition_and_says_nothing_of_plain_memory(web01: FakeFleet) -> None:
    before = web01.domain("web01", "xen-a")
    report = run(web01, {"web01": "xen-b"}, encrypted=True)
    after = web01.domain("web01", "xen-b")
    assert (after["next_boot"], after["autostart"]) == (before["next_boot"], True)
    assert report.findings == ()


def test_a_shut_off_domain_has_no_memory_to_encrypt(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a", state="shut off")
    fleet.change_host("xen-a", strangers=STRANGER)
    outcome = run_one(fleet, encrypted=True)
    assert (outcome.status, outcome.encrypted) == (Status.MOVED, None)
    assert fleet.placement() == {"web01": ["xen-b: shut off"]}


def test_check_mode_says_what_would_be(web01: FakeFleet) -> None:
    web01.add_domain("off", "xen-a", state="shut off")
    for wanted in (True, False):
        report = run(web01, {"web01": "xen-b", "off": "xen-b"}, encrypted=wanted, check=True)
        told = result(report, host_records(web01.uris()))
        assert {move["domain"]: move["encrypted"] for move in told["moves"]} == {"web01": wanted, "off": None}
        assert ("Would move web01 from xen-a to xen-b, live, encrypted." in told["msg"]) is wanted
    ready = readiness(prepared(web01.uris()), lambda _move: Limit())
    assert [(move["encrypted"], move["address"]) for move in ready["moves"]] == [(True, "192.0.2.12")]


def test_a_source_that_doesn_t_get_in_blocks_before_anything_is_touched(web01: FakeFleet) -> None:
    web01.change_host("xen-a", strangers=STRANGER)
    before = web01.snapshot()
    with pytest.raises(
        Blocked, match=r"root on xen-a.* doesn't get at .* xen-b by .*192.*Host key verification failed"
    ):
        run_one(web01, encrypted=True)
    assert web01.snapshot() == before
    assert web01.calls("migrateToURI3") == web01.calls("migrate3") == 0


def test_another_host_at_the_uri_blocks(web01: FakeFleet) -> None:
    web01.add_host("xen-c")
    uris = web01.uris()
    hosts = {**uris, "xen-b": {"uri": uris["xen-b"], "peer_uri": uris["xen-c"]}}
    found = prepared(hosts)
    assert codes(found) == {"peer_unreachable": "blocks"}
    assert "a host called xen-c is there, and not xen-b" in found.findings[0].sentence


def test_a_host_s_own_word_for_the_way_to_it_is_taken(web01: FakeFleet) -> None:
    web01.change_host("xen-b", addresses=["192.0.2.12/24", "10.0.0.12/24"])
    web01.change_host("xen-a", strangers=STRANGER)
    uris = web01.uris()
    records = host_records({**uris, "xen-b": {"uri": uris["xen-b"], "peer_uri": "xen+ssh://mover@10.0.0.12/system"}})
    wishes = make_wishes(["web01"], "xen-b", None, None, records)
    (outcome,) = migrate(Request(records, wishes, encrypted=True), connect).outcomes
    assert (outcome.status, outcome.encrypted, outcome.move.address) == (Status.MOVED, True, "10.0.0.12")


def test_closed_migration_ports_don_t_matter(web01: FakeFleet) -> None:
    web01.change_host("xen-a", unreachable={"192.0.2.12": "No route to host"})
    assert run_one(web01, encrypted=True).status is Status.MOVED


def test_a_source_without_a_shell_can_t_try_and_says_so(web01: FakeFleet) -> None:
    found = prepared({**web01.uris(), "xen-a": "xen+tls://192.0.2.11/system"})
    assert codes(found) == {"not_checked": "warns"}
    assert "whether xen-a's libvirt reaches xen-b's at xen+ssh://root@192.0.2.12/system?no_tty=1" in str(found.findings)


def test_a_daemon_that_doesn_t_get_in_after_all_leaves_the_domain_as_it_was_and_nothing_goes_plain(
    web01: FakeFleet,
) -> None:
    web01.fail("xen-a", "migrateToURI3", message="Failed to connect to remote libvirt URI")
    before = web01.snapshot()
    outcome = run_one(web01, encrypted=True)
    assert (outcome.status, outcome.encrypted) == (Status.FAILED, None)
    assert "Failed to connect to remote libvirt URI" in str(outcome.error)
    assert (web01.snapshot(), web01.calls("migrate3")) == (before, 0)


def test_a_move_whose_answer_was_lost_is_not_claimed_to_have_been_encrypted(web01: FakeFleet) -> None:
    web01.fail("xen-a", "migrateToURI3", when="after", message="the answer was lost")
    outcome = run_one(web01, encrypted=True)
    assert (outcome.status, outcome.confirmed, outcome.encrypted) == (Status.MOVED, False, None)


def test_a_definition_that_could_not_follow_doesn_t_make_the_memory_s_way_unknown(web01: FakeFleet) -> None:
    web01.fail("xen-b", "defineXML", message="disk full")
    outcome = run_one(web01, encrypted=True)
    assert (outcome.status, outcome.encrypted) == (Status.INCOMPLETE, True)


def test_a_timeout_may_stop_it_unless_it_is_not_live(web01: FakeFleet) -> None:
    assert codes(prepared(web01.uris(), timeout=60.0)) == {}
    found = prepared(web01.uris(), timeout=60.0, live=False)
    assert codes(found) == {"abort_impossible": "blocks"}
    assert "its move is not live" in found.findings[0].sentence


ROOT, USER, SILENT = HostFacts(root=True), HostFacts(root=False), HostFacts()
SHELLS: dict[str, tuple[HostFacts, HostFacts, list[str]]] = {
    "root's at both ends": (ROOT, ROOT, []),
    "only somebody's at its source": (
        USER,
        ROOT,
        ["could not be stopped after 60 s: there is no shell of root's on xen-a."],
    ),
    "only somebody's at its destination": (
        ROOT,
        USER,
        ["could not be stopped after 60 s: there is no shell of root's on xen-b."],
    ),
    "that doesn't answer at its source": (SILENT, USER, ["there is no shell of root's on xen-b."]),
    "that doesn't answer at its destination": (ROOT, SILENT, ["whether its move could be stopped at its timeout"]),
}


@pytest.mark.parametrize(("source", "destination", "told"), SHELLS.values(), ids=SHELLS.keys())
def test_a_timeout_can_stop_it_with_a_shell(source: HostFacts, destination: HostFacts, told: list[str]) -> None:
    facts = {"xen-a": source, "xen-b": destination}
    found = list(check_abort(Limit(60), replace(move(), encrypted=True), facts))
    said = [each.sentence if isinstance(each, Finding) else each.what for each in found]
    assert all(part in sentence for part, sentence in zip(told, said, strict=True))


def told(outcome: Outcome) -> tuple[Status, Cause | None]:
    return outcome.status, outcome.stopped_because


@pytest.mark.parametrize("how", ["copying", "starting", "lost"])
def test_a_transfer_is_stopped_at_its_timeout_at_both_ends(web01: FakeFleet, how: str) -> None:
    web01.slow("web01", "xen-a", how)
    before = web01.domain("web01", "xen-a")
    outcome = run_one(web01, encrypted=True, timeout=0.01)
    assert (told(outcome), outcome.warnings) == ((Status.ABORTED, Cause.TIMEOUT), ())
    assert web01.domain("web01", "xen-a") == before
    assert web01.placement() == {"web01": ["xen-a: running"]}


class End:
    """Sends something encrypted, or receives it; whether Xen there can be asked for evidence."""

    def __init__(self, asked: bool) -> None:
        self.calls: list[str] = []
        self.answer = SUSPENDED
        self.comes: bool | None = False
        self.receives: set[int] | None = {7}
        self._asked = asked

    def evidence(self) -> HostEvidence:
        receives = {move().domain.uuid: XenCopy(7, "web01--incoming", XenState.PAUSED, 0, has_run=False)}
        return HostEvidence(
            domains=receives if self._asked else None,
            moving=None if self.receives is None else frozenset(self.receives),
        )

    domains_in_xen = evidence

    def kill_sender(self, _uuid: str, suspended: bool) -> str | None:
        self.calls.append(f"kill_sender, suspended {suspended}")
        return None if suspended else self.answer

    def end_transfer(self, _uuid: str, _address: str) -> str:
        return self.answer

    def waiting_reception(self, _uuid: str) -> bool:
        if self.comes is None:
            raise HypervisorError("xen-b", "watch a transfer", "no route")
        return self.comes

    def kill_receiver(self, _uuid: str) -> None:
        self.calls.append("kill_receiver")


TRIED: dict[str, tuple[bool, bool, list[str]]] = {
    "because of its timeout, and its destination can't be told": (False, False, []),
    "because of its timeout, and its guest is suspended": (True, False, ["kill_sender, suspended False"]),
    "because it stalled, and its guest could not be made to run on": (False, True, ["kill_sender, suspended False"]),
}


@pytest.mark.parametrize(("asked", "stalled", "calls"), TRIED.values(), ids=TRIED.keys())
def test_it_is_not_ended(asked: bool, stalled: bool, calls: list[str]) -> None:
    source: Any = End(True)
    destination: Any = End(asked)
    ends = TunnelEnds(move(), source, destination)
    assert ends.at_source(stalled) is not None
    ends.at_destination()
    assert (source.calls, destination.calls) == (calls, [])


Steps = list[tuple[float, str, set[int]]]
GONE: dict[str, tuple[Steps, bool]] = {
    # At which second, what the source says, which domains are being received; whether it is ended with the last.
    "the destination has waited for long": (
        [(0, NOT_SENDING, {7}), (29, NOT_SENDING, {7}), (30, NOT_SENDING, {7})],
        True,
    ),
    "the destination has just begun to wait": ([(0, NOT_SENDING, {7}), (29, NOT_SENDING, {7})], False),
    "the destination receives another": ([(0, NOT_SENDING, {8}), (30, NOT_SENDING, {8})], False),
    "it has only just gone": ([(0, SUSPENDED, {7}), (40, NOT_SENDING, {7})], False),
    "it was there meanwhile": ([(0, NOT_SENDING, {7}), (20, SUSPENDED, {7}), (40, NOT_SENDING, {7})], False),
    "the destination had it all meanwhile": (
        [(0, NOT_SENDING, {7}), (20, NOT_SENDING, set()), (40, NOT_SENDING, {7})],
        False,
    ),
}


@pytest.mark.parametrize("kind", [TunnelEnds, ConnectionEnds])
@pytest.mark.parametrize(("steps", "ended"), GONE.values(), ids=GONE.keys())
def test_what_has_no_process_any_more_is_ended_if(
    kind: type[TunnelEnds | ConnectionEnds], steps: Steps, ended: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    source: Any = End(True)
    source.receives = set()
    destination: Any = End(True)
    ends = kind(move(), source, destination)
    for second, source.answer, destination.receives in steps:
        monkeypatch.setattr(f"{CORE}.reception.monotonic", lambda now=second: now)
        why = ends.at_source()
    ends.at_destination()
    assert (why is None, destination.calls) == (ended, ["kill_receiver"] if ended else [])


Seen = tuple[bool, set[int] | None, bool, set[int] | None]
NOT_LEFT: dict[str, Seen] = {
    # Whether the source's Xen can be asked, which domains it moves, then the destination's likewise.
    "its source still sends it": (True, {7}, True, {7}),
    "its source can't be asked": (False, set(), True, {7}),
    "its source doesn't say": (True, None, True, {7}),
    "its destination can't be asked": (True, set(), False, {7}),
    "its destination doesn't say": (True, set(), True, None),
    "its destination has it all": (True, set(), True, set()),
}


@pytest.mark.parametrize("seen", NOT_LEFT.values(), ids=NOT_LEFT.keys())
def test_a_reception_is_not_given_up_if(seen: Seen) -> None:
    source: Any = End(seen[0])
    destination: Any = End(seen[2])
    source.receives, destination.receives = seen[1], seen[3]
    assert not is_left(source, destination, move().domain.uuid)


@pytest.mark.parametrize("comes", [True, None])
def test_a_reception_is_not_given_up_while_bytes_may_come(comes: bool | None) -> None:
    """The process that sent has gone, and its host's kernel has some of it left to send."""
    source: Any = End(True)
    destination: Any = End(True)
    source.receives = set()
    assert is_left(source, destination, move().domain.uuid)
    destination.comes = comes
    assert not is_left(source, destination, move().domain.uuid)


STALLS: dict[str, tuple[str, str]] = {
    "its connection is lost": ("lost", "bytes had been given to libvirt"),
    "its guest stands still": ("stuck", "bytes had been given to libvirt"),
}


@pytest.mark.parametrize(("how", "seen"), STALLS.values(), ids=STALLS.keys())
def test_a_stalled_one_is_stopped_and_its_guest_runs_on_where(
    web01: FakeFleet, monkeypatch: pytest.MonkeyPatch, how: str, seen: str
) -> None:
    for name, value in {"trace.STALL_SECONDS": 0.5, "trace.ASK_SECONDS": 0.05, "watch.LOOK_SECONDS": 0.02}.items():
        monkeypatch.setattr(f"{CORE}.{name}", value)
    web01.stream("web01", "xen-a", "xen-b", how=how, mib_per_s=10_000, stops_mib=128)
    outcome = run_one(web01, encrypted=True)
    assert told(outcome) == (Status.ABORTED, Cause.STALLED)
    assert seen in str(outcome.error)
    assert web01.in_xen() == {"web01": ["xen-a: running"]}
    assert web01.domain("web01", "xen-a")["autostart"]


def test_what_the_destination_refuses_after_all_leaves_libvirt_mistaken_which_is_mended(web01: FakeFleet) -> None:
    """Somebody takes the name between the check and the move; libvirt then believes paused what runs on."""
    with web01.hold("migrateToURI3") as held:

        def take_the_name() -> None:
            held.wait()
            another = domain_xml("web01").replace(uuid_of("web01"), "11111111-1111-1111-1111-111111111111")
            web01.add_domain("web01", "xen-b", xml=another)
            held.let_go()

        threading.Thread(target=take_the_name).start()
        outcome = run_one(web01, encrypted=True)
    assert (outcome.status, outcome.encrypted) == (Status.FAILED, None)
    assert "libvirt is mistaken about it" in outcome.warnings[0]
    assert "Done: restart libvirt's daemon on xen-a" in outcome.warnings[0]
    assert "xen-a: running" in web01.placement()["web01"]
    assert (web01.calls("migrate3"), web01.calls("undefine")) == (0, 0)


def test_a_rename_that_clashes_is_refused_beforehand(web01: FakeFleet) -> None:
    web01.add_domain("www", "xen-b", xml=domain_xml("www"))
    before = web01.snapshot()
    with pytest.raises(Blocked, match="that name is taken"):
        run_one(web01, encrypted=True, new_name="www")
    assert web01.snapshot() == before
