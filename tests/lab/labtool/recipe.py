# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
"""What a host is made of. Every change here, or under image/, gives a new hash and so a new image."""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import dataclass
from pathlib import Path

from labtool.errors import LabError
from labtool.paths import SOURCE

HOST_NAMES = ("xen-a", "xen-b", "xen-c", "xen-d")
NETWORK_ADDRESSES = {name: f"10.77.0.{11 + number}" for number, name in enumerate(HOST_NAMES)}
KEY_NAMES = (*HOST_NAMES, "client", "fleet")
MTU = 9000  # bytes; each packet costs an emulated host dearly, so fewer and larger ones

_PACKAGES = (
    "busybox-static",
    "dbus",
    "ethtool",
    "iproute2",
    "iptables",
    "iputils-ping",
    "kmod",
    "libvirt-clients",
    "libvirt-daemon",
    "libvirt-daemon-driver-xen",
    "libvirt-daemon-system",
    "netbase",
    "nftables",
    "openssh-server",
    "procps",
    "python3",
    "python3-libvirt",
    "python3-lxml",
    "systemd-sysv",
    "udev",
    "xenstore-utils",
)

# Whatever runs by itself and has no part in a Xen host's work costs seconds of emulation.
MASKED_UNITS = (
    "apt-daily-upgrade.timer",
    "apt-daily.timer",
    "console-setup.service",
    "dev-hugepages.mount",
    "dev-mqueue.mount",
    "dpkg-db-backup.timer",
    "e2scrub_all.timer",
    "e2scrub_reap.service",
    "fstrim.timer",
    "getty.target",
    "getty@tty1.service",
    "hwclock.service",
    "keyboard-setup.service",
    "libvirt-guests.service",
    "logrotate.timer",
    "man-db.timer",
    "networking.service",
    "proc-sys-fs-binfmt_misc.automount",
    "sys-fs-fuse-connections.mount",
    "sys-kernel-config.mount",
    "sys-kernel-debug.mount",
    "sys-kernel-tracing.mount",
    "systemd-binfmt.service",
    "systemd-firstboot.service",
    "systemd-journal-flush.service",
    "systemd-logind.service",
    "systemd-machine-id-commit.service",
    "systemd-pcrphase-sysinit.service",
    "systemd-pcrphase.service",
    "systemd-pstore.service",
    "systemd-random-seed.service",
    "systemd-repart.service",
    "systemd-sysusers.service",
    "systemd-tmpfiles-clean.timer",
    "systemd-update-utmp-runlevel.service",
    "systemd-update-utmp.service",
    "systemd-user-sessions.service",
    "xendomains.service",
    "machines.target",
    "remote-fs.target",
    "systemd-machined.service",
)
ENABLED_UNITS = ("xenlab-identity.service", "ssh.service")

KERNEL_FILES = (
    "./boot/*",
    "./*lib/modules/*/modules.*",
    *(
        f"./*lib/modules/*/kernel/{path}"
        for path in (
            "arch/x86/crypto/crc32*",
            "crypto/*",
            "drivers/block/loop.*",
            "drivers/block/virtio_blk.*",
            "drivers/block/xen-*",
            "drivers/char/hw_random/*",
            "drivers/net/dummy.*",
            "drivers/net/ifb.*",
            "drivers/net/net_failover.*",
            "drivers/net/tun.*",
            "drivers/net/virtio_net.*",
            "drivers/net/xen-*",
            "drivers/virtio/*",
            "drivers/xen/*",
            "fs/ext4/*",
            "fs/fuse/*",
            "fs/jbd2/*",
            "fs/mbcache.*",
            "lib/*",
            "net/802/*",
            "net/bridge/*",
            "net/core/*",
            "net/ipv4/*",
            "net/ipv6/*",
            "net/llc/*",
            "net/netfilter/*",
            "net/packet/*",
            "net/sched/*",
            "net/unix/*",
        )
    ),
)
HOST_INITRAMFS_MODULES = ("virtio_pci", "virtio_blk", "crc32c_generic", "ext4")
GUEST_INITRAMFS_MODULES = ("xen_netfront", "xen_blkfront")
# Not loaded by themselves in time: the init script of Xen and the lab's guests need them.
HOST_MODULES = ("virtio_net", "bridge", "xen_netback", "xen_blkback", "xen_gntdev", "xen_gntalloc", "xen_evtchn", "tun")


@dataclass(frozen=True)
class Release:
    """A Debian release. number: as people say it; suite: its code name; xen: the version in its package names."""

    number: str
    suite: str
    xen: str

    @property
    def packages(self) -> list[str]:
        """What is installed."""
        return [*_PACKAGES, f"xen-utils-{self.xen}"]

    @property
    def boot_packages(self) -> list[str]:
        """What is only unpacked, since the hosts boot from outside."""
        return ["linux-image-amd64", f"xen-hypervisor-{self.xen}-amd64"]


RELEASES = {release.number: release for release in (Release("12", "bookworm", "4.17"), Release("13", "trixie", "4.20"))}


def release(number: str) -> Release:
    """The release of that number (12 or 13), or LabError."""
    if number not in RELEASES:
        raise LabError(f"Debian release {number!r} is not known; known: {', '.join(RELEASES)}")
    return RELEASES[number]


def releases_per_host(count: int, wanted: list[str]) -> list[str]:
    """One release number for each of `count` hosts, from one for all or one for each."""
    numbers = [release(number).number for item in wanted for number in item.split(",")] or ["12"]
    if len(numbers) == 1:
        return numbers * count
    if len(numbers) != count:
        raise LabError(f"{len(numbers)} releases for {count} hosts: give one for all, or one per host")
    return numbers


def _digest(parts: list[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:12]


def _shaping_files() -> list[Path]:
    code = [SOURCE / "labtool" / name for name in ("recipe.py", "image.py", "kernel.py", "initramfs.py")]
    return code + sorted(path for path in (SOURCE / "image").rglob("*") if path.is_file())


def image_key(of: Release, keys: Path) -> str:
    """The name of an image: its release and the hash of all that shapes it, the public ones of the lab's keys too."""
    files = [*_shaping_files(), *(keys / f"{name}.pub" for name in KEY_NAMES)]
    parts = [part for path in files for part in (path.name.encode(), path.read_bytes())]
    return f"{of.number}-{_digest([repr(of).encode(), *parts])}"


def snapshot_key(image: str, machine: list[str]) -> str:
    """The name of a set of snapshots: they fit one image (by its key), one QEMU and one emulated machine."""
    version = subprocess.run(["qemu-system-x86_64", "--version"], check=True, capture_output=True).stdout
    number = image.partition("-")[0]
    return f"{number}-{_digest([image.encode(), version, repr(machine).encode()])}"
