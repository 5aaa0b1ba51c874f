#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Every check, whatever the others say; then what each took, and last of all what pytest had to say. The ones without a lab keep
# one core busy each, so they go on two lanes; beside them the lab's images and snapshots are made, where there are none yet.
set -euo pipefail
# shellcheck source=tests/checks/common.sh
. "$(dirname "$0")/common.sh"

LANES=("unit" "lint types cores sanity package")

stage() { # NAME: run it, keep what it says and how it ended
    local name=$1 start=$SECONDS said=ok
    "tests/checks/$name.sh" >"$logs/stage-$name.txt" 2>&1 </dev/null || said=FAILED
    printf '  %-10s %-8s %4ds\n' "$name" "$said" $((SECONDS - start)) >"$logs/verdict-$name.txt"
}

lane() { # NAME...: one after the other
    local name
    for name in "$@"; do
        stage "$name"
    done
}

tell() { # NAME: what a stage had to say
    printf '\n== %s\n' "$1"
    cat "$logs/stage-$1.txt"
}

rm -f "$logs"/stage-*.txt "$logs"/verdict-*.txt
tests/checks/warm_lab.sh >"$logs/warm-lab.txt" 2>&1 </dev/null &
for names in "${LANES[@]}"; do
    # shellcheck disable=SC2086 # one word for each stage
    lane $names &
done
wait
for names in "${LANES[@]}"; do
    for name in $names; do
        tell "$name"
    done
done
stage e2e
tell e2e

printf '\n== summary\n'
cat "$logs"/verdict-*.txt
for name in unit e2e; do
    printf '%s: %s\n' "$name" "$(grep -E '^=+ .+ =+$' "$logs/stage-$name.txt" | tail -n 1)"
done
! grep -q FAILED "$logs"/verdict-*.txt
