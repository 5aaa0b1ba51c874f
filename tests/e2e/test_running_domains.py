# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running domains moved between real Xen hosts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import libvirt

from tests.support.lab import Lab
from tests.support.playbooks import Playbooks, blocking

Guests = Callable[..., None]


def change_next_boot(lab: Lab, host: str, name: str) -> None:
    """Have the domain get a title and a second CPU at its next boot, not now."""
    with lab.domain(host, name) as found:
        xml = found.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
        found.connect().defineXML(re.sub("(<vcpu[^>]*>)1<", r"<title>only after a reboot</title>\g<1>2<", xml))
        assert found.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE) != xml
        assert "only after" not in found.XMLDesc()


def test_the_main_move_from_check_mode_to_the_second_run(lab: Lab, guests: Guests, playbooks: Playbooks) -> None:
    """Nothing of the domain is lost, and it is the same running guest before and after."""
    guests("app01", options=("--autostart",))
    change_next_boot(lab, "xen-a", "app01")
    before, tick = lab.copy("xen-a", "app01"), lab.ticks("app01")
    wish: dict[str, Any] = {"placement": {"app01": "xen-b"}, "hosts": lab.hosts("xen-a", "xen-b")}

    planned = playbooks.migrate("--check", "--diff", **wish)
    assert planned.changed == 1
    assert [(move["source"], move["destination"], move["status"]) for move in planned.result["moves"]] == [
        ("xen-a", "xen-b", "planned")
    ]
    assert planned.result["diff"] == {"before": {"app01": "xen-a"}, "after": {"app01": "xen-b"}}
    assert lab.copy("xen-a", "app01") == before
    assert lab.copy("xen-b", "app01") is None

    moved = playbooks.migrate(**wish)
    assert before is not None
    assert_moved(moved.result, "app01", "xen-b", lab)
    assert [(move["status"], move["live"], move["duration"] > 0) for move in moved.result["moves"]] == [
        ("moved", True, True)
    ]
    assert [text for text in moved.result.get("warnings", ()) if "app01" in text] == []
    (move,) = moved.result["moves"]
    assert 0 < (move["pause"] or 0) < move["duration"]
    now = lab.wait_for_tick_after("app01", tick["count"])
    assert (now["boot"], now["host"]) == (tick["boot"], "xen-b")
    there = lab.copy("xen-b", "app01")
    assert lab.copy("xen-a", "app01") is None
    assert there is not None
    assert (there.persistent, there.autostart) == (True, True)
    assert there.next_boot_xml == before.next_boot_xml

    again = playbooks.migrate(**wish)
    assert again.changed == 0
    assert again.result["moves"] == []
    assert again.result["domains"] == moved.result["domains"]


def assert_moved(result: dict[str, Any], name: str, host: str, lab: Lab, final_name: str | None = None) -> None:
    """Hold the returned domain against what the destination's libvirt says."""
    assert result.get("failed") is not True, result
    record = result["domains"][name]
    assert result["changed"] is True
    assert (record["host"], record["uri"], record["name"]) == (host, lab.uris[host], final_name or name)
    there = lab.copy(host, record["name"])
    assert there is not None
    assert (record["id"], record["persistent"], record["autostart"]) == (there.id, there.persistent, there.autostart)


def test_domains_with_odd_names_move_by_two_runs_at_once(lab: Lab, guests: Guests, playbooks: Playbooks) -> None:
    """A space, letters beyond ASCII, a leading dash; nobody gave the simultaneous moves ports, and they don't collide."""
    names = ["my döm ain", "-dash"]
    guests(*names)
    hosts = lab.hosts("xen-a", "xen-b")
    ticks = {name: lab.ticks(name) for name in names}
    under_way = {name: playbooks.start(name=name, host="xen-b", hosts=hosts) for name in names}
    for name, running in under_way.items():
        assert_moved(running.end().result, name, "xen-b", lab)
        assert lab.wait_for_tick_after(name, ticks[name]["count"])["boot"] == ticks[name]["boot"]
    assert lab.names("xen-a").isdisjoint(names)


def test_a_pv_domain_is_refused_live_and_moves_otherwise_under_a_new_name(
    lab: Lab, guests: Guests, playbooks: Playbooks
) -> None:
    """Debian's Xen has no shadow paging, and a name can be taken: both are known before anything is touched."""
    guests("old-pv", options=("--kind", "pv"))
    guests("taken", host="xen-b", options=("--inactive",))
    tick = lab.ticks("old-pv")
    wish: dict[str, Any] = {"name": "old-pv", "host": "xen-b", "hosts": lab.hosts("xen-a", "xen-b")}
    refused = playbooks.migrate(new_name="taken", **wish).result
    assert blocking(refused) == ["name_taken", "live_impossible"]
    assert lab.names("xen-b") == {"taken"}
    assert lab.wait_for_tick_after("old-pv", tick["count"])["host"] == "xen-a"

    moved = playbooks.migrate(new_name="new-pv", live=False, **wish)
    assert_moved(moved.result, "old-pv", "xen-b", lab, final_name="new-pv")
    assert [move["live"] for move in moved.result["moves"]] == [False]
    assert lab.names("xen-a") == set()
    assert lab.wait_for_tick_after("new-pv", tick["count"])["boot"] == tick["boot"]
    again = playbooks.migrate(new_name="new-pv", live=False, **wish)
    assert (again.changed, again.result["domains"]["new-pv"]["host"]) == (0, "xen-b")


def test_a_transient_domain_stays_transient_and_a_paused_one_paused(
    lab: Lab, guests: Guests, playbooks: Playbooks
) -> None:
    """The source forgets both altogether; the paused guest goes on with its next tick when it is resumed."""
    guests("fleeting", options=("--transient",))
    guests("sleeper")
    with lab.domain("xen-a", "sleeper") as found:
        found.suspend()
    tick = lab.ticks("sleeper")
    run = playbooks.migrate(name=["fleeting", "sleeper"], host="xen-b", hosts=lab.hosts("xen-a", "xen-b"))
    for name in ("fleeting", "sleeper"):
        assert_moved(run.result, name, "xen-b", lab)
    assert lab.names("xen-a") == set()
    records = run.result["domains"]
    assert [(records[name]["persistent"], records[name]["state"]) for name in ("fleeting", "sleeper")] == [
        (False, "running"),
        (True, "paused"),
    ]
    with lab.domain("xen-b", "sleeper") as found:
        found.resume()
    assert lab.wait_for_tick_after("sleeper", tick["count"])["boot"] == tick["boot"]
