#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# pytest without a lab, in the collection's own name space. Arguments go to pytest. Without any, two processes do all of it: a file
# is one's, because some tests look at what runs on this machine, and those with long tests come first.
set -euo pipefail
# shellcheck source=tests/checks/common.sh
. "$(dirname "$0")/common.sh"

# No directory beside what is in it: pytest would take the directory alone, in the order of its names.
shopt -s extglob
longest=rolling_maintenance
[ $# -gt 0 ] || set -- -n 2 --dist loadfile --no-loadscope-reorder "tests/unit/playbooks/test_$longest.py" \
    tests/unit/playbooks/test_!("$longest").py tests/unit/!(playbooks|__pycache__)/
exec pytest --ansible-unit-inject-only "$@"
