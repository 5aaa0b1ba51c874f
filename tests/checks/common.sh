# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
#
# What the scripts of the checks share. Sourced, never run. Leaves you in the top directory with .venv's programs first on PATH.

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit
PATH=$PWD/.venv/bin:$PATH
export PATH NO_COLOR=1
export ANSIBLE_COLLECTIONS_PATH=$PWD/.build/collections ANSIBLE_HOME=$PWD/.build/ansible
logs=$PWD/.build/logs
mkdir -p "$logs"

failed=()

# check NAME COMMAND...: one line when it is fine, all its output when it is not. Goes on either way; `verdict` tells in the end.
check() {
    local name=$1 log=$logs/${1//[^A-Za-z0-9.-]/-}.log start=$SECONDS status
    shift
    set +e # and not `|| status=$?`, which would have a function go on after its first failure
    (set -e && "$@") >"$log" 2>&1 </dev/null
    status=$?
    set -e
    if [ "$status" = 0 ]; then
        printf '  ok    %-44s %4ds\n' "$name" $((SECONDS - start))
    else
        printf '  FAIL  %-44s %4ds   (exit status %d)\n' "$name" $((SECONDS - start)) "$status"
        cat "$log"
        failed+=("$name")
    fi
}

# not_run NAME REASON: instead of `check`, for what this machine lacks something for.
not_run() {
    printf '  --    %-44s not run: %s\n' "$1" "$2"
}

verdict() {
    [ "${#failed[@]}" -eq 0 ] || { printf 'Failed: %s\n' "${failed[*]}" && exit 1; }
}

# Some tools leave things in HOME: give them one that `make clean` removes.
with_own_home() {
    mkdir -p .build/home
    HOME=$PWD/.build/home "$@"
}

# Files that git knows or would add and that exist, by pattern.
project_files() {
    git ls-files --cached --others --exclude-standard -- "$@" | while IFS= read -r path; do
        [ ! -e "$path" ] || printf '%s\n' "$path"
    done
}
