# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
#
# Which Python to use. Sourced, never run.

# The python3 a user would get by typing it, if it is new enough.
default_python() {
    local python
    python=$(command -v python3) || true
    if [ -z "$python" ] || ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
        echo "Needs Python 3.11 or newer as python3 on PATH; found ${python:-none} $("${python:-true}" --version 2>&1)" >&2
        return 1
    fi
    if ! is_python "$python"; then
        echo "$python can't make virtual environments. On Debian, the package python3-venv is missing:" \
            "apt-get install python3-venv" >&2
        return 1
    fi
    echo "$python"
}

# find_python VERSION...: the first of these that is there, on PATH or in pyenv's own directory.
find_python() {
    local version python
    for version in "$@"; do
        for python in "$(command -v "python$version" || true)" \
            "${PYENV_ROOT:-$HOME/.pyenv}/versions/$version".*/bin/"python$version"; do
            if is_python "$python"; then
                "$python" -c 'import sys; print(sys.executable)'
                return
            fi
        done
    done
    return 1
}

# It runs (pyenv leaves stubs on PATH that don't) and can make a virtual environment.
is_python() {
    [ -n "$1" ] && "$1" -c 'import ensurepip, venv' >/dev/null 2>&1
}

# The Pythons that each ansible-core beside the pinned one runs with, the wanted one first.
declare -A core_pythons=(
    [2.18]="3.11 3.12 3.13"
    [2.21]="3.13 3.12 3.14"
)

# core_python CORE: the one to use here.
core_python() {
    local wanted
    read -ra wanted <<<"${core_pythons[$1]}"
    find_python "${wanted[@]}"
}

# without_core CORE: why this one isn't used here.
without_core() {
    echo "it needs Python ${core_pythons[$1]// //}, none of which is on this machine"
}
