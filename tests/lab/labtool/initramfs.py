# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
"""Small initial file systems: busybox, a few kernel modules, one init script. Uncompressed, since unpacking is slow."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from labtool.errors import LabError


def _file_name_to_module(path: str) -> str:
    return Path(path).name.split(".")[0].replace("-", "_")


def loading_order(modules_dep: str, builtin: str, wanted: Sequence[str]) -> list[str]:
    """Paths of the wanted modules and all they need, in the order in which they can be loaded.

    modules_dep, builtin: the text of modules.dep and modules.builtin. Built-in modules are left out.
    """
    dependencies: dict[str, tuple[str, list[str]]] = {}
    for line in modules_dep.splitlines():
        path, _colon, needed = line.partition(":")
        dependencies[_file_name_to_module(path)] = (path, needed.split())
    built_in = {_file_name_to_module(path) for path in builtin.splitlines()}
    order: list[str] = []
    for name in wanted:
        if name in built_in:
            continue
        if name not in dependencies:
            raise LabError(f"the kernel has no module {name}")
        path, needed_paths = dependencies[name]
        # modules.dep lists what a module needs from near to far.
        order += [item for item in [*reversed(needed_paths), path] if item not in order]
    return order


def build(target: Path, init: Path, busybox: Path, modules: Path, wanted: Sequence[str]) -> None:
    """Write the archive `target`. modules: a /lib/modules/VERSION directory with modules.dep."""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        for name in ("bin", "lib", "dev", "proc", "sys", "root"):
            (root / name).mkdir()
        shutil.copy(busybox, root / "bin/busybox")
        (root / "bin/sh").symlink_to("busybox")
        shutil.copy(init, root / "init")
        order = loading_order((modules / "modules.dep").read_text(), (modules / "modules.builtin").read_text(), wanted)
        for path in order:
            shutil.copy(modules / path, root / "lib")
        (root / "modules").write_text("".join(f"{Path(path).name}\n" for path in order))
        _archive(root, target)


def _archive(root: Path, target: Path) -> None:
    names = "\n".join(str(path.relative_to(root)) for path in sorted(root.rglob("*")))
    with target.open("wb") as output:
        command = ["cpio", "--create", "--format=newc", "--owner=0:0", "--quiet"]
        subprocess.run(command, input=names.encode(), stdout=output, cwd=root, check=True)
