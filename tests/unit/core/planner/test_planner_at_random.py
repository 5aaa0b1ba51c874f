# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever the planner is asked: each step fits, rules are kept, nobody is lost, and planning again finds nothing to do."""

from __future__ import annotations

import pytest
from clusters import check_end, check_groups, check_steps, random_case, shuffled

from ansible_collections.xenfleet.migration.plugins.module_utils._core.planner.planning import plan

SEEDS = 3000
AT_ONCE = 100


@pytest.mark.parametrize("first", range(0, SEEDS, AT_ONCE))
def test_any_plan_can_be_made_as_told_and_leaves_nothing_to_do(first: int) -> None:
    for seed in range(first, first + AT_ONCE):
        case = random_case(seed)
        made, wish, rules = case
        schedule = plan(made, wish, rules)
        check_steps(made, wish, rules, schedule.steps)
        check_groups(made, rules, schedule)
        check_end(made, wish, rules, schedule)
        assert plan(*shuffled(case, seed)) == schedule, seed
