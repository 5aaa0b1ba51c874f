# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that is broken on purpose, and when: the rows of the fault matrix."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from typing import Any

from tests.faults.hosts import Pair
from tests.faults.moment import Moment, release
from tests.support.killing import worker
from tests.support.lab import wait_for
from tests.support.playbooks import Running

OUTAGE_SECONDS = 30
"""An outage that TCP outlives: the fault itself, nothing is waited for."""

UNHEARD_SECONDS = 45
"""Longer than the controller's keepalive, and over before it gives both hosts up for good."""

REFUSAL_SECONDS = 90
"""Longer than the task tries to get through to a host by itself, so that it has to tell what it can't know."""

ISOLATION_SECONDS = 120
"""Longer than both keepalives: whoever talks to that host gives it up."""

STANDSTILL_SECONDS = 400
"""Longer than the task's timeout and all that it looks at afterwards, on busy machines."""

DESTROYING_SECONDS = 5
"""How long a source's libvirt has been destroying its copy when it is killed: part of the fault, too."""

BEFORE, FIRST_PASS, SUSPENDED = Moment.BEFORE, Moment.FIRST_PASS, Moment.SUSPENDED
FINISH, CONFIRM = Moment.FINISH, Moment.CONFIRM


@dataclass(frozen=True)
class Scene:
    """What is broken: two hosts, the domain's name, and the run under way (None before it has begun).

    ``again`` begins the same task once more; ``others`` is what such runs returned.
    """

    pair: Pair
    name: str
    again: Callable[[], Running]
    run: Running | None = None
    others: list[dict[str, Any]] = field(default_factory=list)


Act = Callable[[Scene], None]


def nothing(_scene: Scene) -> None:
    """Leave it as it is."""


class Kind(str, Enum):  # noqa: UP042 (mypy looks with Python 3.10, which has no StrEnum)
    """What the domain is that is moved, and has to be afterwards; the usual one runs, and has a definition with autostart.

    One that is renamed gets another name where it arrives, and keeps its own where it doesn't.
    """

    USUAL = "usual"
    PAUSED = "paused"
    TRANSIENT = "transient"
    RENAMED = "renamed"


@dataclass(frozen=True)
class Fault:
    """One row: what is broken and at which moments, and how it is mended afterwards, as a person on duty would have it mended.

    ``options`` are the task's own. ``costs_the_domain`` are the moments at which its guest ends, or its host loses power, so
    that it can only be found shut off or booted anew, and which of two definitions is right can be left to a person. ``quick``
    are the moments that are tried in ``make test``, too. ``source_lost`` is whether the person on duty knows that a copy that
    arrived ran nowhere else since, because its source lost power. ``redefines`` is whether the source is given another
    definition of the domain, which is then the one that must not be lost.
    """

    name: str
    moments: tuple[Moment, ...]
    break_it: Act
    mend_it: Act = nothing
    options: Mapping[str, Any] = field(default_factory=dict)
    disk: bool = False
    costs_the_domain: tuple[Moment, ...] = ()
    quick: tuple[Moment, ...] = ()
    source_lost: bool = False
    redefines: bool = False
    kind: Kind = Kind.USUAL


def on_source(command: str) -> Act:
    """Run a command on the source, with the domain's name for NAME. A trial in which it fails has broken nothing, and fails."""

    return lambda scene: _run(scene, scene.pair.source, command)


def on_destination(command: str) -> Act:
    """Run a command on the destination; likewise."""

    return lambda scene: _run(scene, scene.pair.destination, command)


def at_source(act: Callable[[Scene, str, str], None]) -> Act:
    """Do what is done to one host, and has to know the other one, at the source."""
    return lambda scene: act(scene, scene.pair.source, scene.pair.destination)


def at_destination(act: Callable[[Scene, str, str], None]) -> Act:
    """Do it at the destination."""
    return lambda scene: act(scene, scene.pair.destination, scene.pair.source)


def _run(scene: Scene, host: str, command: str) -> None:
    scene.pair.shell(host, command.replace("NAME", scene.name))


