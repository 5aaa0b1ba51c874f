# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running domains moved between real Xen hosts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import libvirt
import pytest

from tests.support.lab import Lab
from tests.support.playbooks import Playbooks

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


def test_several_domains_with_odd_names_move_in_one_task(lab: Lab, guests: Guests, playbooks: Playbooks) -> None:
    """A space, letters beyond ASCII, a leading dash."""
    names = ["my döm ain", "-dash"]
    guests(*names)
    ticks = {name: lab.ticks(name) for name in names}
    run = playbooks.migrate(name=names, host="xen-b", hosts=lab.hosts("xen-a", "xen-b"))
    for name in names:
        assert_moved(run.result, name, "xen-b", lab)
        assert lab.wait_for_tick_after(name, ticks[name]["count"])["boot"] == ticks[name]["boot"]
    assert lab.names("xen-a").isdisjoint(names)


def test_a_pv_domain_is_refused_live_and_moves_otherwise(lab: Lab, guests: Guests, playbooks: Playbooks) -> None:
    """Debian's Xen has no shadow paging: it is known before anything is touched."""
    guests("old-pv", options=("--kind", "pv"))
    tick = lab.ticks("old-pv")
    wish: dict[str, Any] = {"name": "old-pv", "host": "xen-b", "hosts": lab.hosts("xen-a", "xen-b")}
    refused = playbooks.migrate(**wish).result
    assert [finding["code"] for finding in refused["findings"] if finding["blocks"]] == ["live_impossible"]
    assert lab.names("xen-b").isdisjoint({"old-pv"})
    assert lab.wait_for_tick_after("old-pv", tick["count"])["host"] == "xen-a"

    moved = playbooks.migrate(live=False, **wish).result
    assert_moved(moved, "old-pv", "xen-b", lab)
    assert [move["live"] for move in moved["moves"]] == [False]
    assert lab.wait_for_tick_after("old-pv", tick["count"])["boot"] == tick["boot"]


def test_a_transient_domain_stays_transient(lab: Lab, guests: Guests, playbooks: Playbooks) -> None:
    """And so its source forgets it altogether."""
    guests("fleeting", options=("--transient",))
    run = playbooks.migrate(name="fleeting", host="xen-b", hosts=lab.hosts("xen-a", "xen-b"))
    assert_moved(run.result, "fleeting", "xen-b", lab)
    assert run.result["domains"]["fleeting"]["persistent"] is False
    assert lab.copy("xen-a", "fleeting") is None


def test_a_paused_domain_stays_paused_and_can_go_on(lab: Lab, guests: Guests, playbooks: Playbooks) -> None:
    """Its guest has not run for a moment in between: it goes on with the next tick."""
    guests("sleeper")
    with lab.domain("xen-a", "sleeper") as found:
        found.suspend()
    tick = lab.ticks("sleeper")
    run = playbooks.migrate(name="sleeper", host="xen-b", hosts=lab.hosts("xen-a", "xen-b"))
    assert_moved(run.result, "sleeper", "xen-b", lab)
    assert run.result["domains"]["sleeper"]["state"] == "paused"
    with lab.domain("xen-b", "sleeper") as found:
        found.resume()
    assert lab.wait_for_tick_after("sleeper", tick["count"])["boot"] == tick["boot"]


def test_a_domain_moves_not_live_under_a_new_name(lab: Lab, guests: Guests, playbooks: Playbooks) -> None:
    """A taken name is refused first; the second run finds the new name in its place."""
    guests("first", host="xen-a")
    guests("taken", host="xen-b", options=("--inactive",))
    wish: dict[str, Any] = {"name": "first", "host": "xen-b", "hosts": lab.hosts("xen-a", "xen-b")}
    refused = playbooks.migrate(new_name="taken", **wish).result
    assert [finding["code"] for finding in refused["findings"]] == ["name_taken"]
    moved = playbooks.migrate(new_name="second", live=False, **wish)
    assert_moved(moved.result, "first", "xen-b", lab, final_name="second")
    assert lab.names("xen-a").isdisjoint({"first", "second"})
    assert "first" not in lab.names("xen-b")
    again = playbooks.migrate(new_name="second", **wish)
    assert (again.changed, again.result["domains"]["second"]["host"]) == (0, "xen-b")
    with lab.domain("xen-b", "second") as found:
        found.destroy()
        found.undefine()


def test_two_tasks_move_to_one_host_at_the_same_time(lab: Lab, guests: Guests, playbooks: Playbooks) -> None:
    """Nobody gave them ports, and they do not collide."""
    guests("twin-1", "twin-2")
    under_way = [
        playbooks.start(name=name, host="xen-b", hosts=lab.hosts("xen-a", "xen-b")) for name in ("twin-1", "twin-2")
    ]
    for name, running in zip(("twin-1", "twin-2"), under_way, strict=True):
        assert_moved(running.end().result, name, "xen-b", lab)


@pytest.mark.parametrize(("source", "destination"), [("xen-c", "xen-d"), ("xen-b", "xen-c")])
def test_the_main_move_on_debian_13_and_from_12_to_13(
    source: str, destination: str, bigger_lab: Lab, guests: Guests, playbooks: Playbooks
) -> None:
    """The hosts' releases, as the lab brings them up: xen-b has Debian 12, xen-c and xen-d have 13."""
    lab = bigger_lab
    guests("upgraded", host=source, options=("--autostart",))
    tick = lab.ticks("upgraded")
    run = playbooks.migrate(name="upgraded", host=destination, hosts=lab.hosts(source, destination))
    assert_moved(run.result, "upgraded", destination, lab)
    assert run.result["domains"]["upgraded"]["autostart"] is True
    assert lab.copy(source, "upgraded") is None
    assert lab.wait_for_tick_after("upgraded", tick["count"])["boot"] == tick["boot"]
