# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A result as a task returns it: two hosts drained to a third by moves that overlap; one was stopped, one is blocked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

BEGAN = 1_795_000_000.0
"""2026-11-18T11:06:40Z."""
HOST_MIB = 65_536
HOSTILE = (
    "<script>document.title='run'</script>",
    "a&amp;b",
    '"><img src=x onerror="document.title=\'run\'">',
    "{{ 7 * 7 }}",
    "'; style='left:0",
    "very-long-name-" * 12,
)
"""Names that a page must show as they are, and do nothing with."""

_DOMAINS = [
    ("web01", 4096, 0.0, 48.2, 0.41),
    ("web02", 4096, 1.2, 47.1, 0.38),
    ("web03", 4096, 2.4, 49.9, 1.72),
    ("cache01", 8192, 3.0, 95.4, 0.66),
    ("db01", 16384, 48.9, 171.3, 2.05),
    ("db02", 16384, 50.0, 183.8, 1.94),
    ("mail01", 2048, 52.8, 26.0, 0.35),
    ("ldap01", 1024, 79.2, 14.4, 0.29),
    ("build-runner-amd64-07", 8192, 98.7, 88.5, None),
    ("backup01", 4096, 94.1, 52.6, 0.44),
    ("monitor01", 2048, 147.0, 27.7, 0.31),
    ("wiki", 512, 175.2, 11.9, 0.27),
]


def drained() -> dict[str, Any]:
    """Return a new result of twelve moves, of which one was aborted; a thirteenth domain was blocked."""
    moves = [_move(number, *domain) for number, domain in enumerate(_DOMAINS)]
    aborted = moves[8]
    stay = {aborted["domain"], "gpu01"}
    everything = [(domain[0], domain[1]) for domain in _DOMAINS] + [("gpu01", 8192)]
    before = {"xen-a": [*everything[0:6], everything[8]], "xen-b": everything[6:8] + everything[9:], "xen-c": []}
    after = {host: [domain for domain in domains if domain[0] in stay] for host, domains in before.items()}
    after["xen-c"] = [domain for domain in everything if domain[0] not in stay]
    return {
        "changed": True,
        "failed": True,
        "msg": "Moved 11 domains to xen-c. build-runner-amd64-07 runs on xen-a and only there. gpu01 is blocked.",
        "moves": moves,
        "plan": [_planned(move, mib) for move, (_name, mib, *_times) in zip(moves, _DOMAINS, strict=True)],
        "blocked": [
            {
                "domain": "gpu01",
                "host": "xen-b",
                "code": "host_devices",
                "reason": "Domain gpu01 uses a device of its host (PCI 0000:03:00.0).",
            }
        ],
        "findings": _findings(),
        "domains": {name: {"name": name, "host": "xen-c", "state": "running"} for name, _mib in after["xen-c"]},
        "hosts": {"before": _hosts(before), "after": _hosts(after)},
    }


def hostile() -> dict[str, Any]:
    """Return the same, with texts in every place that would break a page which trusted them."""
    result = drained()
    for number, name in enumerate(HOSTILE):
        result["moves"][number] |= {"domain": name, "source": name, "destination": name, "error": f"Error of {name}."}
        result["plan"][number] |= {"domain": name, "reason": f"Because of {name}."}
        result["blocked"].append({"domain": name, "host": name, "code": name, "reason": f"Reason of {name}."})
        result["findings"].append({"code": name, "severity": name, "domain": name, "message": f"Finding of {name}."})
        result["hosts"]["after"][name] = {"problem": f"Problem of {name}."}
    return result


def _move(number: int, name: str, _mib: int, started: float, duration: float, pause: float | None) -> dict[str, Any]:
    aborted = number == 8
    source = "xen-a" if number < 6 or aborted else "xen-b"
    error = (
        f"Domain {name} was stopped on its way from {source} to xen-c after 88.5 s, because it may take 88 s."
        f" It runs on {source} and only there.\nLook at the network between {source} and xen-c, then run the task again."
    )
    return {
        "domain": name,
        "uuid": f"0f1b1c52-6a53-4d0e-a6d7-{number:012x}",
        "source": source,
        "destination": "xen-c",
        "new_name": None,
        "live": True,
        "encrypted": False,
        "address": "192.0.2.13",
        "status": "aborted" if aborted else "moved",
        "started": BEGAN + started,
        "duration": duration,
        "pause": pause,
        "bandwidth": None,
        "timeout": 88.0 if aborted else 720.0,
        "stopped_because": "timeout" if aborted else None,
        "error": error if aborted else None,
    }


def _planned(move: dict[str, Any], mib: int) -> dict[str, Any]:
    keys = ("domain", "uuid", "source", "destination")
    reason = f"{move['source']} is to be drained; xen-c has the most memory free of the hosts that can run it."
    return {**{key: move[key] for key in keys}, "memory_mib": mib, "reason": reason}


def _findings() -> list[dict[str, Any]]:
    told = [
        (
            "host_devices",
            "blocks",
            "gpu01",
            "Domain gpu01 uses a device of its host (PCI 0000:03:00.0), which can't move.",
        ),
        (
            "cpu_features",
            "warns",
            "db01",
            "Domain db01 may use features of xen-a's CPU that xen-c's lacks: avx512f, avx512bw.",
        ),
        ("not_checked", "warns", None, "Whether the bridge br-dmz of xen-c leads where xen-b's does was not checked."),
        ("plain_transport", "informs", None, "Memory travels unencrypted from xen-a and xen-b to xen-c."),
    ]
    return [dict(zip(("code", "severity", "domain", "message"), finding, strict=True)) for finding in told]


def _hosts(domains: dict[str, list[tuple[str, int]]]) -> dict[str, Any]:
    sizes = {"xen-a": HOST_MIB, "xen-b": HOST_MIB // 2, "xen-c": HOST_MIB * 3 // 2}
    return {host: _host(sizes[host], on_it) for host, on_it in domains.items()}


def _host(mib: int, domains: Sequence[tuple[str, int]]) -> dict[str, Any]:
    used = 2048 + sum(of_it for _name, of_it in domains)  # the rest is Domain-0's
    records = [
        {"name": name, "uuid": f"uuid of {name}", "state": "running", "memory_mib": of_it} for name, of_it in domains
    ]
    return {
        "memory_mib": mib,
        "free_mib": mib - used,
        "domains": records,
    }
