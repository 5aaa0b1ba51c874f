#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# mypy --strict: the collection under the names that Ansible gives its files, the lab and the fake libvirt under their own,
# what uses them as seen from the top directory.
set -euo pipefail
# shellcheck source=tests/checks/common.sh
. "$(dirname "$0")/common.sh"

# strictly BASE PATH...: the paths as seen from BASE, which is where their top-level packages are.
strictly() {
    local config=$PWD/pyproject.toml cache=$PWD/.build/mypy
    cd "$1"
    shift
    mypy --config-file "$config" --cache-dir "$cache" "$@" | sed 's#^ansible_collections/xenfleet/migration/##'
}

with_fake_libvirt() {
    MYPYPATH=tests/fake_libvirt "$@"
}

with_collection() {
    MYPYPATH=.build/collections "$@"
}

here=ansible_collections/xenfleet/migration
collection=()
for path in plugins/module_utils plugins/modules plugins/plugin_utils plugins/action plugins/lookup plugins/filter; do
    [ -z "$(find "$path" -name '*.py' 2>/dev/null)" ] || collection+=("$here/$path")
done

check "mypy --strict, collection" strictly .build/collections "${collection[@]}"
check "mypy --strict, fake libvirt" strictly tests/fake_libvirt .
check "mypy --strict, lab" strictly tests/lab .
check "mypy --strict, end to end, demo, bench, faults" \
    strictly . --exclude 'tour.py|locating.py|planning.py' tests/support tests/e2e tests/demo tests/bench tests/faults
# By themselves: they alone are written for the fake libvirt.
check "mypy --strict, tour, bench of locating" with_fake_libvirt strictly . tests/demo/tour.py tests/bench/locating.py
# This one measures the core itself.
check "mypy --strict, bench of planning" with_collection strictly . tests/bench/planning.py
verdict
