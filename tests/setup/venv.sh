#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Make a virtual environment from pins, or leave it alone when it is what the pins say.
#
#   venv.sh run    .venv with what a playbook run needs (the demo, the lab)
#   venv.sh dev    the same .venv with the tools of the checks as well
#   venv.sh tour   .build/tour with the same but for libvirt-python, which would have to be compiled
#   venv.sh core VERSION PYTHON    .build/core-VERSION with another ansible-core
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=tests/setup/python.sh
. tests/setup/python.sh

pip_log=.build/logs/pip.log

# install VENV PYTHON LOCK...: the locks add up; each has a stamp of its own, valid while it and those before it are unchanged.
install() {
    local venv=$1 python=$2 lock stamp hash
    shift 2
    hash=$("$python" -c 'import sys; print(sys.version, sys.base_prefix)')
    for lock in "$@"; do
        hash=$(printf '%s\n' "$hash" | cat - "$lock" | sha256sum | cut -d' ' -f1)
        stamp=$venv/.stamp-$(basename "$lock" .txt)
        if [ "$(cat "$stamp" 2>/dev/null)" != "$hash" ]; then
            echo "Installing $lock into $venv"
            [ "$lock" != "$1" ] || "$python" -m venv --clear "$venv"
            pip_install "$venv" "$lock"
            echo "$hash" >"$stamp"
        fi
    done
}

pip_install() {
    local log
    log=$pip_log.$$
    if ! "$1/bin/python" -m pip install --disable-pip-version-check --no-input --quiet --no-deps -r "$2" >"$log" 2>&1; then
        cat "$log" >&2
        return 1
    fi
    mv "$log" "$pip_log"
}

install_tour() {
    local python pins=.build/requirements-tour.txt
    python=$(default_python)
    grep -v '^libvirt-python==' tests/setup/requirements-run.txt >"$pins"
    install .build/tour "$python" "$pins"
}

mkdir -p .build/logs
exec 9>.build/venv.lock
flock 9

case "${1:-}" in
    run)
        python=$(default_python)
        install .venv "$python" tests/setup/requirements-run.txt
        ;;
    dev)
        python=$(default_python)
        install .venv "$python" tests/setup/requirements-run.txt tests/setup/requirements-dev.txt
        ;;
    tour) install_tour ;;
    core) install ".build/core-$2" "$3" "tests/setup/requirements-core-$2.txt" ;;
    *)
        echo "usage: $0 run | dev | tour | core VERSION PYTHON" >&2
        exit 2
        ;;
esac
