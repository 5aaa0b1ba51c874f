#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# ansible-test sanity, all of it and without an ignore file, with each ansible-core that the collection promises to work with.
#
#   sanity.sh [VERSION...]    e.g. 2.19; all of them if none is named
#
# ansible-test wants a HOME for its caches: it gets one below .build, and finds there the pip bootstrap script that it would
# otherwise download from a server which many machines cannot reach.
set -euo pipefail
# shellcheck source=tests/checks/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/setup/python.sh
. tests/setup/python.sh

home=$PWD/.build/home
pythons=$PWD/.build/pythons

# ansible-test looks for interpreters on PATH, and stumbles over the stubs that pyenv keeps there: show it the real ones.
test_path=$pythons:$(tr : '\n' <<<"$PATH" | grep -v '/shims$' | paste -sd:)

prepare() {
    local config
    mkdir -p "$pythons" "$home/.ansible/test/cache" "$home/.config"
    for config in .config/pip .pip; do
        [ ! -e "$HOME/$config" ] || ln -sfn "$HOME/$config" "$home/$config"
    done
    tests/setup/collection.sh copy .build/sanity
}

# offer PYTHON: let ansible-test find this interpreter; says its version.
offer() {
    local version
    version=$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    ln -sfn "$1" "$pythons/python$version"
    echo "$version"
}

# pip_bootstrap VENV: put the script where this ansible-test looks for it, by the version of pip that it asks for.
pip_bootstrap() {
    local version
    version=$("$1/bin/python" -c 'import re, pathlib, ansible_test
source = pathlib.Path(ansible_test.__file__).parent / "_internal" / "python_requirements.py"
print(re.search(r"\bpip=.([0-9.]+)", source.read_text()).group(1))')
    cp tests/setup/get_pip.py "$home/.ansible/test/cache/get_pip_${version//./_}.py"
}

# ansible_test VENV [ARGUMENT...]
ansible_test() {
    local venv=$1
    shift
    pip_bootstrap "$venv"
    (
        cd .build/sanity/ansible_collections/xenfleet/migration
        HOME=$home PATH=$venv/bin:$test_path ansible-test sanity --color no "$@" 2>&1 | without_pip
    )
}

# Less of what pip says while it fills the environments of the tests, to leave what the tests say.
without_pip() {
    sed -uE '/^(Looking in|Collecting|Processing|Using cached|Installing|Successfully|WARNING: Location|  .*(pip|━|Downloading|Using cached|Preparing))/d'
}

# The core that everything else uses: with each Python it finds, down to the oldest that modules may meet if that is here.
sanity_pinned() {
    local oldest
    if oldest=$(find_python 3.9); then
        offer "$oldest" >/dev/null
    else
        not_run "modules with Python 3.9" "there is no python3.9 on this machine"
    fi
    check "ansible-test sanity, core 2.19" ansible_test "$PWD/.venv"
}

# sanity_with CORE: another core, in an environment of its own.
sanity_with() {
    local core=$1 python
    if python=$(core_python "$core"); then
        check "ansible-test sanity, core $core" in_own_venv "$core" "$python"
    else
        not_run "ansible-test sanity, core $core" "$(without_core "$core")"
    fi
}

in_own_venv() {
    tests/setup/venv.sh core "$1" "$2"
    ansible_test "$PWD/.build/core-$1" --python "$(offer "$2")"
}

prepare
[ $# -gt 0 ] || set -- 2.19 2.18 2.21
for core in "$@"; do
    case $core in
        2.19) sanity_pinned ;;
        2.18 | 2.21) sanity_with "$core" ;;
        *) echo "no pins for ansible-core $core" >&2 && exit 2 ;;
    esac
done
verdict
