#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Style, documentation, licences: everything that reads and does not run.
set -euo pipefail
# shellcheck source=tests/checks/common.sh
. "$(dirname "$0")/common.sh"

# Shell scripts by their name or by their first line.
shell_scripts() {
    {
        project_files '*.sh'
        project_files | while IFS= read -r path; do
            [ ! -f "$path" ] || head -c 64 -- "$path" | head -n 1 | grep -aqE '^#!.*\b(ba|da)?sh\b' && printf '%s\n' "$path"
        done || true
    } | sort -u
}

# What the init of the lab's guests is written in can't be seen from its first line, and a directive in it would change the
# hash of the lab's images. SC2034: it reads fields that it has no use for. SC3045: busybox does have read -t.
guest_init=tests/lab/image/initramfs/guest-init

shell_lint() {
    local scripts
    mapfile -t scripts < <(shell_scripts | grep -vFx "$guest_init")
    shellcheck --external-sources --source-path="$PWD" "${scripts[@]}"
    [ ! -e "$guest_init" ] || shellcheck --shell=busybox --exclude=SC2034,SC3045 "$guest_init"
}

ansible_lint() {
    with_own_home ansible-lint --profile production --offline --strict
}

documentation() {
    with_own_home antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs all .
}

check "ruff check" ruff check --no-cache --quiet .
check "ruff format" ruff format --no-cache --check .
check "shellcheck" shell_lint
check "yamllint" yamllint --strict .
check "ansible-lint" ansible_lint
check "antsibull-changelog" antsibull-changelog lint
check "antsibull-docs" documentation
check "reuse" reuse lint --lines
verdict
