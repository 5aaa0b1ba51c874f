#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Make the images and snapshots that the tests on the lab need, so that they find them made. What goes wrong here, goes wrong there
# again, and is told there.
set -euo pipefail
cd "$(dirname "$0")/../.."
XDG_STATE_HOME=$(mktemp -d)
export XDG_STATE_HOME
trap 'tests/lab/xenlab down; rm -rf "$XDG_STATE_HOME"' EXIT
tests/lab/xenlab up --hosts 4 --release 12,12,13,13
