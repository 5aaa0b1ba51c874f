# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is behind the paths of disks: the command itself, run here, and what is made of its answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from shell import run_command

from ansible_collections.xenfleet.migration.plugins.module_utils._core.errors import HypervisorError
from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Host, Storage
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.host_storage import ask_storage, read_storage
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.shell import Shell

HERE = Host("xen-a", "xen:///system")

LINES = {
    "missing": Storage(there=False),
    "other": Storage(there=True),
    "block 1048576 ID_PART_ENTRY_UUID=caeb,ID_SERIAL=xenlab,PARTN=1,": Storage(
        True, 1048576, {"ID_PART_ENTRY_UUID": "caeb", "ID_SERIAL": "xenlab", "PARTN": "1"}
    ),
    "block 1048576 ": Storage(True, 1048576),
    "block  ": Storage(there=True),
    "file 263 ext2/ext3": Storage(there=True, local=True),
    "file 263 nfs": Storage(there=True, names={"inode": "263"}),
    "file 263 smb2": Storage(there=True),
    "file 263 UNKNOWN (0x1)": Storage(there=True),
    "file  ": Storage(there=True),
    "": Storage(there=True),
}


@pytest.mark.parametrize(("line", "storage"), LINES.items())
def test_a_line_tells_what_is_behind_a_path(line: str, storage: Storage) -> None:
    assert read_storage(line) == storage


def test_the_command_tells_files_from_what_is_missing_or_no_disk(tmp_path: Path) -> None:
    odd = tmp_path / "$(touch evil) 'x' \\n é.img"
    odd.write_bytes(b"12345")
    asked = [str(odd), str(tmp_path), "/nowhere/x.img", "two\nlines"]
    found = ask_storage(Shell(HERE, run_command), asked)
    assert list(found) == asked[:3]
    assert [found[path].there for path in asked[:3]] == [True, True, False]
    assert not Path("evil").exists()


def test_nothing_is_asked_about_no_disks() -> None:
    def run(_argv: list[str], _data: str | None) -> tuple[int, str, str]:
        raise AssertionError("asked")

    assert ask_storage(Shell(HERE, run), ["two\nlines"]) == {}


def test_what_another_user_than_root_does_not_see_is_not_taken_for_missing() -> None:
    shell = Shell(HERE, lambda _argv, _data: (0, "unseen\nother\n", ""))
    assert ask_storage(shell, ["/a", "/b"]) == {"/b": Storage(there=True)}


def test_an_answer_of_another_length_is_an_error() -> None:
    shell = Shell(HERE, lambda _argv, _data: (1, "missing\n", "sh: broken\n"))
    with pytest.raises(HypervisorError, match=r"^Host xen-a could not tell about the disks: sh: broken\.$"):
        ask_storage(shell, ["/a", "/b"])