def together(*acts: Act) -> Act:
    """Do one after the other."""

    def act(scene: Scene) -> None:
        for each in acts:
            each(scene)

    return act


def _kill_destination(scene: Scene) -> None:
    scene.pair.lab.xenlab("host", "kill", scene.pair.destination)


def _boot_destination(scene: Scene) -> None:
    scene.pair.lab.xenlab("host", "start", scene.pair.destination)


def _kill_source(scene: Scene) -> None:
    scene.pair.lab.xenlab("host", "kill", scene.pair.source)


def _boot_source(scene: Scene) -> None:
    scene.pair.lab.xenlab("host", "start", scene.pair.source)


def _reboot_destination(scene: Scene) -> None:
    """Have the source go on meanwhile: what it sends gets no answer."""
    _kill_destination(scene)
    release(scene.pair)
    _boot_destination(scene)


def _cut(scene: Scene) -> None:
    scene.pair.lab.xenlab("link", "cut", scene.pair.destination)


def _join(scene: Scene) -> None:
    scene.pair.lab.xenlab("link", "restore", scene.pair.destination)


def _cut_for_a_while(scene: Scene) -> None:
    _cut(scene)
    time.sleep(OUTAGE_SECONDS)
    _join(scene)


def _isolate_source(scene: Scene) -> None:
    """Have the source neither hear nor be heard for a while; meanwhile it goes on by itself with what was held."""
    on_source(f"systemd-run --quiet bash -c '{_ALONE}'")(scene)
    wait_for(partial(scene.pair.hears, scene.pair.source), lambda heard: not heard, "the source to be cut off")
    wait_for(partial(scene.pair.hears, scene.pair.source), bool, "the source to be back", ISOLATION_SECONDS * 2)


def _cut_controller_off(scene: Scene) -> None:
    """Have the controller hear of neither host for a while, which go on hearing each other; what is held stays so."""
    for host in (scene.pair.source, scene.pair.destination):
        scene.pair.shell(host, f"systemd-run --quiet bash -c '{_UNHEARD}'")
    for host in (scene.pair.source, scene.pair.destination):
        wait_for(partial(scene.pair.hears, host), bool, f"{host} to be heard again", UNHEARD_SECONDS * 4)


def _freeze(scene: Scene, host: str, other: str) -> None:
    """Have one host stand still for a while, all of it, and go on as if nothing had been; what is held on the other goes on."""
    scene.pair.lab.xenlab("host", "freeze", host)
    release(scene.pair, other)
    time.sleep(ISOLATION_SECONDS)
    scene.pair.lab.xenlab("host", "thaw", host)
    wait_for(partial(scene.pair.hears, host), bool, f"{host} to be back", ISOLATION_SECONDS)


def _hang(scene: Scene, host: str, other: str) -> None:
    """Have libvirt on one host stand still for a while; what is held of the move goes on meanwhile, but for that."""
    on_host = partial(scene.pair.tell, host)
    on_host("pkill -STOP -x libvirtd")
    on_host("pkill -CONT -x libxl-save-help")
    release(scene.pair, other)
    time.sleep(ISOLATION_SECONDS)
    on_host("pkill -CONT -x libvirtd")


def _stop_store(scene: Scene, host: str, _other: str) -> None:
    """Have everything on one host wait that asks XenStore, for a while."""
    scene.pair.shell(host, "pkill -STOP xenstored")
    release(scene.pair)
    time.sleep(ISOLATION_SECONDS)
    scene.pair.shell(host, "pkill -CONT xenstored")


def _restart(scene: Scene, host: str, other: str) -> None:
    """Have somebody reboot one host in good order, who doesn't know of the move."""
    hears = partial(scene.pair.hears, host)
    scene.pair.tell(host, "systemctl reboot")
    release(scene.pair, other)
    wait_for(hears, lambda heard: not heard, f"{host} to go down", ISOLATION_SECONDS)
    wait_for(hears, bool, f"{host} to be back", ISOLATION_SECONDS * 2)


def _kill_controller(scene: Scene) -> None:
    if scene.run is not None:
        scene.run.kill_everything()


