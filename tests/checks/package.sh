#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Build the collection and let Galaxy's own importer judge it.
set -euo pipefail
# shellcheck source=tests/checks/common.sh
. "$(dirname "$0")/common.sh"

out=$PWD/.build/package

build() {
    rm -rf "$out"
    tests/setup/collection.sh copy "$out"
    rm -rf "$out/ansible_collections/xenfleet/migration/.git"
    with_own_home ansible-galaxy collection build --force --output-path "$out" "$out/ansible_collections/xenfleet/migration"
}

# The importer passes much that it complains about: here a complaint is a failure.
import_it() {
    local said=$out/importer.txt
    (cd "$out" && HOME=$PWD GALAXY_IMPORTER_CHECK_REQUIRED_TAGS=1 python -m galaxy_importer.main ./*.tar.gz) 2>&1 | tee "$said"
    ! grep -E '^(WARNING|ERROR)' "$said"
}

check "ansible-galaxy collection build" build
[ "${#failed[@]}" -gt 0 ] || check "galaxy-importer" import_it
verdict
