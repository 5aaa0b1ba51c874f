# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read from domain XML, and which differences of two definitions count."""

from __future__ import annotations

import pytest

from ansible_collections.xenfleet.migration.plugins.module_utils._core.model import Disk, Kind, Needs
from ansible_collections.xenfleet.migration.plugins.module_utils._libvirt.domain_xml import (
    Unreadable,
    host_devices,
    kind,
    lacking,
    needs,
    noted_state,
    renamed,
    state_element,
    without_notes,
)

KINDS = {"xenpvh": Kind.PVH, "linux": Kind.PV, "xen": Kind.PV, "hvm": Kind.HVM}


@pytest.mark.parametrize(("word", "expected"), KINDS.items())
def test_the_kind_is_read_from_the_type(word: str, expected: Kind) -> None:
    assert kind(f"<domain type='xen'><os><type arch='x86_64'>{word}</type></os></domain>") is expected


def test_devices_of_the_host_are_counted_in_all_their_forms() -> None:
    xml = "<domain><devices><hostdev/><interface type='hostdev'/><interface type='bridge'/><disk/></devices></domain>"
    assert host_devices(xml) == 2


def test_only_the_domain_s_own_name_changes() -> None:
    xml = "<domain id='3'><name>w</name><metadata><name>w</name></metadata></domain>"
    assert renamed(xml, "<&>").count("&lt;&amp;&gt;") == 1
    assert "<metadata><name>w</name></metadata>" in renamed(xml, "x")


def domain(inside: str) -> str:
    return f"<domain type='xen'><name>w</name><vcpu>1</vcpu><devices>{inside}</devices></domain>"


TWO = "<disk><target dev='a'/></disk><disk><target dev='b'/></disk>"
SWAPPED = "<disk><target dev='b'/></disk><disk><target dev='a'/></disk>"
SAME = {
    "the same": (TWO, TWO),
    "in another order": (SWAPPED, TWO),
    "with more": (TWO + "<input/>", TWO),
    "with more attributes": ("<disk><target dev='a' bus='xen'/></disk>", "<disk><target dev='a'/></disk>"),
    "with another emulator": ("<emulator>/b</emulator>" + TWO, "<emulator>/a</emulator>" + TWO),
    "with other white space": ("\n <input>\n</input>", "<input/>"),
}


@pytest.mark.parametrize(("found", "wanted"), SAME.values(), ids=SAME.keys())
def test_nothing_is_lacking_in_a_definition(found: str, wanted: str) -> None:
    assert lacking(domain(found), domain(wanted)) == ()


LESS = {
    "a device": ("<disk><target dev='a'/></disk>", TWO, "/devices/disk"),
    "one of two equal devices": ("<disk/>", "<disk/><disk/>", "/devices/disk"),
    "an attribute": ("<graphics/>", "<graphics passwd='hunter2'/>", "/devices/graphics/@passwd"),
    "an attribute's value": ("<graphics passwd='x'/>", "<graphics passwd='hunter2'/>", "/devices/graphics/@passwd"),
    "a text": ("<serial>1</serial>", "<serial>2</serial>", "/devices/serial/text()"),
    "something deep": ("<a><b/></a>", "<a><b><c/></b></a>", "/devices/a/b/c"),
}


@pytest.mark.parametrize(("found", "wanted", "place"), LESS.values(), ids=LESS.keys())
def test_a_definition_lacks(found: str, wanted: str, place: str) -> None:
    assert lacking(domain(found), domain(wanted)) == (place,)


def test_a_place_never_tells_a_value() -> None:
    assert "hunter2" not in str(lacking(domain("<graphics/>"), domain("<graphics passwd='hunter2'/>")))


def test_the_name_of_the_domain_may_differ() -> None:
    assert lacking(domain("").replace(">w<", ">x<"), domain("")) == ()


def test_the_id_of_an_active_domain_may_differ() -> None:
    assert lacking("<domain/>", "<domain id='3'/>") == ()


def test_a_name_further_inside_may_not_differ() -> None:
    assert lacking(domain("<x><name>a</name></x>"), domain("<x><name>b</name></x>")) == ("/devices/x/name/text()",)


def test_the_empty_element_that_libvirt_leaves_of_metadata_is_nothing() -> None:
    assert lacking("<domain/>", "<domain><metadata/></domain>") == ()
    assert lacking("<domain/>", "<domain><devices><metadata/></devices></domain>") == ("/devices",)


def test_metadata_counts_with_its_name_space() -> None:
    wanted = "<domain><metadata><s:shop xmlns:s='urn:s'>1</s:shop></metadata></domain>"
    assert lacking("<domain><metadata/></domain>", wanted) == ("/metadata/{urn:s}shop",)


EXPANSION = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, 20))
HOSTILE = {
    "nothing": "",
    "no XML": "hunter2",
    "an end that is missing": "<domain><name>w</name>",
    "an external entity": "<!DOCTYPE d [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><domain><name>&e;</name></domain>",
    "an external DTD": "<!DOCTYPE d SYSTEM 'http://192.0.2.1/d.dtd'><domain><name>w</name></domain>",
    "entities that grow": f"<!DOCTYPE d [<!ENTITY e0 'w'>{EXPANSION}]><domain><name>&e19;</name></domain>",
    "an entity that nobody knows": "<domain><name>&e;</name></domain>",
    "a depth that no definition has": "<d>" * 10_000 + "</d>" * 10_000,
    "a text of 11 MB": f"<domain><name>{'w' * 11_000_000}</name></domain>",
    "no name": "<domain/>",
}