def _kill_worker(scene: Scene) -> None:
    """Kill what makes the moves, as a controller without memory would, and nothing else of the run."""
    if scene.run is not None:
        os.kill(worker(scene.run.process.pid), signal.SIGKILL)


def _interrupt(scene: Scene) -> None:
    """Have somebody press Ctrl-C, and what is held go on; what outlives it is not waited for."""
    if scene.run is not None:
        scene.run.interrupt(lambda: release(scene.pair))


def _freeze_controller(scene: Scene) -> None:
    """Have the controller stand still for a while, as a laptop does that is shut; both hosts go on meanwhile."""
    if scene.run is not None:
        with scene.run.frozen():
            release(scene.pair)
            time.sleep(ISOLATION_SECONDS)


def _stop_receiving(scene: Scene) -> None:
    """Have the memory sent to somebody who takes nothing of it, until the task has given it up."""
    on_destination("pkill -STOP -x libxl-save-help")(scene)
    release(scene.pair, scene.pair.source)
    _wait_for_the_run(scene)


def _wait_for_the_run(scene: Scene) -> None:
    """Leave what is held as it is until the task has given it up."""
    if scene.run is not None:
        wait_for(scene.run.process.poll, lambda code: code is not None, "the task to end", STANDSTILL_SECONDS)


def _move_it_twice(scene: Scene) -> None:
    """Have a second controller come through while the first one's move is held."""
    scene.others.append(scene.again().end().result)


def _define_at_destination(scene: Scene) -> None:
    """Define it, as from a file that somebody copied."""
    xml = scene.pair.shell(scene.pair.source, f"virsh dumpxml --inactive {scene.name}")
    scene.pair.lab.put(scene.pair.destination, {"/run/copied.xml": xml})
    scene.pair.shell(scene.pair.destination, "virsh define /run/copied.xml")


def _kill_daemon_that_destroys(scene: Scene) -> None:
    """Have the source's libvirt give its copy up, which takes long, and kill it in the middle of that."""
    on_source(_SLOW_DESTROYING)(scene)
    release(scene.pair)
    on_source(f"{_BEING_DESTROYED}; sleep {DESTROYING_SECONDS}; {_DAEMON_GONE}")(scene)


