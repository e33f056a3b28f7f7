"""One broken file and its good twin for every rule, read alone and all together by `reconciler validate`.

The line that a rule is about ends in `# finding: rule-id`. What is beside the twins of a rule is what they need; those
of `parameter` are values for a template.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from reconciler.cli.app import app
from reconciler.pipeline import validity

HERE = Path(__file__).parent
SETTINGS = 'environments: {dev: {account: "111111111111", regions: [eu-west-1]}}\npolicy: {profile: minimal}\n'
RULES = sorted(validity.titles())
VALUES = {HERE / "parameter" / "bad.yaml", HERE / "parameter" / "good.yaml"}

Found = list[tuple[str, int, str]]
"""File, line and rule."""


@pytest.fixture
def validate(tmp_path, monkeypatch):
    """Give what `validate --format json` finds in the definitions among some files, with the values among them."""
    (tmp_path / "reconciler.yaml").write_text(SETTINGS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    def run(*paths: Path) -> Found:
        given = [part for file in sorted(VALUES) if file in paths or HERE in paths for part in ("-p", str(file))]
        named = [str(path) for path in paths if path not in VALUES]
        done = CliRunner().invoke(app, ["validate", *named, *given, "--format", "json"])
        found = json.loads(done.stdout)["findings"]
        assert done.exit_code == int(any(each["severity"] == "error" for each in found))
        return [(each["file"], each["line"], each["rule"]) for each in found]

    return run


def marked(file: Path) -> Found:
    lines = enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
    return [(str(file), number, match[1]) for number, line in lines if (match := re.search(r"# finding: (.+)$", line))]


def alone(rule: str, twin: str) -> list[Path]:
    """Give one twin with the files beside it."""
    return [file for file in sorted((HERE / rule).iterdir()) if file.name == twin or file.stem not in ("bad", "good")]


def test_every_rule_has_its_twins_and_nothing_is_left_over():
    twins = [(rule, name) for rule in RULES for name in ("bad.yaml", "good.yaml")]
    assert sorted((file.parent.name, file.name) for file in HERE.glob("*/[bg]*.yaml")) == twins


@pytest.mark.parametrize("rule", RULES)
def test_a_broken_rule_is_told_at_its_line_and_nothing_else_is(validate, rule):
    marks = marked(HERE / rule / "bad.yaml")
    assert validate(*alone(rule, "bad.yaml")) == marks
    assert [name for *_, name in marks] == [rule]


@pytest.mark.parametrize("rule", RULES)
def test_nothing_is_said_of_the_good_twin(validate, rule):
    assert validate(*alone(rule, "good.yaml")) == []


@pytest.mark.parametrize("rule", RULES)
def test_the_twins_differ_in_a_few_lines_only(rule):
    bad, good = ((HERE / rule / name).read_text(encoding="utf-8").splitlines() for name in ("bad.yaml", "good.yaml"))
    assert bad != good
    assert len(set(good) - set(bad)) <= 7


def test_one_run_over_the_folder_tells_every_rule_once_and_nothing_of_the_good_ones(validate):
    assert sorted(validate(HERE)) == sorted(mark for rule in RULES for mark in marked(HERE / rule / "bad.yaml"))
