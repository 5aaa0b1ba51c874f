# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job templates that the documentation offers: they fit the playbooks, and what AWX accepts (its API refuses the rest)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from fleet import FakeFleet
from jinja2.sandbox import ImmutableSandboxedEnvironment
from playing import ROOT
from test_runner import run

KNOWN = "/runner/env/tmpq5z"


class _Loader(yaml.SafeLoader):
    """Knows Ansible's tag for what is no template of its own."""


_Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_mapping(node, deep=True))
(PLAY,) = yaml.load((ROOT / "docs/awx/job_templates.yml").read_text(), _Loader)


def arguments(module: str) -> list[dict[str, Any]]:
    return [task[f"awx.awx.{module}"] for task in PLAY["tasks"] if f"awx.awx.{module}" in task]


TEMPLATES = {template["name"]: template for template in arguments("job_template")}
(CREDENTIAL_TYPE,) = arguments("credential_type")


def test_every_playbook_has_a_job_template() -> None:
    offered = {template["playbook"] for template in TEMPLATES.values()}
    paths = [path for path in (ROOT / "playbooks").glob("*.yml") if not _is_another_name(path)]
    assert offered == {str(path.relative_to(ROOT)) for path in paths}


@pytest.mark.parametrize("name", [name for name, template in TEMPLATES.items() if "survey_spec" in template])
def test_a_survey_asks_for_variables_of_the_playbook_s_role(name: str) -> None:
    play, *_more = yaml.safe_load((ROOT / TEMPLATES[name]["playbook"]).read_text())
    role = _role(play).rpartition(".")[2]
    specs = yaml.safe_load((ROOT / "roles" / role / "meta/argument_specs.yml").read_text())["argument_specs"]
    survey = TEMPLATES[name]["survey_spec"]
    assert [type(survey[field]) for field in ("name", "description", "spec")] == [str, str, list]
    for question in survey["spec"]:
        assert question["variable"] in specs["main"]["options"]
        assert isinstance(question["required"], bool)
        assert question["type"] in {"text", "textarea"} or question["default"] in question["choices"]


def _is_another_name(path: Path) -> bool:
    return all("ansible.builtin.import_playbook" in play for play in yaml.safe_load(path.read_text()))


def _role(play: dict[str, Any]) -> str:
    (included,) = play.get("roles") or [
        {"role": task["ansible.builtin.include_role"]["name"]} for task in play["tasks"]
    ]
    return str(included["role"])


@pytest.mark.parametrize(("hosts", "asked"), [("xen-a", {"xen-a"}), (None, {"xen-a", "xen-b"})])
def test_a_credential_says_which_hosts_and_whose_keys_are_known(
    fleet: FakeFleet, hosts: str | None, asked: set[str]
) -> None:
    fleet.add_domain("web01", "xen-a")
    fleet.add_domain("web02", "xen-b")
    environment, answers = injected({"hosts": hosts} if hosts else {})
    job = run(fleet, "locate", environment, **answers)
    found = job.artifacts["xen_location"]["domains"]
    assert {domain["host"] for domain in found} == asked, job.output
    assert {domain["uri"].partition("?")[2] for domain in found} == {
        f"known_hosts={KNOWN}&known_hosts_verify=normal&sshauth=agent,privkey"
    }


def injected(inputs: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the environment and the extra variables that AWX makes of a credential's inputs."""
    injectors = CREDENTIAL_TYPE["injectors"]
    assert not [name for name in injectors["env"] if name.startswith("ANSIBLE_")], "AWX refuses those in credentials"
    values = {"known_hosts": "xen-a ssh-ed25519 AAAA", "tower": {"filename": {"known_hosts": KNOWN}}, **inputs}
    render = ImmutableSandboxedEnvironment().from_string
    environment, answers = (
        {name: render(text).render(values) for name, text in injectors[part].items()} for part in ("env", "extra_vars")
    )
    return {"ANSIBLE_HOST_KEY_CHECKING": "False", **environment}, answers  # the former is AWX's own, for every job