_ALONE = (
    "iptables -I INPUT -j DROP; iptables -I OUTPUT -j DROP; pkill -CONT -x libxl-save-help; pkill -CONT -x libvirtd;"
    f" sleep {ISOLATION_SECONDS}; iptables -D INPUT -j DROP; iptables -D OUTPUT -j DROP"
)
_UNHEARD = (
    "iptables -I INPUT -p tcp --dport 22 -j DROP; iptables -I OUTPUT -p tcp --sport 22 -j DROP;"
    f" sleep {UNHEARD_SECONDS}; iptables -D INPUT -p tcp --dport 22 -j DROP; iptables -D OUTPUT -p tcp --sport 22 -j DROP"
)
# Those that come anew; who is in stays, but for the collection's own.
_LOGINS = "INPUT -p tcp --dport 22 --syn -j REJECT --reject-with tcp-reset"
_REFUSED = (
    f"iptables -I {_LOGINS}; pkill -f '[v]irt-ssh-helper';"
    f" systemd-run --quiet bash -c 'sleep {REFUSAL_SECONDS}; iptables -D {_LOGINS}'"
)
_ACCEPTED = f"while iptables -C {_LOGINS} 2>/dev/null; do sleep 1; done"
_LOSSY = "INPUT -p tcp --dport 49152:49216 -m statistic --mode random --probability 0.05 -j DROP"
# 64 kbit/s: a first pass of minutes.
_TRICKLE = "tc qdisc add dev xenbr0 root tbf rate 64kbit burst 4kb latency 400ms"
_FLOW = "tc qdisc del dev xenbr0 root"
# Its processor is sent to nowhere: Debian's kernel takes no request to crash.
_CRASH = "$(ls /usr/lib/xen-*/bin/xen-hvmcrash | head -n 1) $(xl domid NAME)"
_DAEMON_BACK = "systemctl reset-failed libvirtd; systemctl start libvirtd"
_DAEMON_GONE = "pkill -KILL -x libvirtd"
_SLOW_DESTROYING = """sed -i '2i [ "$1" != offline ] || sleep 30 # slow' /etc/xen/scripts/vif-bridge"""
_QUICK_DESTROYING = "sed -i '/# slow$/d' /etc/xen/scripts/vif-bridge"
# With hotplug's "online" only: what leaves is not in its way.
_FAILING_SCRIPT = """sed -i '2i [ "$1" != online ] || exit 1 # unsound' /etc/xen/scripts/vif-bridge"""
_HANGING_SCRIPT = """sed -i '2i [ "$1" != online ] || sleep 60 # unsound' /etc/xen/scripts/vif-bridge"""
_SOUND_SCRIPT = "sed -i '/# unsound$/d' /etc/xen/scripts/vif-bridge"
_BACK, _AHEAD = "date -s '1 hour ago'", "date -s '1 hour'"
_BEING_DESTROYED = "until xl list NAME | tail -n 1 | awk '{ print $(NF - 1) }' | grep -q '^..ps'; do sleep 0.1; done"
_DISKS_GONE = "set -e; for disk in /dev/vdb?*; do mv $disk /run/$(basename $disk); done"
_DISKS_BACK = "set -e; for disk in /run/vdb?*; do mv $disk /dev/$(basename $disk); done"
# Linux before 6.2 doesn't rename what is up.
_BRIDGE_GONE = "ip link set xenbr0 down && ip link set xenbr0 name xenbr9 && ip link set xenbr9 up"
_BRIDGE_BACK = "ip link set xenbr9 down && ip link set xenbr9 name xenbr0 && ip link set xenbr0 up"
_READ_ONLY = "mount --bind /etc/libvirt /etc/libvirt && mount -o remount,bind,ro /etc/libvirt"
_WRITABLE = "umount /etc/libvirt"
# Without the metadata, as from a file of before the move: what the move has noted there is gone.
_REDEFINED = (
    "virsh dumpxml --inactive NAME | sed '/<metadata/,/<.metadata>/d; s|<title>.*|<title>made anew</title>|' >/run/anew.xml"
    " && grep -q 'made anew' /run/anew.xml && virsh define /run/anew.xml"
)
_HELPER_GONE = "pkill -KILL -x libxl-save-help"
_RECEIVER_GOES_ON = "pkill -CONT -x libxl-save-help || :"
# The file system keeps some blocks for root, and libvirt is root's.
_DISK_FULL = "fallocate -l $(($(stat -f -c '%a * %S' /))) /full; cat /dev/zero >/more 2>/dev/null; sync; ! echo >/last"
_DISK_EMPTIED = "rm -f /full /more /last"
_RUN_FULL = "cat /dev/zero >/run/full 2>/dev/null; ! echo >/run/last"
_RUN_EMPTIED = "rm -f /run/full /run/last"
_STOPPED = "until ! xl list NAME | tail -n 1 | awk '{ print $(NF - 1) }' | grep -q '^...-'; do sleep 0.1; done"
_RULE = "INPUT -p tcp --dport 49152:49216 -j"
# As a firewall on the way does that has forgotten them: all logins but this one, and those that come later.
_SILENCE = """set -e; own=$(echo $SSH_CONNECTION | cut -d ' ' -f 2); iptables -N SILENT
iptables -A INPUT -p tcp --dport 22 -j SILENT; iptables -A OUTPUT -p tcp --sport 22 -j SILENT
for port in $(ss -tnH state established '( sport = :22 )' | awk '{ print $4 }' | sed 's/.*://'); do
  [ $port = $own ] || for side in --sport --dport; do iptables -A SILENT -p tcp $side $port -j DROP; done
done"""
_HEARD = "iptables -F; iptables -X SILENT"
_ENCRYPTED = {"encrypted": True, "timeout": 100}
_ACCEPT_ALL = [
    "bridge_missing",
    "storage_missing",
    "storage_differs",
    "ports_unreachable",
    "not_checked",
]
_TAKE_MEMORY = (
    # A domain without anything in it that holds all memory but 64 MiB.
    "free=$(xl info free_memory); printf '%s\\n' 'name=\"hog\"' 'type=\"pvh\"' 'kernel=\"/var/lib/xenlab/vmlinux\"'"
    ' "memory=$((free - 64))" >/run/hog; xl create -p /run/hog'
)

