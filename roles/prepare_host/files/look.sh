#!/bin/sh
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What is to be known of a host before anything is done to it: lines of a name, a tab, and what was found. Reads only.
# look.sh UNIT...
set -u

tell() {
    printf '%s\t%s\n' "$1" "$2"
}

yes_or_no() {
    if "$@" >/dev/null 2>&1; then echo yes; else echo no; fi
}

# Names of the domains in configurations of xl's, or in libvirt's XML.
named() {
    cat "$@" 2>/dev/null | sed -n \
        -e "s/^[[:space:]]*name[[:space:]]*=[[:space:]]*[\"']\([^\"']*\)[\"'].*/\1/p" \
        -e 's/^[[:space:]]*<name>\(.*\)<\/name>.*/\1/p' | tr '\n' ' '
}

tell uid "$(id -u)"
# shellcheck source=/dev/null
tell distribution "$(. /etc/os-release && echo "$ID ${ID_LIKE:-}")"
# shellcheck source=/dev/null
tell version "$(. /etc/os-release && echo "${VERSION_ID:-}")"
tell addresses "$(ip -4 -oneline address show | awk '{ sub("/.*", "", $4); printf "%s ", $4 }')"
tell control_domain "$(yes_or_no grep -q control_d /proc/xen/capabilities)"
tell xen_commandline "$(xl info xen_commandline 2>/dev/null)"
tell domains "$(xl list 2>/dev/null | awk 'NR > 1 && $2 != 0 { printf "%s ", $1 }')"
tell nft "$(yes_or_no command -v nft)"
tell firewalld "$(yes_or_no firewall-cmd --state)"
tell name "$(uname -n)"
tell resolves "$(yes_or_no getent hosts "$(uname -n)")"
tell xendomains "$(systemctl is-enabled xendomains.service 2>/dev/null)"
tell started_by_xl "$(named /etc/xen/auto/*)"
tell started_by_libvirt "$(named /etc/libvirt/libxl/autostart/*.xml)"
systemctl show --property=Id,LoadState,UnitFileState,ActiveState "$@" | awk -F= '
    function end() { if (unit["Id"] != "") printf "%s\t%s %s %s\n", unit["Id"], unit["LoadState"],
        unit["UnitFileState"] == "" ? "-" : unit["UnitFileState"], unit["ActiveState"]; delete unit }
    /^$/ { end() }
    { unit[$1] = $2 }
    END { end() }'
