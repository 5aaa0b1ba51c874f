#!/bin/sh
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The packages among those named that aren't installed, one a line. Reads only. missing_packages.sh PACKAGE...
set -u

is_installed() {
    if command -v dpkg-query >/dev/null 2>&1; then
        [ "$(dpkg-query --show --showformat '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
    else
        rpm --query --quiet --whatprovides "$1" >/dev/null 2>&1
    fi
}

for package; do
    is_installed "$package" || printf '%s\n' "$package"
done
