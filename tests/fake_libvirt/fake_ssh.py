# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for ssh: ``ssh <options> -- <user>@<address> <command>`` on a host of the fake fleet."""

from __future__ import annotations

import sys

from fake_xen.commands import answer


def main() -> int:
    wants_input = "-n" not in sys.argv[: sys.argv.index("--")] if "--" in sys.argv else False
    code, output, complaint = answer(sys.argv, sys.stdin.read() if wants_input else "")
    sys.stdout.write(output)
    sys.stderr.write(complaint)
    return code


if __name__ == "__main__":
    sys.exit(main())
