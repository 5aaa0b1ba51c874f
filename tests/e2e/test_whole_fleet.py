# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Three real Xen hosts: what a drain does where not all can leave, or another one goes on; a maintenance killed half-way."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.lab import Lab, bring_up, wait_for
from tests.support.playbooks import PATIENCE_SECONDS, Playbooks, blocking

HOSTS = ("xen-a", "xen-b", "xen-c")
AUTOSTART = ("--autostart",)
TOO_LITTLE = 64
"""MiB that are left free on a host which is to be full: less than the smallest guest needs."""
MAINTENANCE = "2026-11"
REBOOT = "systemctl --no-block isolate reboot.target"
"""The lab's hosts have no logind, which systemctl reboot asks first."""
TASKS = [
    {
        "name": "Patch the host",
        "ansible.builtin.copy": {"content": "patched\n", "dest": "/root/patched", "mode": "0644"},
    },
    {
        "name": "Bring a domain to a host that has been emptied",
        "xenfleet.migration.xen_domain_migrate": {"name": "comes", "host": "xen-c"},
        "delegate_to": "localhost",
        "when": "inventory_hostname == 'xen-c'",
    },
]


@pytest.fixture(scope="module")
def three(lab: Lab) -> Iterator[Lab]:
    """And xen-c, with Debian 12, too."""
    before = dict(lab.uris)
    lab.uris.update(bring_up("12", "12", "12").uris)
    yield lab
    lab.uris.clear()
    lab.uris.update(before)


def blocked(result: dict[str, Any]) -> dict[str, str]:
    return {one["domain"]: one["code"] for one in result["blocked"]}


def fill(lab: Lab, guests: Callable[..., None], host: str, left: int = TOO_LITTLE) -> None:
    """Fill a host but for so many MiB."""
    free = int(lab.xenlab("ssh", host, "xl info free_memory"))
    guests(f"filler-{host[-1]}", host=host, options=("--memory", str(free - left), "--no-wait"))


@pytest.mark.long
def test_what_has_to_stay_stays_with_its_reason_and_the_rest_goes_where_it_may(
    three: Lab, guests: Callable[..., None], playbooks: Playbooks
) -> None:
    """xen-b is full, so of two that must not share a host only one finds a place; a PV domain can't move live at all."""
    guests("dns1", "dns2", "web", options=AUTOSTART)
    guests("stays", options=("--kind", "pv", "--no-wait"))
    fill(three, guests, "xen-b")
    ticks = {name: three.ticks(name) for name in ("dns1", "dns2", "web")}
    wish: dict[str, Any] = {
        "module": "xen_host_drain",
        "host": "xen-a",
        "hosts": three.hosts(*HOSTS),
        "keep_apart": [["dns1", "dns2"]],
    }

    refused = playbooks.start(**wish).end().result
    assert (refused["failed"], refused["changed"]) == (True, False)
    left = blocked(refused)
    assert left.pop("stays") == "live_impossible"
    assert list(left.values()) == ["memory_short"]
    assert (three.names("xen-b"), three.names("xen-c")) == ({"filler-b"}, set())

    (waits,) = left
    (goes,) = {"dns1", "dns2"} - {waits}
    drained = playbooks.start(partial=True, leftovers_ok=True, **wish).end().result
    assert blocked(drained) == blocked(refused)
    assert (three.names("xen-a"), three.names("xen-c")) == ({"stays", waits}, {goes, "web"})

    three.xenlab("guest", "remove", "--", "filler-b")
    drained = playbooks.start(partial=True, leftovers_ok=True, **wish).end().result
    assert blocked(drained) == {"stays": "live_impossible"}
    assert (three.names("xen-a"), three.names("xen-b")) == ({"stays"}, {waits})

    restored = playbooks.start(**{**wish, "keep_apart": []}, state="restored").end().result
    assert restored["changed"], restored
    assert three.names("xen-a") == {"stays", *ticks}
    for name, before in ticks.items():
        assert three.wait_for_tick_after(name, before["count"])["boot"] == before["boot"]


@pytest.mark.long
def test_two_runs_that_empty_each_other_s_hosts_bring_nothing_to_them(
    three: Lab, guests: Callable[..., None], playbooks: Playbooks
) -> None:
    """Without knowing of each other, each would choose the other's host: xen-c is the fullest."""
    fill(three, guests, "xen-c", left=1024)
    homes = {"from-a": "xen-a", "from-b": "xen-b"}
    for name, host in homes.items():
        guests(name, host=host)
    ticks = {name: three.ticks(name) for name in homes}
    wish: dict[str, Any] = {"module": "xen_host_drain", "hosts": three.hosts(*HOSTS)}
    alone = {
        host: playbooks.start("--check", host=host, **wish).end().result["plan"][0]["destination"]
        for host in homes.values()
    }
    assert alone == {"xen-a": "xen-b", "xen-b": "xen-a"}

    both = [playbooks.start(host=host, **wish) for host in homes.values()]
    for running in both:
        result = running.end().result
        assert (result.get("failed"), [move["destination"] for move in result["moves"]]) == (False, ["xen-c"]), result
        assert any("was being emptied by another run" in warning for warning in result["warnings"]), result["warnings"]
    assert (three.names("xen-a"), three.names("xen-b")) == (set(), set())
    for name, before in ticks.items():
        assert three.wait_for_tick_after(name, before["count"])["boot"] == before["boot"]


