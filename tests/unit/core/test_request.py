# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits that can't be meant, and those that are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from make import domain, host, move, shut_off

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.xenfleet.migration.plugins.module_utils._core.migration import Request
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Move, OnTimeout


@pytest.mark.parametrize(
    ("limit", "value"),
    [
        ("bandwidth", 0.0),
        ("bandwidth", float("inf")),
        *((name, value) for name in ("bandwidth", "timeout") for value in (-1.0, float("nan"))),
    ],
)
def test_a_limit_must_be_above_0(limit: str, value: float) -> None:
    with pytest.raises(InvalidInput, match=f"{limit} is"):
        Request((), (), **{limit: value})  # type: ignore[arg-type]


BIG = move(domain(mib=64 * 1024))
SHARED = (host("xen-b", bandwidth=1.0), host("xen-a", bandwidth=1024.0))
LIMITS: dict[str, tuple[dict[str, Any], Move, float | None]] = {
    "worked out from memory": ({}, move(domain(mib=512)), 300 + 6 * 512 / 10),
    "worked out from memory and bandwidth": ({}, replace(BIG, bandwidth=1024.0), 300 + 6 * 64),
    "worked out for a host's total that others share": (
        {"hosts": SHARED},
        replace(BIG, bandwidth=1024.0),
        300 + 6 * 256,
    ),
    "worked out for what is less than a share": ({"hosts": SHARED}, replace(BIG, bandwidth=128.0), 300 + 6 * 512),
    "none for a domain without memory": ({}, move(shut_off()), None),
    "what was asked for": ({"timeout": 7.5}, move(domain()), 7.5),
    "what was asked for, without memory too": ({"timeout": 7.5}, move(shut_off()), 7.5),
    "none where 0 was asked for": ({"timeout": 0.0}, move(domain()), None),
}


@pytest.mark.parametrize(("given", "made", "seconds"), LIMITS.values(), ids=LIMITS.keys())
def test_the_limit_of_a_move_is(given: dict[str, Any], made: Move, seconds: float | None) -> None:
    request = Request(**{"hosts": (), "wishes": (), "on_timeout": OnTimeout.WAIT, **given})
    limit = request.limit_of(made)
    assert (limit.seconds, limit.on_timeout) == (
        seconds if seconds is None else pytest.approx(seconds, abs=0.5),
        "wait",
    )
    assert limit.by_default is ("timeout" not in given and seconds is not None)
    assert request.limit.seconds == (given.get("timeout") or None)
