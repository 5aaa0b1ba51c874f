# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading and comparing libvirt's domain XML, private to this collection: pure functions from text to values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .._core.model import Disk, Kind, Needs
from .dependencies import etree

_KINDS = {"xenpvh": Kind.PVH, "hvm": Kind.HVM, "linux": Kind.PV, "xen": Kind.PV}
_VOLATILE = frozenset({"emulator"})
"""Elements that each host's libvirt fills in by itself: a path that belongs to the Xen release."""


HOME_KEY = "xenfleet"
HOME_NAMESPACE = "urn:xenfleet:migration"
"""Under which a domain's metadata has its home: ``<xenfleet:home host="xen-a"/>``. Never to be changed."""


HELD_KEY = "xenfleet-move"
HELD_NAMESPACE = "urn:xenfleet:migration:move"
HELD_ELEMENT = "<autostart/>"
"""Under which the definition of a domain on its way notes that it autostarts. Never to be changed, either."""


PAUSED, RAN = "paused", "ran"
PAUSE_KEY = "xenfleet-paused"
PAUSE_NAMESPACE = "urn:xenfleet:migration:paused"
"""Under which an active domain notes what it was before its move: ``<xenfleet-paused:paused host="xen-a" id="12"/>``.

Or ``ran``. The host is by its own name, without a domain, and the id is Xen's: the note goes along with the memory, and is of
no other copy. Never to be changed, either."""


class Unreadable(Exception):
    """A text that is no domain's XML."""


def parse(xml: str) -> Any:
    """Parse without entities, DTD or network: what a hypervisor sends is data. Raises ``Unreadable``."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_blank_text=True)
    try:
        root = etree.fromstring(xml.encode(), parser)
    except etree.XMLSyntaxError:
        root = None  # what lxml says of it may repeat parts
    if root is None or root.getroottree().docinfo.internalDTD is not None:
        raise Unreadable
    return root


def kind(xml: str) -> Kind:
    """Return how the domain is virtualised; libvirt calls a PV domain ``linux`` or ``xen``."""
    return _KINDS.get(parse(xml).findtext("os/type", ""), Kind.HVM)


def host_devices(xml: str) -> int:
    """Return how many devices of its host are assigned to the domain."""
    root = parse(xml)
    return len(root.findall("devices/hostdev")) + len(root.findall("devices/interface[@type='hostdev']"))


def home(xml: str) -> str | None:
    """Return the host that is noted as the domain's home, None if none is."""
    found = parse(xml).find(f"metadata/{{{HOME_NAMESPACE}}}home")
    return None if found is None else found.get("host") or None


def home_element(host: str) -> str:
    """Return what notes a home, as libvirt wants it: it adds the namespace itself."""
    return _element("home", host=host)


def boots_again(xml: str) -> bool:
    """Whether the domain is booted again when its guest asks for that, as libvirt does where nothing else is said."""
    return bool(parse(xml).findtext("on_reboot", "restart") == "restart")


def on_crash(xml: str) -> str:
    """Return what is done when the guest has crashed, in libvirt's words; ``destroy``, as libvirt does, if nothing is said."""
    return str(parse(xml).findtext("on_crash", "destroy"))


def is_autostart_held(xml: str) -> bool:
    """Whether a definition notes that its domain autostarts, but for a move."""
    return HELD_NAMESPACE in xml and _held(parse(xml)) is not None


def state_element(state: str, host: str, xen_id: int) -> str:
    """Return what notes a state (``PAUSED`` or ``RAN``), as libvirt wants it: it adds the namespace itself."""
    return _element(state, host=host, id=str(xen_id))


def noted_state(xml: str) -> tuple[str, str, str] | None:
    """Return what is noted, and the host and the Xen id of the copy that was so before its move; None where nothing is."""
    note = _noted_state(parse(xml)) if PAUSE_NAMESPACE in xml else None
    return None if note is None else (etree.QName(note).localname, note.get("host", ""), note.get("id", ""))


def _element(tag: str, **attributes: str) -> str:
    return str(etree.tostring(etree.Element(tag, attributes), encoding="unicode"))


def without_notes(xml: str) -> str:
    """Return a definition without what moves noted with it, and without what libvirt made to hold only that."""
    root = parse(xml)
    for note in (_held(root), _noted_state(root)):
        if note is not None:
            metadata = note.getparent()
            metadata.remove(note)
            if len(metadata) == 0:
                root.remove(metadata)
    return str(etree.tostring(root, encoding="unicode"))


