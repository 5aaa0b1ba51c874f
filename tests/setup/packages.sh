#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Install the Debian packages that the lab needs, if any is missing.
#
#   packages.sh        what a playbook run on the lab needs (the demo)
#   packages.sh dev    what the checks need as well
set -euo pipefail
cd "$(dirname "$0")/../.."

lists=(tests/setup/packages.txt tests/lab/packages.txt)
[ "${1:-}" != dev ] || lists+=(tests/setup/packages-dev.txt)

wanted() {
    local list
    for list in "${lists[@]}"; do
        [ ! -e "$list" ] || sed 's/#.*//' "$list"
    done | xargs -n1 | sort -u
}

missing() {
    local package
    for package in $(wanted); do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || echo "$package"
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        env "$@"
    elif command -v sudo >/dev/null; then
        sudo env "$@"
    else
        echo "Needs root, or sudo, to run: $*" >&2
        return 1
    fi
}

apt_get() {
    as_root DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@"
}

if ! command -v dpkg-query >/dev/null; then
    echo "Not a Debian system: install what these packages hold yourself: $(wanted | xargs)" >&2
    exit 0
fi
mapfile -t packages < <(missing)
[ "${#packages[@]}" -gt 0 ] || exit 0

echo "Installing Debian packages: ${packages[*]}"
mkdir -p .build/logs
log=.build/logs/apt-get.log
apt_get update >"$log" 2>&1 || echo "apt-get update failed; trying with the lists at hand" >&2
if ! apt_get install -y --no-install-recommends "${packages[@]}" >>"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    exit 1
fi
