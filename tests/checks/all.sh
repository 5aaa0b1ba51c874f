#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Every check, whatever the others say; then what each took, and last of all what pytest had to say.
#
# First what goes by the clock and needs no lab, two processes at a time; beside it the lab's images and snapshots are made, where
# there are none yet. Then e2e, and beside it, with what that leaves of the cores, what nobody waits for in a test.
#
#   all.sh                   all of them
#   all.sh --lane NAME...    these, one after the other, after everybody else on this machine
set -euo pipefail
# shellcheck source=tests/checks/common.sh
. "$(dirname "$0")/common.sh"

BEFORE_THE_LAB=(unit types)
# The playbooks last: ansible-runner gives up where the machine leaves it 5 s without its turn (seen beside e2e).
BESIDE_THE_LAB=(sanity lint package cores)

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

# lowly NAME...: a lane in a session of its own, because Linux shares its processors out by session before it looks at priorities.
lowly() {
    setsid nice -n 19 tests/checks/all.sh --lane "$@" </dev/null &
    lane=$!
    trap 'kill -- "-$lane" 2>/dev/null || :' EXIT
}

if [ "${1:-}" = --lane ]; then
    shift
    { echo 19 >/proc/self/autogroup; } 2>/dev/null || : # a kernel without such groups goes by priorities alone
    lane "$@"
    exit
fi

rm -f "$logs"/stage-*.txt "$logs"/verdict-*.txt
tests/checks/warm_lab.sh >"$logs/warm-lab.txt" 2>&1 </dev/null &
warming=$!
lane "${BEFORE_THE_LAB[@]}"
wait "$warming" || : # what went wrong there is told by e2e
for name in "${BEFORE_THE_LAB[@]}"; do
    tell "$name"
done
lowly "${BESIDE_THE_LAB[@]}"
stage e2e
wait "$lane" || : # what it didn't come to, is told below
trap - EXIT
for name in "${BESIDE_THE_LAB[@]}"; do
    [ -e "$logs/verdict-$name.txt" ] || printf '  %-10s FAILED   it did not come to its end\n' "$name" |
        tee -a "$logs/stage-$name.txt" >"$logs/verdict-$name.txt"
done
for name in "${BESIDE_THE_LAB[@]}" e2e; do
    tell "$name"
done

printf '\n== summary\n'
cat "$logs"/verdict-*.txt
for name in unit e2e; do
    printf '%s: %s\n' "$name" "$(grep -E '^=+ .+ =+$' "$logs/stage-$name.txt" | tail -n 1)"
done
! grep -q FAILED "$logs"/verdict-*.txt
