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

Told = Union[Description, "tuple[str, ...]", bool]
Question = tuple[str, str]

_PARTS: Mapping[str, Callable[[Hypervisor], Told]] = {
    "description": lambda hypervisor: hypervisor.description(),
    "addresses": lambda hypervisor: hypervisor.addresses(),
    "bridges": lambda hypervisor: hypervisor.bridges(),
    "shadow_paging": lambda hypervisor: hypervisor.shadow_paging(),
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
    return [_account(state, answers, _addresses_of_others(state, answers)) for state in fleet.hosts.values()]


def _no_answer(question: Question) -> MigrationError:
    return HypervisorError(question[0], "describe itself", f"no answer within {CONNECT_SECONDS} s")


def _account(state: HostState, answers: Mapping[Question, Told | MigrationError], others: tuple[str, ...]) -> Account:
    host = state.host
    description = answers.get((host.name, "description"))
    if not isinstance(description, Description):
        silent = HostState(host, unreachable=state.unreachable or str(description))
        return Account(silent, migration_address=host.migration_address)
    addresses, paging = _tuple(answers[host.name, "addresses"]), answers[host.name, "shadow_paging"]
    return Account(
        state,
        description,
        addresses,
        _tuple(answers[host.name, "bridges"]),
        paging if isinstance(paging, bool) else None,
        _migration_address(host, addresses, others),
    )


def _addresses_of_others(state: HostState, answers: Mapping[Question, Told | MigrationError]) -> tuple[str, ...]:
    told = [
        _tuple(answer) for (name, part), answer in answers.items() if part == "addresses" and name != state.host.name
    ]
    return tuple(address for addresses in told for address in addresses or ())


def _tuple(answer: Told | MigrationError) -> tuple[str, ...] | None:
    return answer if isinstance(answer, tuple) else None


def _migration_address(host: Host, own: tuple[str, ...] | None, others: tuple[str, ...]) -> str | None:
    """Return the address that memory would be sent to, by a source that has the addresses of all the others."""
    found = migration_address(host, HostFacts(others), HostFacts(own))
    return found if isinstance(found, str) else None
