# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host tells of itself by a shell, private to this collection: one command asks for all of it, one login is enough."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Mapping

from .._core.errors import HypervisorError
from .._core.evidence import XenCopy, XenState
from .._core.model import HostFacts, Kind
from .host_throttle import FACTS, read_lacks
from .host_writing import PLACES, read_obstacles
from .sections import in_sections, read_or_none, split_sections, untold
from .shell import Shell
from .xen_list import LIST, read_copies

_ACTION = "tell what it is like"

# As few programs as possible, for each takes its time on a busy host, and nothing is asked twice. printf, because dash's echo
# would change what it is given.
_XEN = """xen=$(xl info); printf '%s\\n' "$xen\""""
# xen-cpuid is in no path. Debian has a directory for each release of Xen, and `xl` works with the running one's only.
_CPUID = """release=${xen#*
xen_version}; release=${release#*: }; minor=${release#*.}; release=${release%%.*}.${minor%%[!0-9]*}
for cpuid in "/usr/lib/xen-$release/bin/xen-cpuid" /usr/sbin/xen-cpuid; do [ ! -x "$cpuid" ] || { "$cpuid"; break; }; done"""
# Of all links the kernel has a directory so called only for bridges.
_BRIDGES = (
    'for bridge in /sys/class/net/*/bridge; do [ ! -d "$bridge" ] || { bridge=${bridge%/bridge}; echo "${bridge##*/}"; }; done;'
    " [ ! -d /sys/class/net ] || echo end"
)
# Guests write that entry: xenstore-read itself prints what is no letter in another way, so none of them makes a new line.
# It ends at the first domain that has none, one that is just being taken down, say; then each is asked for by itself.
_SUSPENDABLE = (
    'set --; for id in $(xenstore-list /local/domain); do set -- "$@" "/local/domain/$id/control/feature-suspend"; done;'
    ' xenstore-read -p "$@" 2>/dev/null || for path in "$@"; do xenstore-read -p "$path" 2>/dev/null; done'
)
SECTIONS: Mapping[str, str] = {
    "addresses": "ip -json address show",
    "bridges": _BRIDGES,
    "xen": _XEN,
    "domains": LIST,
    "suspendable": _SUSPENDABLE,
    "cpu": _CPUID,
    "user": """user=$(id -u); echo "$user\"""",
    "throttle": FACTS,
    "writing": PLACES,
}
COMMAND = in_sections(SECTIONS)

_ENTRY = re.compile(r"/local/domain/(\d+)/control/feature-suspend: (.*)")
_CPU_SETS: Mapping[Kind, str] = {Kind.PV: "PV", Kind.PVH: "HVM", Kind.HVM: "HVM"}
"""xen-cpuid's name of the features that a guest of this kind gets."""


def ask_facts(shell: Shell) -> HostFacts:
    """Return what the host told; what it didn't is None, and ``problem`` says why."""
    try:
        output, complaint = shell.ask(COMMAND, _ACTION)
    except HypervisorError as error:
        return HostFacts(root=False, problem=str(error))
    return read_facts(output, complaint)


def read_facts(output: str, complaint: str) -> HostFacts:
    """Read the answer to ``COMMAND``."""
    sections = split_sections(output)
    xen = read_or_none(_settings, sections.get("xen", ""))
    copies = read_or_none(read_copies, sections.get("domains", ""))
    root = read_or_none(lambda text: int(text) == 0, sections.get("user", ""))
    values = {
        "addresses": read_or_none(_addresses, sections.get("addresses", "")),
        "bridges": read_or_none(_bridges, sections.get("bridges", "")),
        "shadow_paging": "shadow" in xen["virt_caps"].split() if xen and "virt_caps" in xen else None,
        "xen_version": read_or_none(_version, (xen or {}).get("xen_version", "")),
        "running": None if copies is None else {uuid: copy.name for uuid, copy in copies.items()},
        "suspended": None if copies is None else _suspended(copies),
        "suspendable": read_or_none(_suspendable, sections.get("suspendable", "")),
        "cpu_given": read_or_none(lambda text: _cpu_features(text, "Default"), sections.get("cpu", "")),
        "cpu_possible": read_or_none(lambda text: _cpu_features(text, "Max"), sections.get("cpu", "")),
        "root": root,
        "throttling": read_or_none(read_lacks, sections.get("throttle", "")),
        "writing": read_or_none(read_obstacles, sections.get("writing", "")),
    }
    missing = [name.replace("_", " ") for name, value in values.items() if value is None]
    problem = untold(missing, root, complaint)
    leaving = frozenset(uuid for uuid, copy in (copies or {}).items() if copy.leaving)
    return HostFacts(**values, leaving=leaving, problem=problem)  # type: ignore[arg-type]  # each value is made for its field


def _addresses(text: str) -> tuple[str, ...]:
    found = [
        ipaddress.ip_interface(f"{address['local']}/{address['prefixlen']}")
        for interface in json.loads(text)
        for address in interface.get("addr_info", ())
        if address.get("scope") == "global"
    ]
    return tuple(str(address) for address in found)


def _bridges(text: str) -> tuple[str, ...]:
    *names, end = text.splitlines() or [""]
    if end != "end":
        raise ValueError(text)
    return tuple(sorted(names))


def _settings(text: str) -> dict[str, str]:
    lines = (line.partition(":") for line in text.splitlines() if ":" in line)
    return {name.strip(): value.strip() for name, _colon, value in lines}


def _version(text: str) -> tuple[int, int]:
    major, minor = text.split(".")[:2]
    return int(major), int(minor)


def _suspended(copies: Mapping[str, XenCopy]) -> frozenset[str]:
    return frozenset(uuid for uuid, copy in copies.items() if copy.state is XenState.SUSPENDED)


def _suspendable(text: str) -> frozenset[int]:
    """Read the Xen ids of the domains whose kernel can take part in its own suspension. Domain-0 always answers."""
    rows = [_ENTRY.fullmatch(line) for line in text.splitlines()]
    if not rows:
        raise ValueError(text)
    # The entry is there and empty until the guest's kernel has come far enough.
    return frozenset(int(row[1]) for row in rows if row[2] == "1")  # type: ignore[index]  # read_or_none knows


def _cpu_features(text: str, which: str) -> dict[Kind, dict[str, int]]:
    """Read ``xen-cpuid``: by kind of guest the bits of each feature word, as the host gives them by default or at most."""
    dynamic = text.partition("Dynamic sets:")[2]
    keys = next((line.split()[1:] for line in text.splitlines() if line.split()[:1] == ["KEY"]), [])
    rows = {line[:32].strip(): line[32:].strip() for line in dynamic.splitlines()}
    return {kind: _words(keys, rows[f"{name} {which}"]) for kind, name in _CPU_SETS.items()}


def _words(keys: list[str], row: str) -> dict[str, int]:
    return {key: int(word, 16) for key, word in zip(keys, row.split(":"))}
