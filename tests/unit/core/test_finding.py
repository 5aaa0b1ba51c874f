# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The codes of findings, and what becomes of those that a user accepts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.xenfleet.migration.plugins.module_utils._core import finding
from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.xenfleet.migration.plugins.module_utils._core.finding import (
    CODES,
    Accepted,
    accept,
    check_codes,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Finding, Severity

CORE = Path(finding.__file__).parent
DOCS = Path(__file__).resolve().parents[3] / "docs" / "findings.md"


def test_every_code_that_is_used_is_known_and_every_known_one_is_used() -> None:
    text = "".join(path.read_text() for path in CORE.glob("*.py") if path.name != "finding.py")
    words = set(re.findall(r'"([a-z_]+)"', text))
    assert set(CODES) - words == set()
    assert set(re.findall(r'Finding\(\s*"([a-z_]+)"', text)) - set(CODES) == set()


def test_the_documentation_tells_every_code_and_whether_it_can_be_accepted() -> None:
    rows = dict(re.findall(r"^\| `([a-z_]+)` \|.*\| (yes|no) \|$", DOCS.read_text(), re.MULTILINE))
    assert rows == {code: "yes" if can is Accepted.IF_ASKED else "no" for code, can in CODES.items()}


STEPS = {
    Severity.BLOCKS: Severity.WARNS,
    Severity.WARNS: Severity.INFORMS,
    Severity.INFORMS: Severity.INFORMS,
}


@pytest.mark.parametrize(("found", "then"), STEPS.items())
def test_what_is_accepted_is_one_step_milder_and_nothing_else_is(found: Severity, then: Severity) -> None:
    findings = [Finding("cpu_features", "x", found), Finding("bridge_missing", "y", found)]
    assert [item.severity for item in accept(findings, {"cpu_features"})] == [then, found]


@pytest.mark.parametrize(
    ("code", "why"), [("domain_missing", "can't be accepted"), ("typo", "is no code"), ("", "is no code")]
)
def test_a_code_that_can_t_be_accepted_is_refused_with_those_that_can(code: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=rf"^'{code}' {why}.*bridge_missing, cpu_features"):
        check_codes(["cpu_features", code])


def test_codes_that_can_be_accepted_are() -> None:
    assert check_codes(["cpu_features", "not_checked"]) == {"cpu_features", "not_checked"}
