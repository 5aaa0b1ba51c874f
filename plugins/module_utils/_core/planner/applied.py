# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster as it is once steps have been made, private to this collection: pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from .values import Cluster, Step


def applied(cluster: Cluster, steps: Iterable[Step]) -> Cluster:
    """Return the cluster after the steps, one made after the other."""
    free = {machine.name: machine.free_kib for machine in cluster.machines}
    at = {resident.uuid: resident.host for resident in cluster.residents}
    for step in steps:
        free[step.source] += step.resident.need_kib
        free[step.destination] -= step.resident.need_kib
        at[step.resident.uuid] = step.destination
    machines = tuple(
        machine if free[machine.name] == machine.free_kib else replace(machine, free_kib=free[machine.name])
        for machine in cluster.machines
    )
    residents = tuple(
        resident if at[resident.uuid] == resident.host else replace(resident, host=at[resident.uuid])
        for resident in cluster.residents
    )
    return Cluster(machines, residents)
