# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the fake shows of moves that broke off, by libvirt and by Xen itself, and what a daemon's restart makes of them."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import Any

import libvirt
import pytest
from fleet import FakeFleet, uuid_of
from shell import run_command, run_here

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import HypervisorError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.evidence import HostEvidence, XenState
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Host
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.host_evidence import ask_evidence
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.host_repair import ask_destroy, ask_restart
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.shell import Run, Shell
from fake_xen import xen

WEB01 = uuid_of("web01")
RUNS, PAUSED, SUSPENDED, ENDED = XenState.GOES_ON, XenState.PAUSED, XenState.SUSPENDED, XenState.ENDED


@pytest.fixture
def web01(fleet: FakeFleet) -> FakeFleet:
    fleet.add_domain("web01", "xen-a", autostart=True)
    return fleet


def shell(fleet: FakeFleet, host: str, run: Run = run_here) -> closing[Shell]:
    return closing(Shell(Host(host, fleet.uris()[host]), run))


def evidence(fleet: FakeFleet, host: str, run: Run = run_here) -> HostEvidence:
    with shell(fleet, host, run) as there:
        return ask_evidence(there)


def restart(fleet: FakeFleet, host: str) -> None:
    with shell(fleet, host) as there:
        ask_restart(there)


def destroy(fleet: FakeFleet, host: str, never_ran: bool) -> None:
    with shell(fleet, host) as there:
        ask_destroy(there, WEB01, 1, never_ran)


def state(fleet: FakeFleet, host: str) -> Any:
    return libvirt.open(fleet.uris()[host]).lookupByName("web01").state()


def test_xl_lists_a_domain_as_it_was_seen_to(web01: FakeFleet) -> None:
    web01.leave("web01", "xen-a", "xen-b", "halfway")
    record: Any = web01.snapshot()["xen-a"]
    head, _control, line = xen.listed(record)
    used = record["domains"][WEB01]["cpu_ns"] / 1e9
    assert head == (
        "Name                                        ID   Mem VCPUs\tState\tTime(s)   UUID                           "
        " Reason-Code\tSecurity Label"
    )
    assert line == (
        f"web01                                        1   256     1     ---ss-  {used:>8.1f} {WEB01}        2"
        "                -"
    )


def test_a_real_process_of_the_fake_ssh_answers_the_same(web01: FakeFleet) -> None:
    web01.leave("web01", "xen-a", "xen-b", "halfway")
    by_process, here = (evidence(web01, "xen-b", run) for run in (run_command, run_here))
    assert by_process.domains is not None
    assert here.domains is not None
    assert by_process.domains[WEB01] == here.domains[WEB01]
    assert replace(by_process, domains=None) == replace(here, domains=None)


SHOWN: dict[str, tuple[Any, Any, bool, int, int]] = {
    # what Xen has at both ends, whether a job is held at the source, how many transfers and ports there are at the destination
    "halfway": (SUSPENDED, PAUSED, True, 0, 1),
    "under way": (RUNS, PAUSED, True, 1, 1),
    "source stopped": (SUSPENDED, None, False, 0, 0),
    "guest shut down": (ENDED, None, False, 0, 0),
    "guest rebooting": (ENDED, None, False, 0, 0),
    "stray": (RUNS, PAUSED, False, 0, 0),
    "awaited": (RUNS, None, False, 0, 0),
    "awaited in vain": (SUSPENDED, None, False, 0, 0),
    "job held": (RUNS, None, True, 0, 1),
    "two running": (RUNS, RUNS, False, 0, 0),
    "shell left": (SUSPENDED, RUNS, True, 0, 0),
}


def test_a_source_that_lost_power_leaves_what_its_destination_goes_on_receiving(web01: FakeFleet) -> None:
    web01.leave("web01", "xen-a", "xen-b", "deserted")
    at_source, at_destination = evidence(web01, "xen-a"), evidence(web01, "xen-b")
    assert (WEB01 in (at_source.domains or {}), at_source.moving) == (False, frozenset())
    assert at_destination.domains is not None
    assert at_destination.domains[WEB01].state is PAUSED
    assert at_destination.moving == frozenset({at_destination.domains[WEB01].id})
    assert libvirt.open(web01.uris()["xen-a"]).lookupByName("web01").state()[0] == libvirt.VIR_DOMAIN_SHUTOFF


