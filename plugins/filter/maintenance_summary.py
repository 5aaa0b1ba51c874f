# Copyright (c) 2026 The xenfleet.migration contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far hosts have come in a maintenance, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

_WORDS: Mapping[str, tuple[str, str]] = {
    "done": ("is done", "are done"),
    "maintained": (
        "has been maintained, and its domains are not all known to be home",
        "have been maintained, and their domains are not all known to be home",
    ),
    "drained": ("is empty, and its maintenance is not over", "are empty, and their maintenance is not over"),
    "begun": ("is not known to be empty", "are not known to be empty"),
    "planned": ("would be maintained", "would be maintained"),
    "": ("has had no turn", "have had no turn"),
}
"""Of one host and of several. No phase is that of a host of which nothing was told."""


def maintenance_summary(hosts: Any) -> str:
    """Return a sentence for each phase that hosts are in, with what went wrong there; raises ``AnsibleFilterError``."""
    if not isinstance(hosts, Mapping) or not all(isinstance(told, Mapping) for told in hosts.values()):
        raise AnsibleFilterError(f"A dictionary of hosts to what came of each is wanted, not {hosts!r}.")
    return " ".join(_sentence(phase, hosts) for phase in _WORDS if _in(phase, hosts))


def _in(phase: str, hosts: Mapping[str, Mapping[str, Any]]) -> list[str]:
    return [name for name, told in hosts.items() if told.get("phase", "") == phase]


def _sentence(phase: str, hosts: Mapping[str, Mapping[str, Any]]) -> str:
    names = _in(phase, hosts)
    one, several = _WORDS[phase]
    errors = [str(hosts[name]["error"]).rstrip(" .") for name in names if hosts[name].get("error")]
    told = f"{_listed(names)} {one if len(names) == 1 else several}"
    return f"{told}: {'. '.join(errors)}." if errors else f"{told}."


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[[Any], str]]:
        """Return the filters by name."""
        return {"maintenance_summary": maintenance_summary}