FAULTS = (
    Fault(
        "destination loses power",
        (FIRST_PASS, FINISH, CONFIRM),
        _kill_destination,
        _boot_destination,
        costs_the_domain=(CONFIRM,),
    ),
    Fault("destination loses power and boots", (SUSPENDED,), _reboot_destination),
    Fault(
        "both hosts lose power",
        (FIRST_PASS, FINISH, CONFIRM),
        together(_kill_source, _kill_destination),
        together(_boot_source, _boot_destination),
        costs_the_domain=(FIRST_PASS, FINISH, CONFIRM),
        source_lost=True,
    ),
    Fault(
        "source loses power",
        (FIRST_PASS, SUSPENDED, FINISH, CONFIRM),
        _kill_source,
        _boot_source,
        costs_the_domain=(FIRST_PASS, SUSPENDED),
        source_lost=True,
    ),
    Fault(
        "source rebooted",
        (FIRST_PASS, FINISH),
        at_source(_restart),
        costs_the_domain=(FIRST_PASS, FINISH),
        source_lost=True,
    ),
    Fault("destination rebooted", (FIRST_PASS, CONFIRM), at_destination(_restart), costs_the_domain=(CONFIRM,)),
    Fault("link between the hosts cut", (FIRST_PASS, SUSPENDED), _cut, _join, options={"timeout": 60}),
    Fault("link between the hosts cut for half a minute", (FIRST_PASS, SUSPENDED), _cut_for_a_while),
    Fault(
        "link between the hosts loses packets",
        (FIRST_PASS,),
        on_destination(f"iptables -I {_LOSSY}"),
        on_destination(f"iptables -D {_LOSSY}"),
    ),
    Fault(
        "link between the hosts slows to a trickle",
        (FIRST_PASS,),
        on_source(_TRICKLE),
        on_source(_FLOW),
        options={"timeout": 60},
    ),
    Fault("source cut off from everything for two minutes", (FIRST_PASS, SUSPENDED, CONFIRM), _isolate_source),
    Fault(
        "destination's libvirtd killed",
        (FIRST_PASS, SUSPENDED, FINISH),
        on_destination(_DAEMON_GONE),
        on_destination(_DAEMON_BACK),
    ),
    Fault(
        "source's libvirtd killed",
        (FIRST_PASS, SUSPENDED, CONFIRM),
        on_source(_DAEMON_GONE),
        on_source(_DAEMON_BACK),
    ),
    Fault(
        "destination's libvirtd restarted",
        (FIRST_PASS,),
        on_destination("systemctl restart libvirtd"),
    ),
    Fault("source's libvirtd restarted", (FIRST_PASS,), on_source("systemctl restart libvirtd")),
    Fault("source's libvirtd hangs for two minutes", (FIRST_PASS, CONFIRM), at_source(_hang)),
    Fault("destination's libvirtd hangs for two minutes", (FIRST_PASS, FINISH), at_destination(_hang)),
    Fault("process that sends the memory stands still", (FIRST_PASS,), _wait_for_the_run, options={"timeout": 60}),
    Fault(
        "process that receives the memory stands still",
        (FIRST_PASS, SUSPENDED),
        _stop_receiving,
        on_destination(_RECEIVER_GOES_ON),
        options={"timeout": 60},
    ),
    Fault("process that sends the memory killed", (FIRST_PASS, SUSPENDED), on_source(_HELPER_GONE), quick=(SUSPENDED,)),
    Fault("process that receives the memory killed", (FIRST_PASS, SUSPENDED), on_destination(_HELPER_GONE)),
    Fault(
        "source's libvirtd killed while it destroys its copy",
        (CONFIRM,),
        _kill_daemon_that_destroys,
        on_source(f"{_QUICK_DESTROYING}; {_DAEMON_BACK}"),
    ),
    Fault("controller killed", (FIRST_PASS, SUSPENDED, FINISH, CONFIRM), _kill_controller, quick=(FINISH,)),
    Fault(
        "controller killed, and the process that sends the memory",
        (FIRST_PASS, SUSPENDED),
        together(_kill_controller, on_source(_HELPER_GONE)),
    ),
    Fault(
        "controller killed, and the destination's libvirtd",
        (FIRST_PASS, FINISH),
        together(_kill_controller, on_destination(_DAEMON_GONE)),
        on_destination(_DAEMON_BACK),
    ),
    Fault(
        "controller killed, and the source's libvirtd",
        (FIRST_PASS, CONFIRM),
        together(_kill_controller, on_source(_DAEMON_GONE)),
        on_source(_DAEMON_BACK),
    ),
    Fault(
        "controller killed, and the source loses power",
        (FIRST_PASS, FINISH, CONFIRM),
        together(_kill_controller, _kill_source),
        _boot_source,
        costs_the_domain=(FIRST_PASS, FINISH),
        source_lost=True,
    ),
    Fault(
        "controller killed, and the destination loses power",
        (FIRST_PASS, FINISH, CONFIRM),
        together(_kill_controller, _kill_destination),
        _boot_destination,
        costs_the_domain=(CONFIRM,),
    ),
    Fault(
        "controller cut off from both hosts for a while", (FIRST_PASS, SUSPENDED, FINISH, CONFIRM), _cut_controller_off
    ),
    Fault("controller freezes for two minutes", (FIRST_PASS, SUSPENDED, FINISH, CONFIRM), _freeze_controller),
    Fault("controller interrupted", (FIRST_PASS, FINISH, CONFIRM), _interrupt),
    Fault("process that makes the moves killed at the controller", (FIRST_PASS, FINISH), _kill_worker),
    Fault("source freezes for two minutes", (FIRST_PASS, SUSPENDED, CONFIRM), at_source(_freeze)),
    Fault("destination freezes for two minutes", (FIRST_PASS, FINISH, CONFIRM), at_destination(_freeze)),
    Fault("a second controller moves the same domain", (FIRST_PASS,), _move_it_twice),
    Fault(
        "control connection to the source dropped",
        (FIRST_PASS, SUSPENDED, CONFIRM),
        on_source("pkill -f '[v]irt-ssh-helper'"),
    ),
    Fault(
        "control connection to the destination dropped",
        (FIRST_PASS, SUSPENDED, FINISH),
        on_destination("pkill -f '[v]irt-ssh-helper'"),
    ),
    Fault(
        "control connection to the source falls silent",
        (FIRST_PASS, SUSPENDED, CONFIRM),
        on_source(_SILENCE),
        on_source(_HEARD),
    ),
    Fault(
        "control connection to the destination falls silent",
        (FIRST_PASS, SUSPENDED, FINISH),
        on_destination(_SILENCE),
        on_destination(_HEARD),
    ),
    Fault(
        "connection to the source dropped, and logins refused for a while",
        (FIRST_PASS, CONFIRM),
        on_source(_REFUSED),
        on_source(_ACCEPTED),
    ),
    Fault(
        "connection to the destination dropped, and logins refused for a while",
        (FIRST_PASS, FINISH),
        on_destination(_REFUSED),
        on_destination(_ACCEPTED),
    ),
    Fault("source's XenStore hangs for two minutes", (FIRST_PASS, CONFIRM), at_source(_stop_store)),
    Fault("destination's XenStore hangs for two minutes", (FIRST_PASS, FINISH), at_destination(_stop_store)),
    Fault(
        "migration ports refused by the destination's firewall",
        (BEFORE, FIRST_PASS),
        on_destination(f"iptables -I {_RULE} REJECT --reject-with tcp-reset"),
        on_destination(f"iptables -D {_RULE} REJECT --reject-with tcp-reset"),
        quick=(BEFORE,),
    ),
    Fault(
        "migration ports dropped by the destination's firewall",
        (BEFORE, FIRST_PASS),
        on_destination(f"iptables -I {_RULE} DROP"),
        on_destination(f"iptables -D {_RULE} DROP"),
        options={"timeout": 60},
        quick=(BEFORE,),
    ),
    Fault(
        "destination out of memory",
        (BEFORE, FIRST_PASS),
        on_destination(_TAKE_MEMORY),
        on_destination("xl destroy hog"),
        quick=(BEFORE,),
    ),
    Fault(
        "bridge missing at the destination",
        (BEFORE, FIRST_PASS),
        on_destination(_BRIDGE_GONE),
        on_destination(_BRIDGE_BACK),
        quick=(BEFORE,),
    ),
    Fault(
        "bridge missing at the destination, accepted",
        (BEFORE,),
        on_destination(_BRIDGE_GONE),
        on_destination(_BRIDGE_BACK),
        options={"accept": _ACCEPT_ALL},
    ),
    Fault(
        "disk missing at the destination",
        (BEFORE, FIRST_PASS),
        on_destination(_DISKS_GONE),
        on_destination(_DISKS_BACK),
        disk=True,
        quick=(BEFORE,),
    ),
    Fault(
        "disk missing at the destination, accepted",
        (BEFORE,),
        on_destination(_DISKS_GONE),
        on_destination(_DISKS_BACK),
        options={"accept": _ACCEPT_ALL},
        disk=True,
    ),
    Fault(
        "destination's configuration directory read-only",
        (BEFORE, FIRST_PASS, CONFIRM),
        on_destination(_READ_ONLY),
        on_destination(_WRITABLE),
        quick=(BEFORE,),
    ),
    Fault(
        "destination's disk full",
        (BEFORE, FIRST_PASS, CONFIRM),
        on_destination(_DISK_FULL),
        on_destination(_DISK_EMPTIED),
        quick=(BEFORE,),
    ),
    Fault(
        "destination's /run full",
        (BEFORE, FIRST_PASS, FINISH),
        on_destination(_RUN_FULL),
        on_destination(_RUN_EMPTIED),
        quick=(BEFORE,),
    ),
    Fault(
        "source's configuration directory read-only",
        (BEFORE, FIRST_PASS, CONFIRM),
        on_source(_READ_ONLY),
        on_source(_WRITABLE),
    ),
    Fault("source's disk full", (BEFORE, FIRST_PASS, CONFIRM), on_source(_DISK_FULL), on_source(_DISK_EMPTIED)),
    Fault("source's /run full", (BEFORE, FIRST_PASS, CONFIRM), on_source(_RUN_FULL), on_source(_RUN_EMPTIED)),
    Fault(
        "destination's network script fails",
        (FIRST_PASS,),
        on_destination(_FAILING_SCRIPT),
        on_destination(_SOUND_SCRIPT),
    ),
    Fault(
        "destination's network script hangs",
        (FIRST_PASS,),
        on_destination(_HANGING_SCRIPT),
        on_destination(_SOUND_SCRIPT),
    ),
    Fault(
        "both hosts' clocks jump",
        (FIRST_PASS,),
        together(on_source(_BACK), on_destination(_AHEAD)),
        together(on_source(_AHEAD), on_destination(_BACK)),
    ),
    Fault("domain undefined at the source", (FIRST_PASS,), on_source("virsh undefine NAME")),
    Fault("domain defined at the destination", (FIRST_PASS,), _define_at_destination),
    Fault(
        "domain defined at the destination, and the process that sends the memory killed",
        (FIRST_PASS,),
        together(_define_at_destination, on_source(_HELPER_GONE)),
    ),
    Fault("domain defined anew at the source", (FIRST_PASS,), on_source(_REDEFINED), redefines=True),
    Fault(
        "domain defined anew at the source, and the process that sends the memory killed",
        (FIRST_PASS,),
        on_source(f"{_REDEFINED} && {_HELPER_GONE}"),
        redefines=True,
    ),
    Fault(
        "guest shuts itself off",
        (FIRST_PASS,),
        on_source(f"xl shutdown NAME; {_STOPPED}"),
        costs_the_domain=(FIRST_PASS,),
    ),
    Fault(
        "guest reboots itself",
        (FIRST_PASS,),
        on_source(f"xl reboot NAME; {_STOPPED}"),
        costs_the_domain=(FIRST_PASS,),
    ),
    Fault("guest crashes", (FIRST_PASS,), on_source(f"{_CRASH}; {_STOPPED}"), costs_the_domain=(FIRST_PASS,)),
    Fault("domain destroyed by xl", (FIRST_PASS,), on_source("xl destroy NAME"), costs_the_domain=(FIRST_PASS,)),
    Fault(
        "copy that arrives destroyed by xl",
        (FIRST_PASS, FINISH),
        on_destination("xl destroy NAME--incoming || xl destroy NAME"),
    ),
    Fault(
        "domain destroyed by virsh where it arrived",
        (CONFIRM,),
        on_destination("virsh destroy NAME"),
        costs_the_domain=(CONFIRM,),
    ),
    Fault(
        "copy that arrives resumed by xl",
        (FIRST_PASS, FINISH),
        on_destination("xl unpause NAME--incoming || xl unpause NAME"),
    ),
    Fault("guest given less memory", (FIRST_PASS,), on_source("xl mem-set NAME 80m")),
    Fault("encrypted move: nothing is sent until its timeout", (FIRST_PASS,), _wait_for_the_run, options=_ENCRYPTED),
    # It has time left when it stalls.
    Fault("encrypted move: link between the hosts cut", (FIRST_PASS,), _cut, _join, options={"encrypted": True}),
    Fault(
        "encrypted move: connection of the hosts' libvirt dropped",
        (FIRST_PASS,),
        on_destination("pkill -f '[v]irt-ssh-helper' || pkill -f '[n]c -U'"),
        options=_ENCRYPTED,
    ),
    Fault(
        "encrypted move: process that sends the memory killed",
        (FIRST_PASS,),
        on_source(_HELPER_GONE),
        options=_ENCRYPTED,
    ),
    Fault(
        "encrypted move: destination's libvirtd killed",
        (FIRST_PASS,),
        on_destination(_DAEMON_GONE),
        on_destination(_DAEMON_BACK),
        options=_ENCRYPTED,
    ),
    Fault(
        "encrypted move: source's libvirtd killed",
        (FIRST_PASS,),
        on_source(_DAEMON_GONE),
        on_source(_DAEMON_BACK),
        options=_ENCRYPTED,
    ),
    Fault(
        "encrypted move: destination loses power",
        (FIRST_PASS,),
        _kill_destination,
        _boot_destination,
        options=_ENCRYPTED,
    ),
    Fault("encrypted move: controller killed", (FIRST_PASS,), _kill_controller, options=_ENCRYPTED),
    *(
        Fault(
            f"{kind.value} domain: {name}",
            tuple(moment for moment in moments if moment in held),
            break_it,
            mend_it,
            kind=kind,
        )
        # What a transient domain's destination has of it before its move is confirmed, can't be told from what it has later.
        for kind, held in (
            (Kind.PAUSED, set(Moment)),
            (Kind.TRANSIENT, {FIRST_PASS, SUSPENDED, FINISH}),
            (Kind.RENAMED, set(Moment)),
        )
        for name, moments, break_it, mend_it in (
            ("process that sends the memory killed", (FIRST_PASS, SUSPENDED), on_source(_HELPER_GONE), nothing),
            ("controller killed", (FIRST_PASS, FINISH, CONFIRM), _kill_controller, nothing),
            (
                "controller killed, and the process that sends the memory",
                (FIRST_PASS,),
                together(_kill_controller, on_source(_HELPER_GONE)),
                nothing,
            ),
            (
                "destination's libvirtd killed",
                (SUSPENDED, FINISH),
                on_destination(_DAEMON_GONE),
                on_destination(_DAEMON_BACK),
            ),
            ("source's libvirtd killed", (FIRST_PASS, CONFIRM), on_source(_DAEMON_GONE), on_source(_DAEMON_BACK)),
        )
    ),
    Fault(
        "guest doesn't take part in its suspension",
        (FIRST_PASS,),
        on_source("xl pause NAME"),
        on_source("xl unpause NAME"),
    ),
)
