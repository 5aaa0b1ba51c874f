# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far hosts have come in a maintenance, in words."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.xenfleet.migration.plugins.filter.maintenance_summary import maintenance_summary


def test_hosts_in_one_phase_share_a_sentence() -> None:
    done = {"phase": "done", "error": ""}
    assert maintenance_summary({"xen-a": done, "xen-b": done, "xen-c": done}) == "xen-a, xen-b and xen-c are done."
    assert maintenance_summary({"xen-a": done, "xen-b": {}}) == "xen-a is done. xen-b has had no turn."


@pytest.mark.parametrize(
    ("phase", "words"),
    [
        ("maintained", "has been maintained, and its domains are not all known to be home"),
        ("drained", "is empty, and its maintenance is not over"),
        ("begun", "is not known to be empty"),
    ],
)
def test_what_went_wrong_is_told_where_the_host_is(phase: str, words: str) -> None:
    assert maintenance_summary({"xen-a": {"phase": phase, "error": "Look: no."}}) == f"xen-a {words}: Look: no."


@pytest.mark.parametrize("bad", [None, ["xen-a"], {"xen-a": "done"}])
def test_what_tells_nothing_of_hosts_is_refused(bad: object) -> None:
    with pytest.raises(AnsibleFilterError, match="A dictionary of hosts"):
        maintenance_summary(bad)
