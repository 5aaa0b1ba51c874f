# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
"""A guest's libvirt definition."""

from __future__ import annotations

from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from labtool import shared_disk
from labtool.state import Guest

_DIRECTORY = "/var/lib/xenlab"
_TYPES = {"pv": ("xenpv", "linux"), "pvh": ("xenpvh", "xenpvh")}
KINDS = tuple(_TYPES)


def address(guest: Guest) -> str:
    """The guest's address on the bridge."""
    return f"10.77.0.{100 + guest.slot}"


def _command_line(guest: Guest) -> str:
    disk = " xenlab.disk=1" if guest.disk else ""
    return f"console=hvc0 quiet mitigations=off tsc=reliable rodata=off cryptomgr.notests xenlab.address={address(guest)}{disk}"


def _add_system(domain: Element, guest: Guest) -> None:
    machine, kind = _TYPES[guest.kind]
    system = SubElement(domain, "os")
    SubElement(system, "type", arch="x86_64", machine=machine).text = kind
    SubElement(system, "kernel").text = f"{_DIRECTORY}/vmlinux"
    SubElement(system, "initrd").text = f"{_DIRECTORY}/initramfs"
    SubElement(system, "cmdline").text = _command_line(guest)


def _add_devices(domain: Element, guest: Guest) -> None:
    devices = SubElement(domain, "devices")
    if guest.disk:
        disk = SubElement(devices, "disk", type="block", device="disk")
        SubElement(disk, "driver", name="phy")
        SubElement(disk, "source", dev=shared_disk.device(guest.slot))
        SubElement(disk, "target", dev="xvda", bus="xen")
        SubElement(disk, "shareable")
    interface = SubElement(devices, "interface", type="bridge")
    SubElement(interface, "mac", address=f"00:16:3e:77:00:{guest.slot:02x}")
    SubElement(interface, "source", bridge="xenbr0")
    console = SubElement(devices, "console", type="pty")
    SubElement(console, "target", type="xen", port="0")


def definition(guest: Guest) -> str:
    """The XML of a domain that ticks. memory is in MiB."""
    domain = Element("domain", type="xen")
    SubElement(domain, "name").text = guest.name
    SubElement(domain, "memory", unit="MiB").text = str(guest.memory)
    SubElement(domain, "vcpu").text = "1"
    _add_system(domain, guest)
    SubElement(domain, "on_poweroff").text = "destroy"
    SubElement(domain, "on_reboot").text = "restart"
    SubElement(domain, "on_crash").text = "destroy"
    _add_devices(domain, guest)
    return ElementTree.tostring(domain, encoding="unicode")