@pytest.mark.parametrize(("how", "shown"), SHOWN.items())
def test_a_broken_move_leaves(web01: FakeFleet, how: str, shown: tuple[Any, Any, bool, int, int]) -> None:
    here, there, job, transfers, ports = shown
    web01.leave("web01", "xen-a", "xen-b", how)
    at_source, at_destination = evidence(web01, "xen-a"), evidence(web01, "xen-b")
    assert at_source.domains is not None
    assert at_destination.domains is not None
    assert at_source.domains[WEB01].state is here
    found = at_destination.domains.get(WEB01)
    assert (None if found is None else found.state) is there
    assert found is None or found.has_run is (there is RUNS)
    domain = libvirt.open(web01.uris()["xen-a"]).lookupByName("web01")
    assert (domain.state()[0], domain.jobInfo()[0] != 0) == (libvirt.VIR_DOMAIN_RUNNING, job)
    assert [len(part or ()) for part in (at_destination.moving, at_destination.ports)] == [transfers, ports]
    assert len(at_source.moving or ()) == transfers


def test_libvirt_does_not_know_a_stray_and_nothing_else_gets_its_place(web01: FakeFleet) -> None:
    web01.leave("web01", "xen-a", "xen-b", "stray")
    there = libvirt.open(web01.uris()["xen-b"])
    with pytest.raises(libvirt.libvirtError, match="no domain with matching name"):
        there.lookupByName("web01")
    found = libvirt.open(web01.uris()["xen-a"]).lookupByName("web01")
    with pytest.raises(libvirt.libvirtError, match="Failed to send migration data"):
        found.migrate3(there, {"migrate_uri": "tcp://192.0.2.12"}, libvirt.VIR_MIGRATE_LIVE)
    assert web01.in_xen() == {"web01": ["xen-a: running", "xen-b: paused"]}


def test_only_a_running_copy_s_cpu_time_goes_on(web01: FakeFleet) -> None:
    web01.leave("web01", "xen-a", "xen-b", "halfway")
    for host in ("xen-a", "xen-b"):
        domain = libvirt.open(web01.uris()[host]).lookupByName("web01")
        assert domain.info()[4] == domain.info()[4]


def calls(fleet: FakeFleet) -> dict[str, Any]:
    domain = libvirt.open(fleet.uris()["xen-a"]).lookupByName("web01")
    there = libvirt.open(fleet.uris()["xen-b"])
    return {
        "suspend": domain.suspend,
        "resume": domain.resume,
        "destroy": domain.destroy,
        "setAutostart": lambda: domain.setAutostart(0),
        "pMWakeup": domain.pMWakeup,
        "migrate3": lambda: domain.migrate3(there, {"migrate_uri": "tcp://192.0.2.12"}, 1),
    }


@pytest.mark.parametrize("call", ["suspend", "resume", "destroy", "setAutostart", "pMWakeup", "migrate3"])
def test_a_job_that_is_held_keeps_the_domain_from_being_changed(web01: FakeFleet, call: str) -> None:
    web01.leave("web01", "xen-a", "xen-b", "job held")
    before = web01.snapshot()
    with pytest.raises(libvirt.libvirtError, match="Timed out during operation: cannot acquire state change lock"):
        calls(web01)[call]()
    assert web01.snapshot() == before


@pytest.mark.parametrize("how", ["halfway", "source stopped"])
def test_a_restart_gives_jobs_and_ports_back_and_learns_from_xen(web01: FakeFleet, how: str) -> None:
    web01.add_domain("db01", "xen-a")
    web01.leave("web01", "xen-a", "xen-b", how)
    before = web01.in_xen()
    lost = [libvirt.open(uri) for uri in web01.uris().values()]
    for host in ("xen-a", "xen-b"):
        restart(web01, host)
    assert [connection.isAlive() for connection in lost] == [0, 0]
    with pytest.raises(libvirt.libvirtError, match="client socket is closed"):
        lost[0].listAllDomains()
    assert state(web01, "xen-a") == [libvirt.VIR_DOMAIN_PMSUSPENDED, libvirt.VIR_DOMAIN_PMSUSPENDED_UNKNOWN]
    if how == "halfway":
        assert state(web01, "xen-b") == [libvirt.VIR_DOMAIN_PAUSED, libvirt.VIR_DOMAIN_PAUSED_UNKNOWN]
        assert libvirt.open(web01.uris()["xen-b"]).lookupByName("web01").isPersistent() == 0
        assert libvirt.open(web01.uris()["xen-b"]).lookupByName("web01").jobInfo()[0] == 0
    assert evidence(web01, "xen-b").ports == frozenset()
    assert web01.in_xen() == before
    assert web01.domain("web01", "xen-a")["autostart"]
    assert libvirt.open(web01.uris()["xen-a"]).lookupByName("db01").state()[0] == libvirt.VIR_DOMAIN_RUNNING


