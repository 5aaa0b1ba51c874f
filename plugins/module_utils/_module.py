# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all modules have in common, private to this collection: the libraries they need, and their way to the hosts."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ._core.snapshot import Connect
from ._libvirt.dependencies import PACKAGES, problems
from ._libvirt.shell import no_shell
from ._libvirt.xen_host import connector


def require_libraries(module: AnsibleModule) -> None:
    """End the module where a library is missing."""
    for library, trace in problems.items():
        module.fail_json(msg=missing_required_lib(PACKAGES[library]), exception=trace)


def end(module: AnsibleModule, answer: dict[str, Any]) -> None:
    """End the module with an answer: ``failed``, ``warnings`` (which may be left out) and what it returns."""
    for text in answer.pop("warnings", ()):
        module.warn(text)
    (module.fail_json if answer.pop("failed") else module.exit_json)(**answer)


def connect_for(module: AnsibleModule, read_only: bool, shell: bool = True) -> Connect:
    """Return what opens connections; without ``shell`` hosts are asked by libvirt only."""

    def run(argv: list[str], data: str | None) -> tuple[int, str, str]:
        given = None if data is None else data.encode(errors="surrogateescape")
        # By itself run_command would end the module when ssh isn't there, and add a line end to what it hands on.
        # And it would put this machine's environment into commands that are meant for the host.
        code, output, complaint = module.run_command(
            argv, data=given, binary_data=True, handle_exceptions=False, expand_user_and_vars=False
        )
        return int(code), str(output), str(complaint)

    return connector(run, read_only) if shell else connector(no_shell, read_only)
