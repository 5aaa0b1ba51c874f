# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The libvirt adapter on the fake libvirt: what it shows of a host, and how its errors read."""

from __future__ import annotations

import re
from contextlib import closing
from threading import Event

import libvirt
import pytest
from fleet import FakeFleet, domain_xml, uuid_of
from shell import run_here

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import HostUnreachable, HypervisorError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.hypervisor import Definition, Transfer
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import (
    DOMAIN_0_UUID,
    Host,
    Kind,
    Listed,
    State,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt import xen_host
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.xen_host import XenHost, connector

connect = connector(run_here)
connect_read_only = connector(run_here, read_only=True)

SECRET = "<graphics type='vnc' passwd='hunter2'/>"


@pytest.fixture
def xen_a(fleet: FakeFleet) -> XenHost:
    fleet.add_domain("web01", "xen-a", xml=domain_xml("web01", kind="pv", vcpus=2, devices=SECRET))
    fleet.add_domain("db01", "xen-a", state="shut off", autostart=True)
    return connect(record(fleet, "xen-a"))


def record(fleet: FakeFleet, name: str) -> Host:
    return Host(name, fleet.uris()[name])


HANDSHAKE = "no connection driver available for SSH session handshake failed: Timeout connecting to 192.0.2.11"


@pytest.mark.parametrize(
    ("message", "failures", "opened", "asked"),
    [(HANDSHAKE, 0, True, 1), (HANDSHAKE, 4, True, 5), (HANDSHAKE, 5, False, 5), ("Permission denied", 1, False, 1)],
)
def test_a_host_too_busy_for_libssh_s_limit_is_asked_again_and_no_other(
    fleet: FakeFleet, message: str, failures: int, opened: bool, asked: int
) -> None:
    uris: list[str] = []

    def opener(uri: str) -> object:
        uris.append(uri)
        if len(uris) <= failures:
            raise libvirt.libvirtError(message)
        return libvirt.open(uri)

    if opened:
        assert XenHost(record(fleet, "xen-a"), opener, run_here).state().unreachable is None
    else:
        with pytest.raises(HostUnreachable, match=message):
            XenHost(record(fleet, "xen-a"), opener, run_here)
    assert len(uris) == asked


def test_a_connection_that_is_never_opened_is_given_up(fleet: FakeFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xen_host, "OPEN_SECONDS", 0.1)
    ends = Event()

    def opener(uri: str) -> object:
        assert ends.wait(60)
        return libvirt.open(uri)

    with pytest.raises(HostUnreachable, match=r"xen-a could not be reached .*: no answer within 0\.1 s"):
        XenHost(record(fleet, "xen-a"), opener, run_here)
    ends.set()


def test_a_host_shows_its_domains_and_its_free_memory(xen_a: XenHost) -> None:
    state = xen_a.state()
    assert state.listed == (
        Listed("Domain-0", DOMAIN_0_UUID, 0),
        Listed("web01", uuid_of("web01"), 1),
        Listed("db01", uuid_of("db01"), None),
    )
    assert state.free_memory_kib == (4096 - 512 - 256 - 2 - 2 - 2) * 1024
    assert (state.reclaimable_kib, state.control_cpus, state.unreachable) == (0, 2, None)


def test_a_control_domain_below_its_maximum_can_give_memory(fleet: FakeFleet) -> None:
    fleet.add_host("xen-c", dom0_mib=1000, dom0_max_mib=1500)
    assert connect(record(fleet, "xen-c")).state().reclaimable_kib == (1000 - 128) * 1024


def test_an_active_domain_is_shown_as_it_is(xen_a: XenHost) -> None:
    found = xen_a.inspect(uuid_of("web01"))
    assert found is not None
    assert (found.name, found.host, found.id, found.state) == ("web01", "xen-a", 1, State.RUNNING)
    assert (found.kind, found.memory_kib, found.vcpus) == (Kind.PV, 256 * 1024, 2)
    assert (found.persistent, found.autostart, found.cpu_time_ns > 0) == (True, False, True)


def test_a_domain_that_only_libvirt_has_is_shown_without_anything_of_xen_s(fleet: FakeFleet, xen_a: XenHost) -> None:
    """Others are shown beside it."""
    fleet.change_domain("web01", "xen-a", xen="gone")
    found = xen_a.inspect(uuid_of("web01"))
    assert found is not None
    assert (found.id, found.active, found.state, found.memory_kib, found.cpu_time_ns) == (1, True, State.UNKNOWN, 0, 0)


def test_a_shut_off_domain_has_no_id(xen_a: XenHost) -> None:
    found = xen_a.inspect(uuid_of("db01"))
    assert found is not None
    assert (found.id, found.active, found.state, found.autostart) == (None, False, State.SHUT_OFF, True)


def test_a_domain_that_is_not_there_is_none(xen_a: XenHost) -> None:
    assert xen_a.inspect(uuid_of("nobody")) is None


def test_a_host_that_can_t_be_asked_is_an_error_and_not_none(fleet: FakeFleet, xen_a: XenHost) -> None:
    fleet.fail("xen-a", "XMLDesc", message="no answer")
    with pytest.raises(HypervisorError, match=r"Host xen-a could not show a domain: .*no answer"):
        xen_a.inspect(uuid_of("web01"))


def test_a_definition_has_its_secrets_and_does_not_print_them(xen_a: XenHost) -> None:
    definition = xen_a.definition(uuid_of("web01"))
    assert "hunter2" in definition.xml
    assert "hunter2" not in repr(definition)


def test_a_definition_is_made_and_then_nothing_of_it_is_missing(fleet: FakeFleet, xen_a: XenHost) -> None:
    xen_b = connect(record(fleet, "xen-b"))
    definition = xen_a.definition(uuid_of("db01"))
    xen_b.define(definition, "db01")
    assert xen_b.missing(definition, uuid_of("db01")) == ()
    assert xen_b.missing(Definition(definition.xml, False), uuid_of("db01")) == ("autostart",)


def test_a_host_that_is_down_is_unreachable_with_its_uri(fleet: FakeFleet) -> None:
    fleet.set_up("xen-a", False)
    uri = re.escape(fleet.uris()["xen-a"])
    with pytest.raises(HostUnreachable, match=f"xen-a could not be reached at {uri}: .*No route to host"):
        connect(record(fleet, "xen-a"))


def test_a_libvirt_that_does_not_drive_xen_is_refused(fleet: FakeFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libvirt.virConnect, "getType", lambda _self: "QEMU")
    with pytest.raises(HostUnreachable, match="its libvirt drives QEMU, not Xen"):
        connect(record(fleet, "xen-a"))


def test_a_read_only_connection_changes_nothing(fleet: FakeFleet, xen_a: XenHost) -> None:
    before = fleet.snapshot()
    with pytest.raises(HypervisorError, match="read only access prevents undefine"):
        connect_read_only(record(fleet, "xen-a")).undefine(xen_a.state().listed[2].uuid)
    assert fleet.snapshot() == before


def test_a_connection_that_died_is_opened_again(fleet: FakeFleet, xen_a: XenHost) -> None:
    fleet.set_up("xen-a", False)
    fleet.set_up("xen-a", True)
    assert xen_a.inspect(uuid_of("web01")) is not None


def run_as_somebody(argv: list[str], data: str | None = None) -> tuple[int, str, str]:
    code, output, complaint = run_here(argv, data)
    return code, output.replace("== user\n0\n", "== user\n1000\n"), complaint


def test_a_host_that_has_died_refuses_no_changes(fleet: FakeFleet) -> None:
    with closing(connector(run_as_somebody, read_only=True)(record(fleet, "xen-a"))) as reader:
        assert not reader.facts().root
        fleet.set_up("xen-a", False)
        with pytest.raises(HostUnreachable):
            reader.refuses_changes()


@pytest.mark.parametrize("refused", [True, False])
def test_whether_a_login_that_is_not_root_s_may_change_something_is_tried(fleet: FakeFleet, refused: bool) -> None:
    """Over a read-only connection, which tells nothing of it; root may, as whoever has connected to make changes."""
    somebody, host = connector(run_as_somebody, read_only=True), record(fleet, "xen-a")
    with (
        closing(somebody(host)) as reader,
        closing(connect_read_only(host)) as roots,
        closing(connector(run_as_somebody)(host)) as writer,
    ):
        if refused:
            fleet.fail("xen-a", "open", message="no polkit agent available")
        assert (roots.refuses_changes(), writer.refuses_changes()) == (None, None)
        assert reader.refuses_changes() == ("internal error: no polkit agent available" if refused else None)


def test_a_read_only_connection_that_died_is_opened_read_only_again(fleet: FakeFleet, xen_a: XenHost) -> None:
    reader = connect_read_only(record(fleet, "xen-a"))
    fleet.set_up("xen-a", False)
    fleet.set_up("xen-a", True)
    with pytest.raises(HypervisorError, match="read only access prevents undefine"):
        reader.undefine(uuid_of("db01"))
    assert xen_a.inspect(uuid_of("db01")) is not None


def test_a_connection_that_died_with_its_host_is_an_error_of_the_core(fleet: FakeFleet, xen_a: XenHost) -> None:
    fleet.set_up("xen-a", False)
    with pytest.raises(HostUnreachable):
        xen_a.inspect(uuid_of("web01"))


def test_a_connection_of_which_nobody_can_tell_whether_it_lives_is_an_error_of_the_core(
    xen_a: XenHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_connection: libvirt.virConnect) -> int:
        raise libvirt.libvirtError("invalid connection pointer")

    monkeypatch.setattr(libvirt.virConnect, "isAlive", fails)
    with pytest.raises(HypervisorError, match=r"Host xen-a could not show a domain: .*invalid connection pointer"):
        xen_a.inspect(uuid_of("web01"))


def test_closing_never_fails(fleet: FakeFleet, xen_a: XenHost) -> None:
    fleet.set_up("xen-a", False)
    xen_a.close()
    xen_a.close()


def test_a_move_has_its_connections_for_itself(
    fleet: FakeFleet, xen_a: XenHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is asked of its hosts meanwhile goes another way."""
    xen_b = connect(record(fleet, "xen-b"))
    used: list[object] = []

    def asked(connection: libvirt.virConnect) -> int:
        used.append(connection)
        return 0

    def moves(found: libvirt.virDomain, there: libvirt.virConnect, *_parameters: object) -> None:
        xen_a.free_memory_kib()
        xen_b.free_memory_kib()
        used.extend([found.connect(), there])

    monkeypatch.setattr(libvirt.virConnect, "getFreeMemory", asked)
    monkeypatch.setattr(libvirt.virDomain, "migrate3", moves)
    monkeypatch.setattr(libvirt.virConnect, "getLibVersion", lambda _connection: 11_003_000)
    transfer = Transfer(address="192.0.2.12", live=True, paused=False, persistent=True, new_name=None)
    xen_a.send(uuid_of("web01"), xen_b, transfer)
    assert len(set(map(id, used))) == 4


def test_a_move_tells_where_it_failed_and_why(fleet: FakeFleet, xen_a: XenHost) -> None:
    xen_b = connect(record(fleet, "xen-b"))
    transfer = Transfer(address="192.0.2.99", live=True, paused=False, persistent=True, new_name=None)
    with pytest.raises(HypervisorError, match=r"Host xen-a could not move a domain to xen-b: .*incoming migration"):
        xen_a.send(uuid_of("web01"), xen_b, transfer)
    assert fleet.placement()["web01"] == ["xen-a: running"]
