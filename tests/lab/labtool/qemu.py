# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
"""QEMU's command line for one Xen host."""

from __future__ import annotations

import os
import shlex
import uuid
from dataclasses import dataclass
from pathlib import Path

from labtool.paths import Paths
from labtool.recipe import HOST_NAMES, MTU, NETWORK_ADDRESSES
from labtool.state import Host

DOM0_MEMORY = 768  # MiB
HOST_MEMORY = 2048  # MiB
_XEN = (
    f"dom0_mem={DOM0_MEMORY}M,max:{DOM0_MEMORY}M console=com1 com1=115200,8n1 ucode=no spec-ctrl=no xpti=no bootscrub=0"
)
_LINUX = (
    "root=/dev/vda rw console=hvc0 net.ifnames=0 mitigations=off rodata=off cryptomgr.notests quiet loglevel=4 "
    "systemd.show_status=0"
)
# TCG emulates SVM with nested paging on AMD models. With rdtscp it reports an intercept Xen does not expect.
_EMULATED = ["-accel", "tcg,thread=multi", "-cpu", "Opteron_G3,-misalignsse,+svm,+npt,-rdtscp"]
_VIRTUALISED = ["-accel", "kvm", "-cpu", "host"]


def _reads(path: str, wanted: str) -> bool:
    try:
        return Path(path).read_text(encoding="utf-8").strip() in wanted
    except OSError:
        return False


def nested_kvm(cpuinfo: str, nested: bool, usable: bool) -> bool:
    """Whether KVM can run Xen with guests. A /dev/kvm alone says nothing: the processor must have vmx or svm."""
    flags = next((line.split() for line in cpuinfo.splitlines() if line.startswith("flags")), [])
    return usable and nested and ("vmx" in flags or "svm" in flags)


def machine() -> list[str]:
    """The part of the command line that a snapshot depends on."""
    nested = any(_reads(f"/sys/module/kvm_{maker}/parameters/nested", "Y1") for maker in ("intel", "amd"))
    usable = os.access("/dev/kvm", os.R_OK | os.W_OK)
    kvm = nested_kvm(Path("/proc/cpuinfo").read_text(encoding="utf-8"), nested, usable)
    accelerator = _VIRTUALISED if kvm else _EMULATED
    return ["-machine", "q35", *accelerator, "-smp", "1", "-m", str(HOST_MEMORY), _XEN, _LINUX]


def _escaped(path: Path) -> str:
    return str(path).replace(",", ",,")


def _linux_arguments(name: str) -> str:
    identity = uuid.uuid5(uuid.NAMESPACE_DNS, f"{name}.xenlab.invalid")
    settings = f"xenlab.name={name} xenlab.address={NETWORK_ADDRESSES[name]}/24 xenlab.mtu={MTU}"
    return f"{_LINUX} {settings} systemd.machine_id={identity.hex}"


@dataclass(frozen=True)
class Sockets:
    """The unix sockets of one host. link is QEMU's end of the network cable, port the switch's."""

    qmp: Path
    link: Path
    port: Path

    @classmethod
    def of(cls, paths: Paths, name: str) -> Sockets:
        """The sockets of the host of that name."""
        return cls(*(paths.sockets / f"{name}.{kind}" for kind in ("qmp", "link", "port")))


def command(host: Host, paths: Paths, disk: Path, resume_from: Path | None = None) -> list[str]:
    """The command, to be run in the image's directory: a path there must hold neither blanks nor commas.

    resume_from: a saved state of the machine; None boots it.
    """
    sockets = Sockets.of(paths, host.name)
    number = 1 + HOST_NAMES.index(host.name)
    *hardware, _xen, _linux = machine()
    resumed = ["-incoming", f"exec:cat {shlex.quote(str(resume_from))}"] if resume_from else []
    return [
        *("qemu-system-x86_64", "-name", f"xenlab-{host.name}", *hardware, "-nodefaults", "-display", "none"),
        *("-uuid", str(uuid.uuid5(uuid.NAMESPACE_DNS, host.name))),
        *("-kernel", "xen", "-append", _XEN, "-initrd", f"vmlinux {_linux_arguments(host.name)},host.initramfs"),
        *(
            "-chardev",
            f"file,id=serial,append=on,path={_escaped(paths.serial(host.name))}",
            "-serial",
            "chardev:serial",
        ),
        *("-qmp", f"unix:{_escaped(sockets.qmp)},server=on,wait=off"),
        *("-drive", f"if=none,id=os,format=qcow2,cache=unsafe,file={_escaped(disk)}"),
        *("-device", "virtio-blk-pci,drive=os"),
        *(
            "-drive",
            f"if=none,id=shared,format=raw,cache=none,file.locking=off,file={_escaped(paths.state / 'shared.raw')}",
        ),
        *("-device", "virtio-blk-pci,drive=shared,share-rw=on,serial=xenlab"),
        # restrict: nothing gets out of the host, whatever it tries.
        *("-netdev", f"user,id=control,restrict=on,hostfwd=tcp:127.0.0.1:{host.ssh_port}-10.0.2.15:22"),
        *("-device", f"virtio-net-pci,netdev=control,mac=52:54:00:77:00:{number:02x},romfile="),
        *("-netdev", _link(sockets)),
        *("-device", f"virtio-net-pci,netdev=link,mac=52:54:00:77:01:{number:02x},host_mtu={MTU},romfile="),
        *resumed,
    ]


def _link(sockets: Sockets) -> str:
    local, remote = _escaped(sockets.link), _escaped(sockets.port)
    return f"dgram,id=link,local.type=unix,local.path={local},remote.type=unix,remote.path={remote}"
