#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Write the pins (requirements-*.txt) anew from what is asked for (requirements-*.in): the newest versions that fit together.
set -euo pipefail
cd "$(dirname "$0")"

venv=../../.build/uv
[ -x "$venv/bin/uv" ] || { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet uv; }

# lock PYTHON NAME: pins for this Python and all newer ones.
lock() {
    "$venv/bin/uv" pip compile --quiet --upgrade --universal --no-emit-index-url --no-emit-find-links \
        --custom-compile-command tests/setup/refresh-pins.sh \
        --python-version "$1" "requirements-$2.in" --output-file "requirements-$2.txt"
}

lock 3.11 run
lock 3.11 dev
lock 3.11 core-2.18
lock 3.12 core-2.21
