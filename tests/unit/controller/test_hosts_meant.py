# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which hosts are meant: patterns are resolved no more often than needed, and no error repeats what may be a URI."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.xenfleet.migration.plugins.plugin_utils._hosts_meant import from_json, host_names

KNOWN = {"xen_hosts": ["xen-a", "xen-b"], "xen-a": ["xen-a"], "xen-b": ["xen-b"]}

ASKED = {
    "nothing": (None, [["xen_hosts"]]),
    "spaces": ("  ", [["xen_hosts"]]),
    "a group": (" xen_hosts ", [["xen_hosts"]]),
    "a list of one": (["xen-a"], [["xen-a"]]),
    "a list": (["xen-a", "xen-b"], [["xen-a", "xen-b"], ["xen-a"], ["xen-b"]]),
    "a list with an exclusion": (["xen_hosts", "!xen-b"], [["xen_hosts", "!xen-b"], ["xen_hosts"]]),
}


@pytest.mark.parametrize(("hosts", "asked"), ASKED.values(), ids=ASKED.keys())
def test_patterns_are_resolved_once_together_and_once_each_of_several(hosts: object, asked: list[list[str]]) -> None:
    seen: list[list[str]] = []

    def matching(patterns: list[str]) -> list[str]:
        seen.append(patterns)
        return [name for pattern in patterns for name in KNOWN.get(pattern, [])]

    assert host_names(hosts, matching)
    assert seen == asked


SECRET = "xen+ssh://root:hunter2@192.0.2.11/system"
REFUSED: dict[str, tuple[Any, str]] = {
    "a URI": (SECRET, "hosts holds a URI without the name of a host: give a group"),
    "a URI in a list": (["xen-a", SECRET], "hosts holds a URI"),
    "a URI behind a name, as in YAML": (f"xen-a: {SECRET}", "hosts holds a URI"),
    "a user and a password": ("root:hunter2@xen-a", "hosts holds a URI"),
    "a dictionary in a list": ([{"xen-a": SECRET}], "hosts is neither a text nor a list of texts: give a group"),
    "a list in a list": ([[SECRET]], "hosts is neither a text"),
    "a number": (5, "hosts is neither a text"),
    "yes": (True, "hosts is neither a text"),
    "bytes": (SECRET.encode(), "hosts is neither a text"),
    "an empty text in a list": (["xen-a", " "], "hosts is neither a text"),
    "an unknown host": ("xen-z", "hosts names 'xen-z', which matches no host of the inventory."),
    "a path": ("../../etc/passwd", "which matches no host"),
    "only an exclusion": ("!xen-a", "together leave no host"),
}


@pytest.mark.parametrize(("hosts", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_hosts_are_refused_that_are(hosts: object, sentence: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        host_names(hosts, lambda patterns: [name for pattern in patterns for name in KNOWN.get(pattern, [])])
    assert sentence in str(refusal.value)
    assert "hunter2" not in str(refusal.value)


JSON: dict[str, tuple[object, object]] = {
    "a dictionary": (' {"xen-a": "u"}', {"xen-a": "u"}),
    "a list": ('["xen-a"]', ["xen-a"]),
    "a pattern": ("xen-[ab]", "xen-[ab]"),
    "no text": ({"xen-a": "u"}, {"xen-a": "u"}),
    "nothing": (None, None),
}


@pytest.mark.parametrize(("text", "value"), JSON.values(), ids=JSON.keys())
def test_json_may_stand_for(text: object, value: object) -> None:
    assert from_json(text) == value


BROKEN = {
    "the rest of which is missing": '{"xen-a": "hunter2',
    "with a password where a comma should be": '{"xen-a": "u" hunter2}',
    "in single quotes": "{'xen-a': 'hunter2'}",
    "with a list that is none": "[xen-a, hunter2]",
    "nested without an end": "[" * 200_000,
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())
def test_json_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"hosts .*JSON") as refusal:
        from_json(text)
    assert "hunter2" not in str(refusal.value)
