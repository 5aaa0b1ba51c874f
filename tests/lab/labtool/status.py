# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
"""What runs, for people and for programs."""

from __future__ import annotations

import json
from dataclasses import asdict

from labtool import network
from labtool.lab import Lab
from labtool.recipe import NETWORK_ADDRESSES
from labtool.remote import libvirt_uri


def _rows(lab: Lab) -> list[dict[str, str | int]]:
    return [
        {
            "host": host.name,
            "release": host.release,
            "state": ("running" if host.ready else "starting") if host.running else "off",
            "ssh_port": host.ssh_port,
            "address": NETWORK_ADDRESSES[host.name],
            "link": "cut" if network.is_cut(lab.paths, host.name) else "whole",
        }
        for host in lab.store.read().hosts.values()
    ]


def as_json(lab: Lab) -> str:
    """Hosts, each with its libvirt URI, and the guests the lab knows."""
    state = lab.store.read()
    hosts = [{**row, "uri": libvirt_uri(lab.paths, state.host(str(row["host"])))} for row in _rows(lab)]
    guests = [asdict(guest) for guest in state.guests.values()]
    return json.dumps({"hosts": hosts, "guests": guests}, indent=2, ensure_ascii=False)


def table(lab: Lab) -> str:
    """One line for each host."""
    rows = _rows(lab)
    if not rows:
        return "no hosts (run: xenlab up)"
    lines = [list(rows[0]), *([str(value) for value in row.values()] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
