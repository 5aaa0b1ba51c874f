#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# pytest on the lab: real hosts, real playbooks. Arguments go to pytest; without any, tests marked "long" are left out, and two
# processes with a lab each do the others, because one leaves a third of two cores idle.
#   -m long    those alone
set -euo pipefail
# shellcheck source=tests/checks/common.sh
. "$(dirname "$0")/common.sh"

what=(tests/e2e)
for word in "$@"; do
    [ ! -e "${word%%::*}" ] || what=() # which tests is said
done
[ $# -gt 0 ] || set -- -m "not long" -n 2 --dist loadfile

export PYTHONPATH=$PWD # tests.support
exec pytest --ansible-unit-inject-only --durations 40 --durations-min 20 "${what[@]}" "$@"
