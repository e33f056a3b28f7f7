"""What the README shows is what runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from reconciler import settings
from reconciler.cli.app import app
from reconciler.definitions import native, reading

ROOT = Path(__file__).parent.parent
README = ROOT.joinpath("README.md").read_text(encoding="utf-8")
SETTINGS, DEFINITION = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
VERBS = re.findall(r"^\| `reconciler (\w+)", README, re.MULTILINE)


def test_the_settings_of_the_readme_are_settings():
    loaded = settings.load(SETTINGS, "README.md", {})
    assert loaded.environments.keys() == {"dev", "prod"}


def test_the_definition_of_the_readme_is_fine_and_belongs_to_an_environment():
    loaded = settings.load(SETTINGS, "README.md", {})
    context = native.Context(loaded.environments, loaded.naming, str)
    (definition,), problems = reading.judge(DEFINITION.encode(), "README.md", context)
    assert problems == ()
    assert (definition.environment, definition.adopt, dict(definition.tags)) == ("prod", True, {"team": "shop"})


def test_the_table_of_verbs_is_the_command_line():
    assert sorted(VERBS) == sorted(command.name for command in app.registered_commands)


def test_the_first_screen_holds_both_commands():
    commands = [line for line in README.splitlines()[:40] if line.startswith("python3 -m venv .venv && ")]
    assert [line.rsplit(" && ", 1)[1] for line in commands] == [".venv/bin/reconciler demo", ".venv/bin/pytest"]


@pytest.mark.parametrize("link", re.findall(r"\]\((?!http)([^)]+)\)", README))
def test_a_link_leads_somewhere(link):
    assert ROOT.joinpath(link).exists()


def test_the_console_edit_of_the_demo_is_one_that_the_sample_can_have():
    sample = yaml.safe_load(ROOT.joinpath("config/pipelines/ecommerce/ecommerce-dev-backend.yaml").read_text())
    action = sample["pipeline"]["stages"][1]["actions"][0]
    assert f"Build/{action['name']} configuration.ProjectName" in README
