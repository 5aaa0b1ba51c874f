# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""libvirt-python's objects for networks and storage pools."""

# ruff: noqa: N801, N802

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from .constants import VIR_STORAGE_POOL_INACTIVE, VIR_STORAGE_POOL_RUNNING
from .errors import libvirtError
from .session import Session
from .store import NetworkRecord, PoolRecord


class Connection(Protocol):
    """What they need of the connection that they were found by."""

    def _call(self, name: str, changes: bool = False) -> AbstractContextManager[Session]:
        """Make a call on its host."""


class virNetwork:
    """A virtual network as it was when listed."""

    def __init__(self, connection: Connection, found: NetworkRecord) -> None:
        self._connection = connection
        self._found = found

    def name(self) -> str:
        return self._found["name"]

    def isActive(self) -> int:
        with self._connection._call("virNetwork.isActive"):
            return int(self._found["active"])

    def bridgeName(self) -> str:
        with self._connection._call("virNetwork.bridgeName"):
            if self._found["bridge"] is None:
                raise libvirtError(f"network '{self._found['name']}' does not have a bridge name.")
            return self._found["bridge"]


class virStoragePool:
    """A storage pool as it was when listed."""

    def __init__(self, connection: Connection, found: PoolRecord) -> None:
        self._connection = connection
        self._found = found

    def name(self) -> str:
        return self._found["name"]

    def isActive(self) -> int:
        with self._connection._call("virStoragePool.isActive"):
            return int(self._found["active"])

    def info(self) -> list[int]:
        """State, capacity, allocation, available; libvirt knows the sizes of an inactive pool to be 0."""
        with self._connection._call("virStoragePool.info"):
            if not self._found["active"]:
                return [VIR_STORAGE_POOL_INACTIVE, 0, 0, 0]
            capacity, allocation = self._found["capacity"], self._found["allocation"]
            return [VIR_STORAGE_POOL_RUNNING, capacity, allocation, capacity - allocation]
