# Copyright (c) 2026 The xenfleet.migration contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an nftables firewall drops what no rule of its accepts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

_FAMILIES = ("ip", "inet")
"""Those that see IPv4 packets at the hook input; libvirt's Xen driver sends memory over IPv4 only."""
_BYSTANDERS = {"counter", "log", "comment"}
"""Statements that let a rule's packets through to its verdict, all of them."""
_REFUSALS = {"drop", "reject"}


def dropping_chains(ruleset: Any) -> list[str]:
    """Return the base chains (``family table chain``) at the hook input that refuse what no rule of theirs accepts.

    A packet has to get through every base chain of a hook: being accepted in one says nothing of the next. So an opening has to
    be made in each of these. ``ruleset`` is what ``nft --json list ruleset`` prints, parsed; raises ``AnsibleFilterError`` if
    it isn't. A chain refuses by its policy, or by a last rule that refuses everything. One that accepts by default, and refuses
    only some packets by rules before its end, is not among them.
    """
    if not isinstance(ruleset, Mapping) or not isinstance(ruleset.get("nftables"), list):
        raise AnsibleFilterError("What 'nft --json list ruleset' prints is wanted, parsed.")
    entries = ruleset["nftables"]
    chains = [entry["chain"] for entry in entries if "chain" in entry]
    last = {_chain_of(entry["rule"]): entry["rule"] for entry in entries if "rule" in entry}
    return [name for chain in chains if _is_input(chain) for name in [_name(chain)] if _refuses(chain, last.get(name))]


def _is_input(chain: Mapping[str, Any]) -> bool:
    return chain.get("hook") == "input" and chain.get("type") == "filter" and chain["family"] in _FAMILIES


def _name(chain: Mapping[str, Any]) -> str:
    return f"{chain['family']} {chain['table']} {chain['name']}"


def _chain_of(rule: Mapping[str, Any]) -> str:
    return f"{rule['family']} {rule['table']} {rule['chain']}"


def _refuses(chain: Mapping[str, Any], last: Mapping[str, Any] | None) -> bool:
    return chain.get("policy") == "drop" or (last is not None and _refuses_all(last))


def _refuses_all(rule: Mapping[str, Any]) -> bool:
    statements = [_statement(item) for item in rule.get("expr", ())]
    return bool(statements) and statements[-1] in _REFUSALS and set(statements[:-1]) <= _BYSTANDERS


def _statement(item: Any) -> str:
    """Return what a statement is; a target of iptables' by its name, in small letters."""
    if not isinstance(item, Mapping):
        return str(item)
    (name,) = item
    target = item[name]
    if name == "xt" and isinstance(target, Mapping) and target.get("type") == "target":
        return str(target.get("name")).lower()
    return str(name)


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[[Any], list[str]]]:
        """Return the filters by name."""
        return {"dropping_chains": dropping_chains}
