from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from reconciler import settings
from reconciler.cli.app import app
from reconciler.policy import pages, table

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"


def explained(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["validate", "--explain", *arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_page_is_what_the_table_says():
    assert PAGE.read_text(encoding="utf-8") == explained("all", "--format", "markdown")


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.id) for rule in table.RULES])
def test_a_rule_is_explained_with_its_reason_its_severities_its_parameters_and_both_examples(rule):
    told = explained(rule.id)
    assert rule.title in told
    assert rule.why in told
    assert all(str(level) in told for level in rule.severity.values())
    assert all(name in told for name in rule.parameters)
    place = "as it is seen" if rule.scope == "live" else "in the overrides of a set"
    assert told.count(f", {place}:\n") == bool(rule.bad) + bool(rule.good)


@pytest.mark.parametrize("rule", ["waiver-unused", "rule-broken", "quota"])
def test_every_other_rule_is_explained_too(rule):
    assert explained(rule).startswith(f"{rule} (")


def test_all_rules_are_listed_with_their_titles():
    assert {line.split(":")[0] for line in explained("all").splitlines()} >= {*table.titles(), "quota", "waiver"}


def test_a_rule_that_is_not_there_is_answered_with_the_near_one():
    done = CliRunner().invoke(app, ["validate", "--explain", "environment-rol"])
    assert done.exit_code == 2
    assert "environment-role" in done.output


def test_the_settings_on_the_page_are_settings():
    block = PAGE.read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0]
    loaded = settings.load(block, "page", {})
    assert loaded.policy.profile == "strict"


def test_markdown_of_one_rule_has_one_section():
    text = pages.markdown([table.by_id()["environment-role"]])
    assert text.count("\n## ") == 2
