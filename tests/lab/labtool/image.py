# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
"""Building a host's disk image from Debian packages, without mounting anything."""

from __future__ import annotations

import fnmatch
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, cast

from labtool import initramfs, kernel
from labtool import keys as lab_keys
from labtool.errors import LabError
from labtool.paths import SOURCE
from labtool.recipe import (
    ENABLED_UNITS,
    GUEST_INITRAMFS_MODULES,
    HOST_INITRAMFS_MODULES,
    HOST_MODULES,
    HOST_NAMES,
    KERNEL_FILES,
    MASKED_UNITS,
    Release,
)

DISK_SIZE = "2G"  # sparse
_UNWANTED = (
    *(f"/usr/share/{name}/*" for name in ("man", "locale", "doc", "info", "perl/*/unicore")),
    # Drivers that libvirt's daemon would load and probe for nothing.
    *(f"/usr/lib/*/libvirt/connection-driver/libvirt_driver_{name}.so" for name in ("lxc", "nwfilter", "qemu", "vbox")),
)
_FILES = SOURCE / "image"


def _run(command: Sequence[str | Path], log: Path) -> None:
    with log.open("ab") as output:
        ended = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False)
    if ended.returncode:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise LabError(f"{Path(command[0]).name} failed with {ended.returncode}; the end of its output:\n{tail}")


def build(release: Release, keys: Path, target: Path) -> None:
    """Fill the empty directory `target`: root.img, xen, vmlinux, host.initramfs. Needs root, for mmdebstrap."""
    if os.geteuid() != 0:
        raise LabError("building an image needs root, since it unpacks a Debian system with its owners: use sudo")
    root, log = target / "root", target / "build.log"
    _bootstrap(release, root, log)
    modules = _add_kernel(root, target, log)
    _configure(root, log)
    _add_keys(root, keys)
    _add_initramfs(root, target, modules)
    _run(
        ["mke2fs", "-q", "-t", "ext4", "-m", "0", "-O", "^metadata_csum", "-d", root, target / "root.img", DISK_SIZE],
        log,
    )
    shutil.rmtree(root)


def _bootstrap(release: Release, root: Path, log: Path) -> None:
    fetch = "apt-get --yes --download-only --no-install-recommends install"
    download = f'chroot "$1" {fetch} {" ".join(release.boot_packages)}'
    keep = 'mkdir "$1/debs" && cd "$1/var/cache/apt/archives" && mv linux-image-[0-9]*.deb xen-hyp*.deb "$1/debs"'
    options = [f"--dpkgopt=path-exclude={path}" for path in _UNWANTED]
    options += ["--dpkgopt=force-unsafe-io", '--aptopt=Acquire::Languages "none"']
    options += [f"--include={','.join(release.packages)}", f"--customize-hook={download}", f"--customize-hook={keep}"]
    _run(["mmdebstrap", "--mode=root", "--variant=apt", *options, release.suite, root], log)


def _add_kernel(root: Path, target: Path, log: Path) -> Path:
    """Unpack what is needed of the kernel and Xen; return the directory of kernel modules."""
    for package in sorted((root / "debs").glob("*.deb")):
        _unpack_some(package, root)
    shutil.rmtree(root / "debs")
    (modules,) = (root / "lib/modules").iterdir()
    compressed = list(modules.rglob("*.ko.xz"))
    if compressed:
        _run(["xz", "-d", *compressed], log)
    _run(["depmod", "-b", root, modules.name], log)
    kernel.unpack_boot_files(root / "boot", target)
    shutil.rmtree(root / "boot")
    return modules


def _unpack_some(package: Path, root: Path) -> None:
    """Unpack only KERNEL_FILES: of the kernel's thousands of modules the hosts need a few dozen."""
    wanted = re.compile("|".join(fnmatch.translate(pattern) for pattern in KERNEL_FILES))
    with (
        subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE) as process,
        tarfile.open(fileobj=process.stdout, mode="r|") as archive,
    ):
        for member in archive:
            if member.isfile() and wanted.match(member.name):
                target = root / member.name
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("wb") as output:
                    shutil.copyfileobj(cast(IO[bytes], archive.extractfile(member)), output)
    if process.returncode:
        raise LabError(f"{package.name} cannot be unpacked")


def _add_keys(root: Path, keys: Path) -> None:
    """Every host has all host keys and picks its own at boot; hosts reach each other with the key of the fleet."""
    for key in (root / "etc/ssh").glob("ssh_host_*"):
        key.unlink()
    host_keys = root / "etc/ssh/xenlab_keys"
    host_keys.mkdir(mode=0o700)
    for name in HOST_NAMES:
        shutil.copy(keys / name, host_keys)
    allowed = [lab_keys.public(keys, name) for name in ("client", "fleet")]
    (root / "etc/ssh/xenlab_authorized_keys").write_text("".join(f"{key}\n" for key in allowed))
    own = root / "root/.ssh"
    own.mkdir(mode=0o700, exist_ok=True)
    shutil.copy(keys / "fleet", own / "id_ed25519")
    (own / "known_hosts").write_text(lab_keys.known_between_hosts(keys))


def _configure(root: Path, log: Path) -> None:
    shutil.copytree(_FILES / "host", root, dirs_exist_ok=True, copy_function=shutil.copy)
    # xenconsoled logs nothing where this is missing.
    (root / "var/log/xen/console").mkdir(parents=True, exist_ok=True)
    (root / "etc/fstab").write_text("/dev/vda / ext4 noatime 0 0\n")
    # Empty, not "uninitialized": at a first boot systemd would enable all units there are.
    (root / "etc/machine-id").write_text("")
    (root / "etc/modules-load.d/xenlab.conf").write_text("".join(f"{name}\n" for name in HOST_MODULES))
    _teach_libvirt_the_processor(root / "usr/share/libvirt/cpu_map/index.xml")
    _run(["chroot", root, "systemctl", "mask", *MASKED_UNITS], log)
    _run(["chroot", root, "systemctl", "enable", *ENABLED_UNITS], log)


def _teach_libvirt_the_processor(index: Path) -> None:
    first = "<include filename='x86_features.xml'/>"
    text = index.read_text()
    if first not in text:
        raise LabError("libvirt's cpu_map looks different: the lab's processor model cannot be added")
    index.write_text(text.replace(first, f"{first}\n    <include filename='x86_xenlab.xml'/>", 1))


def _add_initramfs(root: Path, target: Path, modules: Path) -> None:
    busybox = root / "bin/busybox"
    initramfs.build(target / "host.initramfs", _FILES / "initramfs/host-init", busybox, modules, HOST_INITRAMFS_MODULES)
    guest = root / "var/lib/xenlab"
    guest.mkdir()
    initramfs.build(guest / "initramfs", _FILES / "initramfs/guest-init", busybox, modules, GUEST_INITRAMFS_MODULES)
    shutil.copy(target / "vmlinux", guest / "vmlinux")
