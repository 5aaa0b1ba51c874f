#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# pytest on the lab: real hosts, real playbooks. Arguments go to pytest.
set -euo pipefail
# shellcheck source=tests/checks/common.sh
. "$(dirname "$0")/common.sh"

export PYTHONPATH=$PWD # tests.support
exec pytest --ansible-unit-inject-only --durations 40 --durations-min 20 "${@:-tests/e2e}"
