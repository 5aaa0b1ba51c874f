# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fake libvirt has the names, numbers and signatures of the real one."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys

import libvirt
import pytest

SHOW = """
import inspect, json, libvirt
names = ("virConnect", "virDomain", "virNetwork", "virStoragePool")
classes = {"module": libvirt, **{name: getattr(libvirt, name) for name in names}}
print(json.dumps({
    "constants": {name: value for name, value in vars(libvirt).items() if name.startswith("VIR_")},
    "signatures": {f"{where}.{name}": list(inspect.signature(value).parameters)
                   for where, owner in classes.items() for name, value in vars(owner).items()
                   if inspect.isfunction(value) and not name.startswith("_")},
}))
"""
OWNERS = {name: getattr(libvirt, name) for name in ("virConnect", "virDomain", "virNetwork", "virStoragePool")}


@pytest.fixture(scope="module")
def real() -> dict[str, dict[str, object]]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([sys.executable, "-c", SHOW], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    shown: dict[str, dict[str, object]] = json.loads(done.stdout)
    return shown


def test_every_constant_has_its_real_number(real: dict[str, dict[str, object]]) -> None:
    ours = {name: value for name, value in vars(libvirt).items() if name.startswith("VIR_")}
    assert len(ours) > 50
    assert {name: real["constants"].get(name) for name in ours} == ours


def test_every_function_has_its_real_parameters(real: dict[str, dict[str, object]]) -> None:
    ours = {
        f"{where}.{name}": list(inspect.signature(value).parameters)
        for where, owner in OWNERS.items()
        for name, value in vars(owner).items()
        if inspect.isfunction(value) and not name.startswith("_")
    }
    for name in ("open", "openReadOnly", "registerErrorHandler", "getVersion"):
        ours[f"module.{name}"] = list(inspect.signature(getattr(libvirt, name)).parameters)
    assert len(ours) > 30
    assert {name: real["signatures"].get(name) for name in ours} == ours


def test_an_error_has_code_domain_and_message() -> None:
    error = libvirt.libvirtError("x", libvirt.VIR_ERR_NO_DOMAIN)
    assert (error.get_error_code(), error.get_error_domain()) == (42, libvirt.VIR_FROM_LIBXL)
    assert error.get_error_message() == str(error) == "Domain not found: x"
