# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the destination has the very disks of a domain."""

from __future__ import annotations

from dataclasses import replace

import pytest
from make import domain, move, shut_off

from ansible_collections.xenfleet.migration.plugins.module_utils._core.check_storage import check_storage
from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import HypervisorError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import (
    Disk,
    Finding,
    Needs,
    Severity,
    Storage,
)
from ansible_collections.xenfleet.migration.plugins.module_utils._core.probe import Probed
from ansible_collections.xenfleet.migration.plugins.module_utils._core.unchecked import Unchecked

DISK = Disk("xvda", "/dev/vg/web01")
VOLUME = Disk("xvda", pool="san", volume="web01")
CD = Disk("sr0", "/iso/rescue.iso", exclusive=False)
REMOTE = Disk("xvda")
LUN = Storage(True, 1024, {"ID_SERIAL": "x"})
MULTIPATH = Storage(True, 1024, {"DM_UUID": "mpath-1"})
NVME = Storage(True, 1024, {"ID_WWN_WITH_EXTENSION": "0x6", "ID_SERIAL": "M_S"})
PART = Storage(True, 1024, {"ID_SERIAL": "x", "PARTN": "1"})
IMAGE = Storage(there=True, names={"inode": "7"})
SMB = Storage(there=True)
LOCAL = Storage(there=True, local=True)
GONE = Storage(there=False)

CASES: dict[str, tuple[Disk, Storage | None, Storage | None, str | None]] = {
    "the same device": (DISK, LUN, LUN, None),
    "the same volume": (VOLUME, LUN, LUN, None),
    "the same file on a shared file system": (DISK, IMAGE, IMAGE, None),
    "nothing": (DISK, LUN, GONE, "storage_missing"),
    "no such volume": (VOLUME, LUN, GONE, "storage_missing"),
    "a device of another size": (DISK, LUN, replace(LUN, size=1), "storage_differs"),
    "another device of the same size": (DISK, LUN, replace(LUN, names={"ID_SERIAL": "y"}), "storage_differs"),
    "another file of the same size": (DISK, IMAGE, replace(IMAGE, names={"inode": "8"}), "storage_differs"),
    "a file of its own": (DISK, LOCAL, LOCAL, "storage_not_shared"),
    "a file of its own instead of a shared one": (DISK, IMAGE, LOCAL, "storage_not_shared"),
    "a device without a name": (DISK, LUN, replace(LUN, names={}), "not checked"),
    "the same device, called otherwise by another release of udev": (
        DISK,
        NVME,
        replace(NVME, names={"ID_WWN_WITH_EXTENSION": "0x6", "ID_SERIAL": "M_S_1"}),
        None,
    ),
    "another partition of the same device": (
        DISK,
        PART,
        replace(PART, names={"ID_SERIAL": "x", "PARTN": "2"}),
        "storage_differs",
    ),
    "a path where the other has the multipath device": (DISK, MULTIPATH, LUN, "not checked"),
    "a file whose inode says nothing": (DISK, SMB, SMB, "not checked"),
    "what its source doesn't see either": (DISK, GONE, GONE, "not checked"),
    "what its source doesn't see": (DISK, GONE, LUN, "not checked"),
    "a disk over the network": (REMOTE, None, None, "not checked"),
    "something that was not told": (DISK, LUN, None, "not checked"),
    "the same medium, each its own file": (CD, LOCAL, LOCAL, None),
    "no medium": (CD, LOCAL, GONE, "storage_missing"),
}


def check(disk: Disk, here: Storage | None, there: Storage | None, off: bool = False) -> list[Finding | Unchecked]:
    what = replace(shut_off() if off else domain(), needs=Needs(disks=(disk,)))
    sides = {"xen-a": here, "xen-b": there}
    probed = Probed(storage={host: {} if found is None else {disk: found} for host, found in sides.items()})
    return list(check_storage(move(what), probed))


@pytest.mark.parametrize(("disk", "here", "there", "code"), CASES.values(), ids=CASES.keys())
def test_the_destination_has(disk: Disk, here: Storage, there: Storage, code: str | None) -> None:
    found = check(disk, here, there)
    told = [item.code if isinstance(item, Finding) else "not checked" for item in found]
    assert told == ([] if code is None else [code])
    for item in found:
        text = item.sentence if isinstance(item, Finding) else item.what
        assert str(disk) in text
        assert "{" not in text


@pytest.mark.parametrize("here", [LUN, GONE])
def test_a_shut_off_domain_may_move_ahead_of_its_disks_with_a_warning(here: Storage) -> None:
    (finding,) = check(DISK, here, GONE, off=True)
    assert isinstance(finding, Finding)
    assert (finding.code, finding.severity) == ("storage_missing", Severity.WARNS)


@pytest.mark.parametrize("silent", ["xen-a", "xen-b"])
def test_a_host_without_a_shell_leaves_disks_unchecked(silent: str) -> None:
    error = HypervisorError(silent, "tell about the disks", "no shell")
    sides = {"xen-a": {DISK: LUN}, "xen-b": {DISK: LUN}, silent: error}
    (item,) = check_storage(move(domain(needs=Needs(disks=(DISK,)))), Probed(storage=sides))
    assert item == Unchecked("its disks", str(error))


def test_a_domain_without_disks_asks_for_none() -> None:
    assert list(check_storage(move(), Probed())) == []
