# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Preflight on real hosts: what is asked for and can't be had there, and who can't do it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.e2e.test_preflight import WELL, found
from tests.support.lab import Lab
from tests.support.playbooks import Playbooks

PLAIN_USER = "oper"

WISHES: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    # what is asked for besides the host, and what is found
    "a move that can't be stopped, as its guest stands still": (
        {"live": False, "timeout": 60},
        {**WELL, "abort_impossible": "blocks"},
    ),
    "such a move that is to be seen through": ({"live": False, "timeout": 60, "on_timeout": "wait"}, WELL),
    "a new name that another domain has": ({"new_name": "other"}, {**WELL, "name_taken": "blocks"}),
    "a new name": ({"new_name": "renamed"}, WELL),
    "a limit for what goes encrypted": ({"encrypted": True, "bandwidth": 10}, {"bandwidth_impossible": "blocks"}),
}
ADDRESSES = {"not its own": "10.77.0.99", "one of IPv6": "fd00::12"}


@pytest.fixture
def same_address(lab: Lab) -> Iterator[Callable[[], str]]:
    """Give xen-a the address by which xen-b is known: all that xen-b has, the source has then, too."""
    yield lambda: lab.xenlab("ssh", "xen-a", "ip address add 10.77.0.12/32 dev lo")
    lab.xenlab("ssh", "xen-a", "ip address del 10.77.0.12/32 dev lo")


@pytest.mark.long
def test_what_is_asked_for_and_can_not_be_had_is_found(
    lab: Lab, guests: Callable[..., None], playbooks: Playbooks, same_address: Callable[[], str]
) -> None:
    guests("well")
    guests("other", options=("--inactive",))
    for case, (wish, expected) in WISHES.items():
        assert found(lab, playbooks, "well", "xen-b", **wish) == expected, case
    assert found(lab, playbooks, "well", "xen-a", new_name="renamed") == {"rename_in_place": "blocks"}

    for case, address in ADDRESSES.items():
        there = {"xen-b": {"uri": lab.uris["xen-b"], "migration_address": address}}
        assert found(lab, playbooks, "well", "xen-b", records=there) == {"address_unusable": "blocks"}, case
    same_address()
    assert found(lab, playbooks, "well", "xen-b") == {"address_unknown": "blocks"}


@pytest.fixture
def plain_user(lab: Lab) -> Iterator[str]:
    """Have somebody on xen-a who isn't root; return the URI of that login."""
    lab.xenlab("ssh", "xen-a", f"useradd --create-home --shell /bin/sh --password '*' {PLAIN_USER}")
    yield lab.uris["xen-a"].replace("root@", f"{PLAIN_USER}@")
    lab.xenlab("ssh", "xen-a", f"pkill -u {PLAIN_USER}; userdel --remove {PLAIN_USER}")


def test_what_only_root_can_do_on_a_host_is_told_before(
    lab: Lab, guests: Callable[..., None], playbooks: Playbooks, plain_user: str
) -> None:
    """Whoever is no member of libvirt's group may look only, which a check alone doesn't show: it changes nothing."""
    guests("well")
    only_root = {"abort_impossible": "blocks", "bandwidth_impossible": "blocks", "not_checked": "warns"}
    wish: dict[str, Any] = {"timeout": 60, "bandwidth": 10, "records": {"xen-a": plain_user}}
    assert found(lab, playbooks, "well", "xen-b", **wish) == {**WELL, **only_root, "changes_refused": "blocks"}

    lab.xenlab("ssh", "xen-a", f"usermod --append --groups libvirt {PLAIN_USER}")
    assert found(lab, playbooks, "well", "xen-b", **wish) == {**WELL, **only_root}


def test_a_guest_that_can_not_be_copied_while_it_runs_is_found(
    lab: Lab, guests: Callable[..., None], playbooks: Playbooks
) -> None:
    """The lab's Xen has no shadow paging, which a PV domain would need."""
    guests("paravirtual", options=("--kind", "pv"))
    assert found(lab, playbooks, "paravirtual", "xen-b") == {**WELL, "live_impossible": "blocks"}
    assert found(lab, playbooks, "paravirtual", "xen-b", live=False, on_timeout="wait") == WELL
