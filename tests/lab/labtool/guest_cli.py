# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
"""The command line of `xenlab guest`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from labtool import guest_xml, guests, ui
from labtool.errors import LabError
from labtool.lab import Lab
from labtool.recipe import HOST_NAMES
from labtool.state import Guest

_Commands = argparse._SubParsersAction  # argparse has no public name for it


def _add(lab: Lab, options: argparse.Namespace) -> int:
    disk = options.disk == "shared"
    wanted = [Guest(name, 0, options.kind, options.memory, disk) for name in options.names]
    if options.transient and (options.inactive or options.autostart):
        raise LabError("a transient guest is neither inactive nor started automatically")
    with ui.step(f"Add {', '.join(options.names)} on {options.host}"):
        guests.add(
            lab,
            options.host,
            wanted,
            active=not options.inactive,
            transient=options.transient,
            autostart=options.autostart,
            wait=options.wait,
        )
    return 0


def _remove(lab: Lab, options: argparse.Namespace) -> int:
    if bool(options.names) == options.all:
        raise LabError("name the guests to remove, or say --all")
    guests.remove(lab, None if options.all else options.names)
    return 0


def _row(domain: dict[str, Any]) -> str:
    tick = domain["tick"]
    heard = f"tick {tick['count']} boot={tick['boot']}" if tick else "no tick"
    marks = [] if domain["persistent"] else ["transient"]
    marks += ["autostart"] if domain["autostart"] else []
    return "  ".join(
        [domain["host"], f"{domain['state']:<8}", json.dumps(domain["name"], ensure_ascii=False), heard, *marks]
    )


def _list(lab: Lab, options: argparse.Namespace) -> int:
    domains = guests.where(lab)
    ui.result(json.dumps(domains, indent=2, ensure_ascii=False) if options.json else "\n".join(map(_row, domains)))
    return 0


def _ticks(lab: Lab, options: argparse.Namespace) -> int:
    tick = guests.newest_tick(lab, options.name)
    if options.json:
        ui.result(json.dumps(asdict(tick)))
    else:
        disk = f" disk={tick.disk}" if tick.disk else ""
        ui.result(f"tick {tick.count} boot={tick.boot} uptime={tick.uptime}{disk} on {tick.host}, {tick.age:.0f} s ago")
    return 0


def _silence_start(lab: Lab, options: argparse.Namespace) -> int:
    guests.start_listening(lab, options.name, options.from_host, options.interval)
    return 0


def _silence_stop(lab: Lab, options: argparse.Namespace) -> int:
    ui.result(json.dumps(guests.stop_listening(lab, options.name, options.from_host), ensure_ascii=False))
    return 0


def _names(command: argparse.ArgumentParser, count: str) -> None:
    command.add_argument(
        "names", nargs=count, metavar="NAME", help="any libvirt name; after -- it may begin with a dash"
    )


def _add_add(commands: _Commands[argparse.ArgumentParser]) -> None:
    add = commands.add_parser(
        "add", help="define and start guests", description="Define and start guests, and wait for them."
    )
    _names(add, "+")
    add.add_argument("--host", default="xen-a", choices=HOST_NAMES, help="where (default: xen-a)")
    add.add_argument("--kind", default="pvh", choices=guest_xml.KINDS, help="default: pvh (only pvh can move live)")
    add.add_argument(
        "--memory", type=int, default=128, metavar="MIB", help="default: 128; a move takes the longer the more"
    )
    add.add_argument(
        "--disk", default="none", choices=["none", "shared"], help="shared: a slice of the hosts' shared disk"
    )
    add.add_argument("--transient", action="store_true", help="without a persistent definition")
    add.add_argument("--inactive", action="store_true", help="define only")
    add.add_argument("--autostart", action="store_true", help="marked to start with its host")
    add.add_argument("--no-wait", dest="wait", action="store_false", help="do not wait until it ticks and answers ping")
    add.set_defaults(handler=_add)


def _add_silence(commands: _Commands[argparse.ArgumentParser]) -> None:
    silence = commands.add_parser("silence", help="measure how long a guest is silent, by ping")
    changes = silence.add_subparsers(required=True, metavar="start|stop")
    handlers: list[tuple[str, str, Callable[[Lab, argparse.Namespace], int]]] = [
        ("start", "begin to ping it", _silence_start),
        ("stop", "end, and print the longest silence in seconds (JSON)", _silence_stop),
    ]
    for name, text, handler in handlers:
        command = changes.add_parser(name, help=text, description=text)
        command.add_argument("name", metavar="NAME")
        command.add_argument(
            "--from", dest="from_host", default="xen-b", choices=HOST_NAMES, help="who pings (default: xen-b)"
        )
        command.add_argument("--interval", type=float, default=0.2, help="seconds between pings (default: 0.2)")
        command.set_defaults(handler=handler)


def add_commands(commands: _Commands[argparse.ArgumentParser]) -> None:
    """Add `guest` and all that belongs to it."""
    guest = commands.add_parser("guest", help="guests: add, remove, list, ticks, silence")
    own = guest.add_subparsers(required=True, metavar="COMMAND")
    _add_add(own)
    remove = own.add_parser("remove", help="destroy and undefine guests on every host")
    _names(remove, "*")
    remove.add_argument("--all", action="store_true", help="every domain on every host, whoever made it")
    remove.set_defaults(handler=_remove)
    listed = own.add_parser("list", help="every domain on every running host")
    listed.add_argument("--json", action="store_true", help="for programs")
    listed.set_defaults(handler=_list)
    ticks = own.add_parser("ticks", help="a guest's newest tick, wherever it was heard")
    ticks.add_argument("name", metavar="NAME")
    ticks.add_argument("--json", action="store_true", help="for programs")
    ticks.set_defaults(handler=_ticks)
    _add_silence(own)