@pytest.mark.long
def test_domains_change_places_on_full_hosts_by_way_of_a_third_one(
    three: Lab, guests: Callable[..., None], playbooks: Playbooks
) -> None:
    """Neither xen-a nor xen-b has room for the other's; check mode tells the very moves.

    Both domains are of one size, so which one stops on the way is settled by their UUIDs, which are new each time.
    """
    places = {"from-a": "xen-a", "from-b": "xen-b"}
    for name, host in places.items():
        guests(name, host=host, options=AUTOSTART)
        fill(three, guests, host)
    ticks = {name: three.ticks(name) for name in places}
    wish: dict[str, Any] = {
        "placement": {"from-a": "xen-b", "from-b": "xen-a"},
        "hosts": three.hosts(*HOSTS),
        "stopovers": True,
    }
    refused = playbooks.migrate(**{**wish, "stopovers": False}).result
    assert blocking(refused) == ["memory_short"]
    planned = playbooks.migrate("--check", **wish).result
    assert {name: three.names(host) >= {name} for name, host in places.items()} == dict.fromkeys(places, True)

    changed = playbooks.migrate(**wish).result
    assert changed.get("failed") is not True, changed
    moves = [[(move["domain"], move["source"], move["destination"]) for move in told["moves"]]
             for told in (planned, changed)]  # fmt: skip
    stops, direct = sorted(places, reverse=moves[0][0][0] == "from-b")
    way = [(stops, places[stops], "xen-c"), (direct, places[direct], places[stops]), (stops, "xen-c", places[direct])]
    assert moves == [way, way]
    assert {name: told["host"] for name, told in changed["domains"].items()} == wish["placement"]
    assert three.names("xen-c") == set()
    for name, before in ticks.items():
        now = three.wait_for_tick_after(name, before["count"])
        assert (now["boot"], now["host"]) == (before["boot"], wish["placement"][name])
    assert playbooks.migrate(**wish).changed == 0


def boots(lab: Lab) -> dict[str, str]:
    """Return Linux's id of each host's boot."""
    return {host: lab.xenlab("ssh", host, "cat /proc/sys/kernel/random/boot_id").strip() for host in HOSTS}


def mark(lab: Lab, host: str) -> str:
    """Return the phase of its maintenance that a host is marked with; nothing while it has no mark, or can't be asked."""
    with contextlib.suppress(RuntimeError):
        return lab.xenlab("ssh", host, "tail -n 1 /var/lib/xenfleet/maintenance").strip()
    return ""


@pytest.mark.long
def test_a_maintenance_with_reboots_that_is_killed_half_way_goes_on_where_it_stopped(
    three: Lab, guests: Callable[..., None], playbooks: Playbooks, tmp_path: Path
) -> None:
    """Killed when the first host has been rebooted, and is empty. All domains are home in the end; none was rebooted itself.

    Nor was one that came to the last host after that had been emptied: it has been at home there since.
    """
    homes = {**{f"of-{host}": host for host in HOSTS}, "comes": "xen-c"}
    for name, host in homes.items():
        guests(name, host="xen-b" if name == "comes" else host, options=AUTOSTART)
    ticks = {name: three.ticks(name) for name in homes}
    before = boots(three)
    inventory = tmp_path / "inventory.yml"
    inventory.write_text(three.xenlab("inventory"))
    wish = {
        "rolling_maintenance_run": MAINTENANCE,
        "rolling_maintenance_reboot": "always",
        "rolling_maintenance_reboot_command": REBOOT,
        "rolling_maintenance_tasks": playbooks.write("patch.json", TASKS),
    }
    words = (
        "ansible-playbook",
        "xenfleet.migration.rolling_maintenance",
        "-i",
        str(inventory),
        "-e",
        json.dumps(wish),
    )

    run = playbooks.begin(*words)
    wait_for(lambda: mark(three, "xen-a"), bool, "the first host to be marked", PATIENCE_SECONDS)
    run.kill_everything()
    half_way = boots(three)
    assert [half_way[host] == before[host] for host in HOSTS] == [False, True, True]
    assert (mark(three, "xen-a"), three.names("xen-a")) == ("maintained", set())

    playbooks.command(*words)
    after = boots(three)
    assert after["xen-a"] == half_way["xen-a"], "it had been rebooted already"
    assert all(after[host] != before[host] for host in HOSTS)
    for name, host in homes.items():
        assert three.names(host) == {one for one, home in homes.items() if home == host}
        copy = three.copy(host, name)
        assert copy is not None
        assert copy.autostart
        assert three.wait_for_tick_after(name, ticks[name]["count"])["boot"] == ticks[name]["boot"]
        assert three.xenlab("ssh", host, "cat /root/patched") == "patched\n"

    again = playbooks.command(*words)
    assert set(re.findall(r"changed=(\d+)", again)) == {"0"}, again
    assert boots(three) == after
