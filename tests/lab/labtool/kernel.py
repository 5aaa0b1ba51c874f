# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
"""Unpacking kernels. A kernel that is already unpacked saves an emulated host many seconds at every boot and guest start."""

from __future__ import annotations

import gzip
import lzma
import struct
import subprocess
from pathlib import Path

from labtool.errors import LabError

_SECTOR = 512
_PT_LOAD = 1


def _payload(image: bytes) -> bytes:
    """The compressed kernel inside a bzImage (Documentation/arch/x86/boot.rst)."""
    if image[0x202:0x206] != b"HdrS":
        raise LabError("not a bzImage")
    setup_sectors = image[0x1F1] or 4
    offset, length = struct.unpack_from("<II", image, 0x248)
    start = (setup_sectors + 1) * _SECTOR + offset
    return image[start : start + length]


def _zstd(payload: bytes) -> bytes:
    # The payload ends in four bytes of length that zstd takes for garbage.
    return subprocess.run(["zstd", "-dcq"], input=payload[:-4], capture_output=True, check=True).stdout


def unpacked_linux(image: bytes) -> bytes:
    """The ELF kernel of a bzImage compressed by xz, gzip or zstd; LabError for anything else."""
    payload = _payload(image)
    if payload.startswith(b"\xfd7zXZ\x00"):
        kernel = lzma.LZMADecompressor().decompress(payload)
    elif payload.startswith(b"\x1f\x8b"):
        kernel = gzip.decompress(payload)
    elif payload.startswith(b"\x28\xb5\x2f\xfd"):
        kernel = _zstd(payload)
    else:
        raise LabError(f"kernel compressed in an unknown way: {payload[:6].hex()}")
    if not kernel.startswith(b"\x7fELF"):
        raise LabError("the unpacked kernel is not an ELF file")
    return kernel


def without_zeros(kernel: bytes) -> bytes:
    """The same ELF kernel without zeros at the end of its segments, which is what loading makes of missing bytes anyway.

    Its section headers are lost; loaders look at segments only. This leaves out 25 MB of 65.
    """
    trimmed = bytearray(kernel)
    (headers,) = struct.unpack_from("<Q", kernel, 0x20)
    header_size, count = struct.unpack_from("<HH", kernel, 0x36)
    end = 0
    for header in range(headers, headers + header_size * count, header_size):
        kind, _flags, offset = struct.unpack_from("<IIQ", kernel, header)
        (size,) = struct.unpack_from("<Q", kernel, header + 0x20)
        if kind == _PT_LOAD:
            size = len(kernel[offset : offset + size].rstrip(b"\0"))
            struct.pack_into("<Q", trimmed, header + 0x20, size)
            end = max(end, offset + size)
    struct.pack_into("<Q", trimmed, 0x28, 0)
    struct.pack_into("<HHH", trimmed, 0x3A, 0, 0, 0)
    return bytes(trimmed[:end])


def unpack_boot_files(boot: Path, target: Path) -> None:
    """Write target/vmlinux and target/xen from the files of Debian's packages in `boot`."""
    (linux,) = boot.glob("vmlinuz-*")
    (xen,) = boot.glob("xen-*-amd64.gz")
    (target / "vmlinux").write_bytes(without_zeros(unpacked_linux(linux.read_bytes())))
    (target / "xen").write_bytes(gzip.decompress(xen.read_bytes()))
