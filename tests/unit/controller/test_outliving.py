# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the child of a module says to it, by several threads at once."""

from __future__ import annotations

import json
import os
import threading

import pytest

from ansible_collections.xenfleet.migration.plugins.module_utils import _outliving
from ansible_collections.xenfleet.migration.plugins.module_utils._outliving import Waiting


def test_no_line_gets_into_the_middle_of_what_another_thread_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe may take a long message in parts; the other thread has every chance to come between them."""
    answers, answers_end = os.pipe()
    lifeline_end, lifeline = os.pipe()
    waiting, write = Waiting(answers_end, lifeline_end), os.write
    other = threading.Thread(target=lambda: waiting.mention("a line"))

    def write_a_part(file: int, data: bytes) -> int:
        written = write(file, data[:10])
        if threading.current_thread() is not other and not other.ident:
            other.start()
            other.join(0.5)  # as long as it would take to get in between; it can't, when all is well
        return written

    monkeypatch.setattr(_outliving.os, "write", write_a_part)
    waiting.tell("web01 from xen-a to xen-b and db01 from xen-a to xen-c")
    other.join()
    os.close(answers_end)
    with os.fdopen(answers, "rb") as heard:
        said = [json.loads(line) for line in heard]
    os.close(lifeline)
    os.close(lifeline_end)
    assert said == [
        {"under_way": "web01 from xen-a to xen-b and db01 from xen-a to xen-c"},
        {"mentioned": "a line"},
    ]
