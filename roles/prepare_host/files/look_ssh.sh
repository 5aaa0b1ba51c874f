#!/bin/sh
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Root's public key, and what sshd goes by: lines of a name, a tab, and what was found. Reads only. look_ssh.sh KEY
set -u
PATH=$PATH:/usr/sbin:/sbin

# Type and text of a key file's public half. A passphrase would be asked for: there is none, and the file is passed over.
public() {
    ssh-keygen -y -P '' -f "$1" 2>/dev/null | cut -d ' ' -f 1,2
}

tell() {
    [ -z "$2" ] || printf '%s\t%s\n' "$1" "$2"
}

tell own "$(public "$1")"
sshd -T | while read -r word value _rest; do
    case $word in
        hostkey) tell host "$(public "$value")" ;;
        port | permitrootlogin) tell "$word" "$value" ;;
        authorizedkeysfile)
            value=$(printf '%s' "$value" | sed -e 's|%h|/root|g' -e 's|%u|root|g' -e 's|%%|%|g')
            case $value in /*) ;; *) value=/root/$value ;; esac
            tell "$word" "$value"
            ;;
    esac
done
