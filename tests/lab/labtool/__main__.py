# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
"""Entry point of `python3 -m labtool`."""

from __future__ import annotations

import sys

from labtool.cli import main

sys.exit(main())
