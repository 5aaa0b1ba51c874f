# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Put pip into an empty environment, for ansible-test, with the pip that is first on PATH.

Stands in for the get-pip.py that ansible-test downloads: called with what to install and with options of get-pip.py.
"""

from __future__ import annotations

import subprocess
import sys

wanted = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]

subprocess.run(["pip", "--python", sys.executable, "install", *wanted], check=True)
