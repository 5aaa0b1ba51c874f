# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which chains of nftables drop what comes in: shortened from what nft 1.0.6 printed."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.xenfleet.migration.plugins.filter.dropping_chains import dropping_chains

ACCEPT: list[Any] = [{"match": {"op": "==", "left": {"meta": {"key": "iifname"}}, "right": "eth0"}}, {"accept": None}]
COUNT: dict[str, Any] = {"counter": {"packets": 395, "bytes": 780607}}
BY_IPTABLES: dict[str, Any] = {"xt": {"type": "target", "name": "REJECT"}}
REJECT: dict[str, Any] = {"reject": {"type": "icmpx", "expr": "admin-prohibited"}}


def ruleset(*rules: list[Any], **chain: Any) -> dict[str, Any]:
    """Return a rule set of one chain at the hook input, changed as given, with these rules."""
    base = {"family": "inet", "table": "filter", "name": "input", "type": "filter", "hook": "input", "prio": 0}
    base |= {"policy": "accept", **chain}
    place = {"family": base["family"], "table": base["table"], "chain": base["name"]}
    return {
        "nftables": [
            {"metainfo": {"version": "1.0.6", "json_schema_version": 1}},
            {"table": {"family": base["family"], "name": base["table"]}},
            {"chain": base},
            *({"rule": {**place, "handle": number, "expr": rule}} for number, rule in enumerate(rules)),
        ]
    }


@pytest.mark.parametrize(
    "given",
    [
        ruleset(policy="drop"),
        ruleset(ACCEPT, policy="drop"),
        ruleset(ACCEPT, [COUNT, {"log": {"prefix": "x"}}, {"drop": None}]),
        ruleset(ACCEPT, [REJECT]),
        ruleset(ACCEPT, [COUNT, BY_IPTABLES]),
    ],
)
def test_a_chain_drops_by_its_policy_or_its_last_rule(given: dict[str, Any]) -> None:
    assert dropping_chains(given) == ["inet filter input"]


@pytest.mark.parametrize(
    "given",
    [
        ruleset(),
        ruleset(ACCEPT, [COUNT]),
        ruleset([*ACCEPT[:1], {"drop": None}]),
        ruleset([{"drop": None}], ACCEPT),
        ruleset(policy="drop", hook="forward"),
        ruleset(policy="drop", type="nat"),
        ruleset(policy="drop", family="ip6"),
        ruleset(policy="drop", family="bridge"),
        {"nftables": []},
    ],
)
def test_others_are_left_alone(given: dict[str, Any]) -> None:
    assert dropping_chains(given) == []


def test_each_chain_that_drops_is_one_to_be_opened() -> None:
    both = [
        *ruleset(policy="drop")["nftables"],
        *ruleset(policy="drop", family="ip", table="own", name="in")["nftables"],
    ]
    assert dropping_chains({"nftables": both}) == ["inet filter input", "ip own in"]


@pytest.mark.parametrize("bad", ["", None, [], {}, {"nftables": "none"}])
def test_what_is_no_rule_set_is_refused(bad: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="nft --json list ruleset"):
        dropping_chains(bad)