@pytest.mark.parametrize("xml", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_definition_is_not_read_that_has(xml: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        renamed(xml, "x")
    assert str(refusal.value) == ""


DEVICES = {
    "a block device": (
        "<disk device='disk'><source dev='/dev/vg/a'/><target dev='xvda'/></disk>",
        Needs(disks=(Disk("xvda", "/dev/vg/a"),)),
    ),
    "a volume": (
        "<disk device='disk'><source pool='san' volume='a'/><target dev='xvda'/></disk>",
        Needs(disks=(Disk("xvda", pool="san", volume="a"),)),
    ),
    "a shared one": (
        "<disk device='disk'><source dev='/dev/vg/a'/><target dev='xvda'/><shareable/></disk>",
        Needs(disks=(Disk("xvda", "/dev/vg/a", exclusive=False),)),
    ),
    "a medium": (
        "<disk device='cdrom'><source file='/iso'/><target dev='sr0'/><readonly/></disk>",
        Needs(disks=(Disk("sr0", "/iso", exclusive=False),)),
    ),
    "an empty drive": ("<disk device='cdrom'><target dev='sr0'/><readonly/></disk>", Needs()),
    "a disk over the network": (
        "<disk type='network'><source protocol='rbd' name='p/a'/><target dev='xvda'/></disk>",
        Needs(disks=(Disk("xvda"),)),
    ),
    "a disk of another domain's": (
        "<disk><source dev='/dev/vg/a'/><target dev='xvda'/><backenddomain name='storage'/></disk>",
        Needs(disks=(Disk("xvda"),)),
    ),
    "bridges": (
        "<interface type='bridge'><source bridge='br0'/></interface>"
        "<interface type='bridge'><source bridge='br0'/><script path='/etc/xen/scripts/vif-bridge'/></interface>",
        Needs(bridges=("br0",)),
    ),
    "bridges that are none of the host's own": (
        "<interface type='bridge'><source bridge='ovs'/><virtualport type='openvswitch'/></interface>"
        "<interface type='bridge'><source bridge='odd'/><script path='vif-odd'/></interface>"
        "<interface type='bridge'><source bridge='far'/><backenddomain name='net'/></interface>",
        Needs(other_bridges=("ovs", "odd", "far")),
    ),
    "a network, whose bridge is its own business": (
        "<interface type='network'><source network='lan' bridge='virbr0'/></interface>",
        Needs(networks=("lan",)),
    ),
}


@pytest.mark.parametrize(("devices", "expected"), DEVICES.values(), ids=DEVICES.keys())
def test_a_domain_needs(devices: str, expected: Needs) -> None:
    assert needs(f"<domain><devices>{devices}</devices></domain>") == expected


def test_a_domain_may_be_told_to_do_without_hap() -> None:
    assert not needs("<domain><features><hap state='off'/></features></domain>").hap


MOVE, PAUSED = "urn:xenfleet:migration:move", "urn:xenfleet:migration:paused"
HELD_NOTE = f"<m:autostart xmlns:m='{MOVE}'/>"
PAUSE_NOTE = f"<p:paused xmlns:p='{PAUSED}' host='xen-a' id='12'/>"
HOME_NOTE = "<h:home xmlns:h='urn:xenfleet:migration' host='xen-b'/>"
NOTED = {
    "nothing": ("", ""),
    "an autostart that is held back": (f"<metadata>{HELD_NOTE}</metadata>", ""),
    "a pause": (f"<metadata>{PAUSE_NOTE}</metadata>", ""),
    "both": (f"<metadata>{HELD_NOTE}{PAUSE_NOTE}</metadata>", ""),
    "both, and what isn't of a move": (
        f"<metadata>{HELD_NOTE}{HOME_NOTE}{PAUSE_NOTE}</metadata>",
        f"<metadata>{HOME_NOTE}</metadata>",
    ),
}


def whole(metadata: str) -> str:
    return renamed(f"<domain><name>w</name>{metadata}<vcpu>1</vcpu></domain>", "w")


@pytest.mark.parametrize(("found", "left"), NOTED.values(), ids=NOTED)
def test_a_definition_without_what_moves_noted_keeps_all_the_rest(found: str, left: str) -> None:
    assert without_notes(whole(found)) == whole(left)


NOTES = {
    "as libvirt shows it": (
        domain(TWO).replace("<vcpu>", f"<metadata>{PAUSE_NOTE}</metadata><vcpu>"),
        ("paused", "xen-a", "12"),
    ),
    "the other one": (
        domain(TWO).replace("<vcpu>", f"<metadata>{PAUSE_NOTE.replace(':paused ', ':ran ')}</metadata><vcpu>"),
        ("ran", "xen-a", "12"),
    ),
    "none": (domain(TWO), None),
    "somebody else's": (domain(f"<description>{PAUSED}</description>"), None),
}


@pytest.mark.parametrize(("xml", "noted"), NOTES.values(), ids=NOTES)
def test_the_note_of_what_it_was_tells_of_which_copy_it_is(xml: str, noted: tuple[str, str, str] | None) -> None:
    assert noted_state(xml) == noted


def test_a_host_s_name_is_written_as_data() -> None:
    assert state_element("paused", 'a"<b>', 3) == '<paused host="a&quot;&lt;b&gt;" id="3"/>'
