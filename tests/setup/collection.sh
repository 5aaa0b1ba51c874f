#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Let the checkout be found as a collection.
#
#   collection.sh link        .build/collections/.../xenfleet/migration is a link to the checkout
#   collection.sh copy ROOT   ROOT/ansible_collections/xenfleet/migration is a fresh copy of what git knows or would add
set -euo pipefail
cd "$(dirname "$0")/../.."

link() {
    local parent=.build/collections/ansible_collections/xenfleet
    mkdir -p "$parent"
    ln -sfn ../../../.. "$parent/migration"
}

copy() {
    local target=$1/ansible_collections/xenfleet/migration
    rm -rf "$target"
    mkdir -p "$target"
    git ls-files -z --cached --others --exclude-standard |
        while IFS= read -r -d '' path; do
            [ ! -e "$path" ] || printf '%s\0' "$path"
        done |
        xargs -0 cp --parents --no-dereference --preserve=mode,timestamps --target-directory="$target"
    # A repository of its own, or ansible-test takes the one around it, which ignores the copy.
    git init --quiet "$target"
}

case "${1:-}" in
    link) link ;;
    copy) copy "$2" ;;
    *)
        echo "usage: $0 link | copy ROOT" >&2
        exit 2
        ;;
esac
