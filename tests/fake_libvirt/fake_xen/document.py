# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the driver reads from and changes in domain XML."""

from __future__ import annotations

import uuid as uuid_module
from functools import lru_cache
from xml.etree import ElementTree

from .constants import VIR_ERR_XML_ERROR
from .errors import libvirtError

_UNITS = {"b": 1 / 1024, "KiB": 1, "k": 1, "MiB": 1024, "M": 1024, "GiB": 1024 * 1024, "G": 1024 * 1024}

_remembered = lru_cache(maxsize=10_000)
"""libvirt, too, parses a definition only once."""


def normal(xml: str) -> str:
    """Return the definition as the driver keeps it: checked, with a UUID, an emulator and a memory unit, without an id."""
    root = _parse(xml)
    name = root.findtext("name")
    if root.tag != "domain" or not name or "/" in name:
        raise libvirtError("missing or bad domain name", VIR_ERR_XML_ERROR)
    root.attrib.pop("id", None)
    if root.find("uuid") is None:
        element = ElementTree.Element("uuid")
        element.text = str(uuid_module.uuid4())
        root.insert(1, element)
    devices = root.find("devices")
    if devices is not None and devices.find("emulator") is None:
        emulator = ElementTree.Element("emulator")
        emulator.text = "/usr/bin/qemu-system-i386"
        devices.insert(0, emulator)
    return _text(root)


@_remembered
def live(xml: str, number: int) -> str:
    """Return the XML of the active domain: with its id and the device names that only a running domain has."""
    root = _parse(xml)
    root.set("id", str(number))
    for index, interface in enumerate(root.findall("devices/interface")):
        old = interface.find("target")
        if old is not None:
            interface.remove(old)
        ElementTree.SubElement(interface, "target", {"dev": f"vif{number}.{index}"})
    for console in root.findall("devices/console"):
        console.set("tty", f"/dev/pts/{number}")
    return _text(root)


@_remembered
def inactive(xml: str) -> str:
    """Return a definition made from live XML."""
    root = _parse(xml)
    root.attrib.pop("id", None)
    for interface in root.findall("devices/interface"):
        target = interface.find("target")
        if target is not None and (target.get("dev") or "").startswith("vif"):
            interface.remove(target)
    for console in root.findall("devices/console"):
        console.attrib.pop("tty", None)
    return _text(root)


@_remembered
def renamed(xml: str, name: str) -> str:
    root = _parse(xml)
    element = root.find("name")
    if element is not None:
        element.text = name
    return _text(root)


@_remembered
def without_secrets(xml: str) -> str:
    root = _parse(xml)
    for graphics in root.findall("devices/graphics"):
        graphics.attrib.pop("passwd", None)
    return _text(root)


@_remembered
def identity(xml: str) -> tuple[str, str]:
    """Return name and UUID."""
    root = _parse(xml)
    return root.findtext("name", ""), root.findtext("uuid", "").lower()


@_remembered
def os_type(xml: str) -> str:
    return _parse(xml).findtext("os/type", "")


@_remembered
def has_host_devices(xml: str) -> bool:
    return _parse(xml).find("devices/hostdev") is not None


@_remembered
def size(xml: str) -> tuple[int, int, int]:
    """Return maximum KiB, current KiB, vCPUs."""
    root = _parse(xml)
    maximum = _kib(root.find("memory")) or 0
    return maximum, _kib(root.find("currentMemory")) or maximum, int(root.findtext("vcpu", "1"))


def with_current_memory(xml: str, kib: int) -> str:
    root = _parse(xml)
    element = root.find("currentMemory")
    if element is None:
        element = ElementTree.SubElement(root, "currentMemory")
    element.set("unit", "KiB")
    element.text = str(kib)
    return _text(root)


@_remembered
def with_metadata(xml: str, text: str | None, key: str, uri: str) -> str:
    """Return the XML with this element, in a namespace of its own, in place of what there was of it; None takes it away."""
    root = _parse(xml)
    metadata = root.find("metadata")
    if metadata is None:
        metadata = ElementTree.Element("metadata")
        root.insert(2, metadata)
    for old in [child for child in metadata if child.tag.startswith(f"{{{uri}}}")]:
        metadata.remove(old)
    if text is not None:
        ElementTree.register_namespace(key, uri)
        given = _parse(text)
        given.tag = f"{{{uri}}}{given.tag}"
        metadata.append(given)
    elif len(metadata) == 0:
        metadata.text = None  # the empty element stays, as in libvirt
    return _text(root)


def without_empty_metadata(xml: str) -> str:
    """Return the XML without what is left when all metadata has been taken away."""
    root = _parse(xml)
    metadata = root.find("metadata")
    if metadata is not None and len(metadata) == 0:
        root.remove(metadata)
    return _text(root)


def capabilities(cpu: tuple[str, str] | None, guests: list[str]) -> str:
    """Return what ``getCapabilities`` does: the processor, where a model of libvirt's fits it, and the guests it can run."""
    root = ElementTree.Element("capabilities")
    host = ElementTree.SubElement(root, "host")
    processor = ElementTree.SubElement(host, "cpu")
    for tag, text in zip(("arch", "model", "vendor"), ("x86_64", *(cpu or ())), strict=False):
        ElementTree.SubElement(processor, tag).text = text
    ElementTree.SubElement(ElementTree.SubElement(host, "migration_features"), "live")
    for kind in guests:
        guest = ElementTree.SubElement(root, "guest")
        ElementTree.SubElement(guest, "os_type").text = kind
        ElementTree.SubElement(ElementTree.SubElement(guest, "arch", {"name": "x86_64"}), "domain", {"type": "xen"})
    return _text(root)


def _kib(element: ElementTree.Element | None) -> int | None:
    if element is None or element.text is None:
        return None
    return int(int(element.text) * _UNITS[element.get("unit", "KiB")])


def _parse(xml: str) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(xml)
    except ElementTree.ParseError as error:
        raise libvirtError(f"(domain_definition): {error}", VIR_ERR_XML_ERROR) from error


def _text(root: ElementTree.Element) -> str:
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode") + "\n"
