# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a task's options to one wish for each domain."""

from __future__ import annotations

import pytest

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Host, Wish
from ansible_collections.xenfleet.migration.plugins.module_utils._core.wish import make_wishes

HOSTS = (Host("xen-a", "xen+ssh://a/"), Host("xen-b", "xen+ssh://b/"))


def test_names_all_go_to_the_one_host() -> None:
    assert make_wishes(["w", "d"], "xen-a", None, None, HOSTS) == (Wish("w", "xen-a"), Wish("d", "xen-a"))


def test_a_placement_names_each_domain_s_host() -> None:
    made = make_wishes(None, None, {"w": "xen-b", "d": "xen-a"}, None, HOSTS)
    assert made == (Wish("w", "xen-b"), Wish("d", "xen-a"))


def test_a_new_name_is_the_final_one() -> None:
    (wish,) = make_wishes(["w"], "xen-a", None, "w2", HOSTS)
    assert (wish.new_name, wish.final_name) == ("w2", "w2")


def test_a_new_name_that_is_the_old_one_is_none() -> None:
    (wish,) = make_wishes(["w"], "xen-a", None, "w", HOSTS)
    assert (wish.new_name, wish.final_name) == (None, "w")


def test_names_may_be_in_any_script() -> None:
    assert make_wishes(["почта 1"], "xen-a", None, None, HOSTS) == (Wish("почта 1", "xen-a"),)


REFUSED = {
    "no name": ([], "xen-a", None, None, "No domain is named"),
    "neither names nor a placement": (None, "xen-a", None, None, "No domain is named"),
    "an empty placement": (None, None, {}, None, "No domain is named"),
    "an empty name": ([""], "xen-a", None, None, "is empty"),
    "a name of spaces": (["  "], "xen-a", None, None, "is empty"),
    "a name with a slash": (["a/b"], "xen-a", None, None, "which libvirt refuses"),
    "a name with a newline": (["a\nb"], "xen-a", None, None, "which libvirt refuses"),
    "a name twice": (["w", "d", "w"], "xen-a", None, None, "Domain w is named twice"),
    "no host": (["w"], None, None, None, "No host is given for domain w"),
    "an unknown host": (["w"], "xen-c", None, None, "xen-c, which is unknown. Known hosts: xen-a, xen-b"),
    "an unknown host in a placement": (
        None,
        None,
        {"w": "xen-a", "d": "xen-c"},
        None,
        "Domain d is to be on host xen-c",
    ),
    "an empty host in a placement": (None, None, {"w": None}, None, "No host is given for domain w"),
    "a new name for two": (["w", "d"], "xen-a", None, "x", "can be given to one domain only, and 2 are named"),
    "an empty new name": (["w"], "xen-a", None, "", "new name '' is empty"),
    "a new name with a slash": (["w"], "xen-a", None, "a/b", "which libvirt refuses"),
}


@pytest.mark.parametrize(("names", "host", "placement", "new_name", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_a_task_is_refused_with(
    names: list[str] | None, host: str | None, placement: dict[str, str] | None, new_name: str | None, sentence: str
) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        make_wishes(names, host, placement, new_name, HOSTS)
