# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report as a page, private to this collection: the role report's template, filled in.

Not by Ansible's own templating, which escapes nothing: here everything is escaped, and shown without characters that steer.
"""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ansible_collections.xenfleet.migration.plugins.plugin_utils._report_run import Run
from ansible_collections.xenfleet.migration.plugins.plugin_utils._report_view import view
from ansible_collections.xenfleet.migration.plugins.plugin_utils._report_words import printable

TEMPLATES = Path(__file__).resolve().parents[2] / "roles" / "report" / "templates"


def report_page(run: Run, title: str, made: float, data_file: str = "") -> str:
    """Return the HTML page of a run.

    ``made`` is when (seconds since the epoch); ``data_file`` the name of the file of data that lies beside it, if one does.
    """
    pages = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return pages.get_template("report.html.j2").render(view=view(run, title, made), data_file=data_file)


def _shown(value: object) -> object:
    """Return what the template writes; what it wrote before (a macro's output) stays."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value