def _held(root: Any) -> Any:
    return root.find(f"metadata/{{{HELD_NAMESPACE}}}autostart")


def _noted_state(root: Any) -> Any:
    found = (root.find(f"metadata/{{{PAUSE_NAMESPACE}}}{state}") for state in (PAUSED, RAN))
    return next((note for note in found if note is not None), None)


def needs(xml: str) -> Needs:
    """Return what the domain needs of its host: disks (CD-ROM media among them), bridges, virtual networks."""
    root = parse(xml)
    disks = [
        disk for disk in root.findall("devices/disk") if disk.find("source") is not None and disk.find("source").attrib
    ]
    interfaces = root.findall("devices/interface")
    bridged = [interface for interface in interfaces if not _attribute(interface, "source", "network")]
    return Needs(
        disks=tuple(map(_disk, disks)),
        bridges=_distinct(
            _attribute(interface, "source", "bridge") for interface in bridged if not _is_other(interface)
        ),
        other_bridges=_distinct(
            _attribute(interface, "source", "bridge") for interface in bridged if _is_other(interface)
        ),
        networks=_distinct(_attribute(interface, "source", "network") for interface in interfaces),
        hap=root.find("features/hap[@state='off']") is None,
    )


def _attribute(parent: Any, child: str, name: str) -> str | None:
    found = parent.find(child)
    return None if found is None else found.get(name)


def _is_other(interface: Any) -> bool:
    """Whether its bridge is no Linux bridge of the host's own."""
    script = (_attribute(interface, "script", "path") or "vif-bridge").rpartition("/")[2]
    return (
        script != "vif-bridge"
        or _attribute(interface, "virtualport", "type") == "openvswitch"
        or interface.find("backenddomain") is not None
    )


def _disk(disk: Any) -> Disk:
    # What another domain provides is not to be looked for on the host itself.
    source = {} if disk.find("backenddomain") is not None else disk.find("source").attrib
    shares = any(disk.find(word) is not None for word in ("readonly", "shareable"))
    return Disk(
        target=_attribute(disk, "target", "dev") or "",
        path=source.get("file") or source.get("dev"),
        pool=source.get("pool"),
        volume=source.get("volume"),
        exclusive=not shares and disk.get("device", "disk") == "disk",
    )


def _distinct(names: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))


def uuid(xml: str) -> str:
    """Return the UUID that a definition gives its domain."""
    found = parse(xml).findtext("uuid")
    if found is None:
        raise Unreadable
    return str(found).strip()


def renamed(xml: str, name: str) -> str:
    """Return the definition under another name."""
    root = parse(xml)
    found = root.find("name")
    if found is None:
        raise Unreadable
    found.text = name
    return str(etree.tostring(root, encoding="unicode"))


def lacking(found: str, wanted: str) -> tuple[str, ...]:
    """Return the paths of what ``wanted`` has and ``found`` has not; values are not told, they may be secret.

    The name and what each libvirt fills in by itself are left out, and the empty element that it leaves of metadata that was
    taken away; what ``found`` has besides doesn't matter.
    """
    return tuple(_lacking(parse(found), parse(wanted), ""))


def _lacking(found: Any, wanted: Any, path: str) -> Iterator[str]:
    for name, value in wanted.attrib.items():
        if found.get(name) != value and (path, name) != ("", "id"):
            yield f"{path or wanted.tag}/@{name}"
    if (wanted.text or "").strip() != (found.text or "").strip():
        yield f"{path}/text()"
    candidates = list(found)
    for child in wanted:
        if isinstance(child.tag, str) and child.tag not in _VOLATILE and not _says_nothing(child, path):
            yield from _child_lacking(candidates, child, path)


def _says_nothing(child: Any, path: str) -> bool:
    return path == "" and (child.tag == "name" or (child.tag == "metadata" and len(child) == 0))


def _child_lacking(candidates: list[Any], child: Any, path: str) -> Iterator[str]:
    """Hold a child against the most alike of its namesakes, which is then used up."""
    here = f"{path}/{child.tag}"
    alike = [(list(_lacking(other, child, here)), other) for other in candidates if other.tag == child.tag]
    if not alike:
        yield here
        return
    differences, best = min(alike, key=lambda pair: len(pair[0]))
    candidates.remove(best)
    yield from differences