@pytest.mark.parametrize("host", ["xen-a", "xen-b"])
def test_no_daemon_is_restarted_while_memory_is_sent_or_received(web01: FakeFleet, host: str) -> None:
    web01.leave("web01", "xen-a", "xen-b", "under way")
    before = web01.snapshot()
    with pytest.raises(HypervisorError, match="is being sent or received there just now"):
        restart(web01, host)
    assert web01.snapshot() == before
    web01.finish_transfer("web01", "xen-a", "xen-b")
    restart(web01, host)
    assert web01.in_xen() == {"web01": ["xen-a: suspended", "xen-b: paused"]}


def test_a_restart_forgets_why_a_domain_is_shut_off(web01: FakeFleet) -> None:
    web01.leave("web01", "xen-a", "xen-b", "nowhere")
    assert state(web01, "xen-a") == [libvirt.VIR_DOMAIN_SHUTOFF, libvirt.VIR_DOMAIN_SHUTOFF_MIGRATED]
    restart(web01, "xen-a")
    assert state(web01, "xen-a") == [libvirt.VIR_DOMAIN_SHUTOFF, libvirt.VIR_DOMAIN_SHUTOFF_UNKNOWN]


@pytest.mark.parametrize("how", ["halfway", "stray"])
def test_a_copy_that_is_destroyed_is_gone_from_xen_and_from_libvirt(web01: FakeFleet, how: str) -> None:
    web01.leave("web01", "xen-a", "xen-b", how)
    restart(web01, "xen-b")
    destroy(web01, "xen-b", never_ran=True)
    assert [place for place in web01.in_xen()["web01"] if place.startswith("xen-b")] == []
    assert [place for place in web01.placement()["web01"] if place.startswith("xen-b")] == []
    destroy(web01, "xen-b", never_ran=True)  # gone is fine


def test_libvirt_never_notices_the_end_of_a_copy_whose_job_a_move_holds(web01: FakeFleet) -> None:
    """Seen on Debian 12, where libvirt can't show it any more; its daemon forgets it when it begins anew."""
    web01.leave("web01", "xen-a", "xen-b", "halfway")
    destroy(web01, "xen-b", never_ran=True)
    assert [place for place in web01.in_xen()["web01"] if place.startswith("xen-b")] == []
    left = libvirt.open(web01.uris()["xen-b"]).lookupByName("web01")
    assert left.isActive()
    with pytest.raises(libvirt.libvirtError, match="libxl_domain_info failed for domain"):
        left.info()
    restart(web01, "xen-b")
    assert [place for place in web01.placement()["web01"] if place.startswith("xen-b")] == []


def test_a_persistent_domain_whose_shell_is_destroyed_is_shut_off(web01: FakeFleet) -> None:
    web01.leave("web01", "xen-a", "xen-b", "shell left")
    restart(web01, "xen-a")
    destroy(web01, "xen-a", never_ran=False)
    assert web01.placement() == {"web01": ["xen-a: shut off", "xen-b: running"]}
    assert web01.domain("web01", "xen-a")["autostart"]


@pytest.mark.parametrize("never_ran", [True, False])
def test_what_runs_is_not_destroyed(web01: FakeFleet, never_ran: bool) -> None:
    with pytest.raises(HypervisorError, match=r"no longer what it was \(xl list -v: -b---- 5\.\d -\)"):
        destroy(web01, "xen-a", never_ran)
    assert web01.in_xen() == {"web01": ["xen-a: running"]}


def test_a_suspended_domain_wakes_and_its_cpu_time_goes_on_from_where_it_was(fleet: FakeFleet) -> None:
    fleet.add_domain("web01", "xen-a", state="pmsuspended")
    domain = libvirt.open(fleet.uris()["xen-a"]).lookupByName("web01")
    domain.resume()  # says that it did
    stood = domain.info()[4]
    assert domain.state()[0] == libvirt.VIR_DOMAIN_PMSUSPENDED
    domain.pMWakeup()
    assert domain.state() == [libvirt.VIR_DOMAIN_RUNNING, libvirt.VIR_DOMAIN_RUNNING_WAKEUP]
    assert stood < domain.info()[4] < domain.info()[4]


@pytest.mark.parametrize("now", ["running", "paused", "shut off"])
def test_only_a_suspended_domain_wakes(fleet: FakeFleet, now: str) -> None:
    fleet.add_domain("web01", "xen-a", state=now)
    with pytest.raises(libvirt.libvirtError, match="Requested operation is not valid: Domain is not suspended"):
        libvirt.open(fleet.uris()["xen-a"]).lookupByName("web01").pMWakeup()
