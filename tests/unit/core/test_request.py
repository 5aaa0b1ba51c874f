# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits that can't be meant."""

from __future__ import annotations

import pytest

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.xenfleet.migration.plugins.module_utils._core.migration import Request


@pytest.mark.parametrize("limit", ["bandwidth", "timeout"])
@pytest.mark.parametrize("value", [0.0, -1.0, float("nan")])
def test_a_limit_must_be_above_0(limit: str, value: float) -> None:
    with pytest.raises(InvalidInput, match=f"{limit} is"):
        Request((), (), **{limit: value})  # type: ignore[arg-type]
