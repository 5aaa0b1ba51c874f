#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Every check, one after the other and whatever the others say; then what each took, and last of all what pytest had to say.
set -euo pipefail
# shellcheck source=tests/checks/common.sh
. "$(dirname "$0")/common.sh"

summary=()
status=0

stage() {
    local name=$1 start=$SECONDS said=ok
    printf '\n== %s\n' "$name"
    if ! "tests/checks/$name.sh" 2>&1 </dev/null | tee "$logs/stage-$name.txt"; then
        said=FAILED
        status=1
    fi
    summary+=("$(printf '  %-10s %-8s %4ds' "$name" "$said" $((SECONDS - start)))")
}

for name in lint types unit cores sanity package e2e; do
    stage "$name"
done

printf '\n== summary\n'
printf '%s\n' "${summary[@]}"
for name in unit e2e; do
    printf '%s: %s\n' "$name" "$(grep -E '^=+ .+ =+$' "$logs/stage-$name.txt" | tail -n 1)"
done
exit "$status"
