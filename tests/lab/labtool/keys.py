# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
"""The lab's own ssh keys: one for each host, one for the machine that drives them, one for hosts among themselves."""

from __future__ import annotations

import subprocess
from pathlib import Path

from labtool import cache
from labtool.recipe import HOST_NAMES, KEY_NAMES, NETWORK_ADDRESSES


def obtain(cache_directory: Path) -> Path:
    """The directory of the keys, made on first use. They are the same for all images, so releases can be mixed."""
    return cache.obtain(cache_directory / "keys", _make)


def _make(target: Path) -> None:
    target.chmod(0o700)
    for name in KEY_NAMES:
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"xenlab {name}", "-f", str(target / name)]
        subprocess.run(command, stdin=subprocess.DEVNULL, check=True)


def public(keys: Path, name: str) -> str:
    """A public key as known_hosts and authorized_keys want it."""
    return " ".join((keys / f"{name}.pub").read_text(encoding="utf-8").split()[:2])


def known_between_hosts(keys: Path) -> str:
    """The known_hosts of a host: all hosts by their address on the network between them."""
    return "".join(f"{NETWORK_ADDRESSES[name]} {public(keys, name)}\n" for name in HOST_NAMES)
