# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What hosts are like, private to this collection: all of them asked at once, by libvirt and by a shell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Union

from .description import Account, Description, host_record
from .errors import HypervisorError, MigrationError
from .hypervisor import Hypervisor
from .model import Fleet, Host, HostFacts, HostState
from .parallel import ask_all
from .route import migration_address
from .snapshot import CONNECT_SECONDS, Connect, Hypervisors, opened

Told = Union[Description, HostFacts]
Question = tuple[str, str]

_PARTS: Mapping[str, Callable[[Hypervisor], Told]] = {
    "description": lambda hypervisor: hypervisor.description(),
    "facts": lambda hypervisor: hypervisor.facts(),
}
"""Questions of their own: a shell that hangs keeps nobody from hearing what libvirt says."""


def describe_hosts(hosts: Sequence[Host], connect: Connect) -> dict[str, Any]:
    """Return ``hosts``: name -> record, also of those that can't be asked."""
    with opened(hosts, connect) as (hypervisors, fleet):
        accounts = gather_accounts(fleet, hypervisors)
    return {"hosts": {account.state.host.name: host_record(account) for account in accounts}}


def gather_accounts(fleet: Fleet, hypervisors: Hypervisors) -> list[Account]:
    """Ask every host that could be reached; one that doesn't describe itself counts as unreachable after all."""
    questions = [(name, part) for name in hypervisors for part in _PARTS]
    answers = ask_all(lambda asked: _PARTS[asked[1]](hypervisors[asked[0]]), questions, CONNECT_SECONDS, _no_answer)
    return [_account(state, answers) for state in fleet.hosts.values()]


def _no_answer(question: Question) -> MigrationError:
    return HypervisorError(question[0], "describe itself", f"no answer within {CONNECT_SECONDS} s")


def _account(state: HostState, answers: Mapping[Question, Told | MigrationError]) -> Account:
    host = state.host
    description = answers.get((host.name, "description"))
    if not isinstance(description, Description):
        silent = HostState(host, unreachable=state.unreachable or str(description))
        return Account(silent, migration_address=host.migration_address)
    facts = _facts(answers[host.name, "facts"])
    others = [_facts(answer) for (name, part), answer in answers.items() if part == "facts" and name != host.name]
    return Account(state, description, facts, _migration_address(host, facts, others))


def _facts(answer: Told | MigrationError) -> HostFacts:
    return answer if isinstance(answer, HostFacts) else HostFacts(problem=str(answer))


def _migration_address(host: Host, facts: HostFacts, others: Sequence[HostFacts]) -> str | None:
    """Return the address that memory would be sent to, by a source that has the addresses of all the others."""
    elsewhere = tuple(address for other in others for address in other.addresses or ())
    found = migration_address(host, HostFacts(elsewhere), facts)
    return found if isinstance(found, str) else None
