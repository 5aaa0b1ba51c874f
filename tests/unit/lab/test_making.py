# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
"""What hosts and guests are made of."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from labtool import cache
from labtool.errors import LabError
from labtool.guest_xml import definition
from labtool.initramfs import loading_order
from labtool.prerequisites import wanted_packages
from labtool.qemu import nested_kvm
from labtool.recipe import releases_per_host
from labtool.state import Guest


@pytest.mark.parametrize(
    ("count", "wanted", "releases"),
    [
        (2, [], ["12", "12"]),
        (3, ["13"], ["13", "13", "13"]),
        (2, ["12,13"], ["12", "13"]),
        (2, ["13", "12"], ["13", "12"]),
    ],
)
def test_a_release_is_for_all_hosts_or_one_for_each(count: int, wanted: list[str], releases: list[str]) -> None:
    assert releases_per_host(count, wanted) == releases


@pytest.mark.parametrize("wanted", [["11"], ["12,13,12"]])
def test_unknown_releases_and_wrong_numbers_of_them_are_refused(wanted: list[str]) -> None:
    with pytest.raises(LabError):
        releases_per_host(2, wanted)


@pytest.mark.parametrize(
    ("flags", "nested", "usable", "kvm"),
    [
        ("flags : fpu svm", True, True, True),
        ("flags : fpu vmx", True, True, True),
        ("flags : fpu vmx", False, True, False),
        ("flags : fpu vmx", True, False, False),
        # A device node without the processor's help, as containers have it.
        ("flags : fpu hypervisor", True, True, False),
        ("", True, True, False),
    ],
)
def test_kvm_counts_only_with_a_processor_that_nests(flags: str, nested: bool, usable: bool, kvm: bool) -> None:
    assert nested_kvm(flags, nested, usable) is kvm


def test_modules_are_loaded_after_what_they_need_and_built_in_ones_not_at_all() -> None:
    modules_dep = (
        "k/ext4.ko: k/jbd2.ko k/crc16.ko\nk/jbd2.ko:\nk/crc16.ko:\nk/virtio-pci.ko: k/virtio.ko\nk/virtio.ko:\n"
    )
    order = loading_order(modules_dep, "kernel/xen_blkfront.ko\n", ["virtio_pci", "ext4", "xen_blkfront"])
    assert order == ["k/virtio.ko", "k/virtio-pci.ko", "k/crc16.ko", "k/jbd2.ko", "k/ext4.ko"]


def test_a_module_the_kernel_lacks_is_an_error() -> None:
    with pytest.raises(LabError, match="xen_netfront"):
        loading_order("", "", ["xen_netfront"])


@pytest.mark.parametrize("name", ["web 01", "-rf", "naïve <&> 'name'"])
def test_any_name_survives_the_way_into_a_definition(name: str) -> None:
    xml = definition(Guest(name, 3, disk=True))
    assert ElementTree.fromstring(xml).findtext("name") == name


def test_packages_are_the_lines_that_are_no_comments() -> None:
    assert wanted_packages("# why\nqemu-utils\n\nfdisk # sfdisk\n") == ["qemu-utils", "fdisk"]


def test_an_entry_of_the_cache_is_built_once_and_anew_when_it_is_damaged(tmp_path: Path) -> None:
    built = []

    def build(target: Path) -> None:
        built.append(target)
        (target / "file").write_text("whole")

    entry = cache.obtain(tmp_path / "entry", build)
    cache.obtain(tmp_path / "entry", build)
    assert len(built) == 1
    (entry / "file").write_text("who")
    assert not cache.complete(entry)
    cache.obtain(tmp_path / "entry", build)
    assert len(built) == 2
    assert cache.complete(entry)


def test_an_entry_whose_building_failed_does_not_count(tmp_path: Path) -> None:
    def build(_target: Path) -> None:
        raise LabError("no network")

    with pytest.raises(LabError, match="no network"):
        cache.obtain(tmp_path / "entry", build)
    assert not cache.complete(tmp_path / "entry")
