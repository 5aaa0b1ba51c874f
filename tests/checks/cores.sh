#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Playbook runs with the other ansible-cores that the collection promises to work with. Those runs in which cores differ: lists,
# texts and undefined variables, as lookup, action plugins, filters and playbooks meet them. `unit` has them all, with the pinned core.
#
#   cores.sh [VERSION...]    e.g. 2.18; all but the pinned one if none is named
set -euo pipefail
# shellcheck source=tests/checks/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/setup/python.sh
. tests/setup/python.sh

tests=(
    tests/unit/playbooks/test_location.py
    tests/unit/playbooks/test_inventory.py
    tests/unit/playbooks/test_info.py
    tests/unit/playbooks/test_runner.py
    tests/unit/playbooks/test_slices.py
    tests/unit/playbooks/test_progress_lines.py
    tests/unit/playbooks/test_report.py
    tests/unit/playbooks/test_prepare_host.py
)
same_with_any_core="thousand or missing_library or connection or closer_look or silent or second_run or serves_slices or named_ones or nobody_reads or could_not_be_written or no_lines_where"

# play CORE: only ansible-playbook is this core's, pytest and the modules run with .venv's Python.
play() {
    CORE_PROGRAMS=$PWD/.build/core-$1/bin \
        pytest --ansible-unit-inject-only -q -o "cache_dir=.build/pytest/core-$1" -k "not ($same_with_any_core)" "${tests[@]}"
}

# Side by side, because most of their time is Ansible's start.
play_all() {
    local core status=0
    declare -A started
    for core in "$@"; do
        play "$core" >"$logs/core-$core.txt" 2>&1 &
        started[$core]=$!
    done
    for core in "$@"; do
        wait "${started[$core]}" || status=1
        printf 'ansible-core %s\n' "$core"
        cat "$logs/core-$core.txt"
    done
    return "$status"
}

[ $# -gt 0 ] || set -- 2.18 2.21
here=()
for core in "$@"; do
    if python=$(core_python "$core"); then
        tests/setup/venv.sh core "$core" "$python"
        here+=("$core")
    else
        not_run "playbooks, core $core" "$(without_core "$core")"
    fi
done
[ "${#here[@]}" -eq 0 ] || check "playbooks, core ${here[*]}" play_all "${here[@]}"
verdict
