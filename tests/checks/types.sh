#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# mypy --strict, under the names that Ansible gives the files.
set -euo pipefail
# shellcheck source=tests/checks/common.sh
. "$(dirname "$0")/common.sh"

typed=(plugins/module_utils plugins/modules tests/lab tests/fake_libvirt)

here=ansible_collections/xenfleet/migration

strictly() {
    local targets=() path
    for path in "${typed[@]}"; do
        [ -z "$(find "$path" -name '*.py' 2>/dev/null)" ] || targets+=("$here/$path")
    done
    (cd .build/collections && mypy --config-file "$OLDPWD/pyproject.toml" --cache-dir ../mypy "${targets[@]}") |
        sed "s#^$here/##"
}

check "mypy --strict" strictly
verdict
