# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
"""The command line."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from labtool import guest_cli, network, remote, status, ui
from labtool.errors import LabError
from labtool.inventory import inventory
from labtool.lab import Lab
from labtool.paths import Paths
from labtool.recipe import HOST_NAMES, releases_per_host

_Handler = Callable[[Lab, argparse.Namespace], int]


def _up(lab: Lab, options: argparse.Namespace) -> int:
    lab.up(releases_per_host(options.hosts, options.release))
    ui.result(status.table(lab))
    return 0


def _down(lab: Lab, _options: argparse.Namespace) -> int:
    lab.down()
    return 0


def _reset(lab: Lab, _options: argparse.Namespace) -> int:
    lab.reset()
    return 0


def _status(lab: Lab, options: argparse.Namespace) -> int:
    ui.result(status.as_json(lab) if options.json else status.table(lab))
    return 0


def _inventory(lab: Lab, _options: argparse.Namespace) -> int:
    ui.result(inventory(lab.paths, lab.store.read()))
    return 0


def _ssh(lab: Lab, options: argparse.Namespace) -> int:
    host = lab.store.read().host(options.host)
    words = options.words[1:] if options.words[:1] == ["--"] else options.words
    command = remote.ssh_command(lab.paths, host.name)
    os.execvp(command[0], [*command, "--", *words])


def _console(lab: Lab, options: argparse.Namespace) -> int:
    host = lab.store.read().host(options.host)
    follow = ["--follow"] if options.follow else []
    os.execvp("tail", ["tail", "--lines=200", *follow, str(lab.paths.serial(host.name))])


def _link(lab: Lab, options: argparse.Namespace) -> int:
    name = lab.store.read().host(options.host).name
    if options.change == "cut":
        network.cut(lab.paths, name)
    else:
        network.restore(lab.paths, name)
    return 0


def _host(lab: Lab, options: argparse.Namespace) -> int:
    if options.change in ("kill", "restart"):
        lab.kill(options.host)
    if options.change in ("start", "restart"):
        lab.boot(options.host)
    if options.change in ("freeze", "thaw"):
        lab.freeze(options.host, still=options.change == "freeze")
    return 0


def _add_lab_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    up = commands.add_parser("up", help="have the hosts run", description="Have the hosts run. Those that do are kept.")
    up.add_argument("--hosts", type=int, default=2, choices=range(1, len(HOST_NAMES) + 1), help="how many (default: 2)")
    up.add_argument(
        "--release",
        action="append",
        default=[],
        metavar="NUMBER",
        help="Debian release, 12 (default) or 13: one for all, or one per host (repeated, or with commas)",
    )
    up.set_defaults(handler=_up)
    commands.add_parser("down", help="end everything that runs").set_defaults(handler=_down)
    commands.add_parser("reset", help="all hosts back to their clean state, guests gone").set_defaults(handler=_reset)
    shown = commands.add_parser("status", help="what runs")
    shown.add_argument("--json", action="store_true", help="for programs")
    shown.set_defaults(handler=_status)
    commands.add_parser("inventory", help="an Ansible inventory of the lab (YAML)").set_defaults(handler=_inventory)


def _add_host_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    ssh = commands.add_parser("ssh", help="run a command on a host, or log in")
    ssh.add_argument("host", metavar="HOST")
    ssh.add_argument(
        "words", nargs=argparse.REMAINDER, metavar="COMMAND", help="as ssh takes it: joined, then a shell's"
    )
    ssh.set_defaults(handler=_ssh)
    console = commands.add_parser("console", help="the serial console log of a host")
    console.add_argument("host", metavar="HOST")
    console.add_argument("--follow", action="store_true", help="go on showing what comes")
    console.set_defaults(handler=_console)
    link = commands.add_parser("link", help="cut or restore a host's link to the other hosts")
    link.add_argument("change", choices=["cut", "restore"])
    link.add_argument("host", metavar="HOST")
    link.set_defaults(handler=_link)
    host = commands.add_parser(
        "host", help="power loss, boot and standstill of a host", description="kill is a power loss"
    )
    host.add_argument("change", choices=["kill", "start", "restart", "freeze", "thaw"])
    host.add_argument("host", metavar="HOST")
    host.set_defaults(handler=_host)


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    whole = argparse.ArgumentParser(prog="xenlab", description="Real Xen hosts in QEMU on this machine.")
    commands = whole.add_subparsers(required=True, metavar="COMMAND")
    _add_lab_commands(commands)
    _add_host_commands(commands)
    guest_cli.add_commands(commands)
    return whole


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit status is 0, or 1 with a sentence on stderr."""
    options = parser().parse_args(arguments)
    handler: _Handler = options.handler
    try:
        return handler(Lab(Paths.from_environment()), options)
    except LabError as error:
        ui.say(f"xenlab: {error}")
        return 1
    except KeyboardInterrupt:
        ui.say("xenlab: interrupted")
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 1
