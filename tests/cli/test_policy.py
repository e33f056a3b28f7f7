"""`reconciler policy iam` and `reconciler policy test`."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from reconciler.cli.app import app

SAMPLES = Path(__file__).parents[2] / "config" / "pipelines"
RULES = """\
rules:
  - id: branch-is-main
    title: sources follow main
    expression: stages[].actions[?configuration.BranchName && configuration.BranchName != 'main'][]
    message: "{name} follows {configuration.BranchName}"
"""
DEFINITION = """\
pipeline:
  name: shop-dev-web
  roleArn: arn:aws:iam::111111111111:role/shop
  artifactStore: {type: S3, location: artifacts}
  stages:
    - name: Source
      actions:
        - name: Code  MARK
          actionTypeId: {category: Source, owner: AWS, provider: CodeCommit, version: "1"}
          configuration: {RepositoryName: web, BranchName: develop, PollForSourceChanges: "false"}
          outputArtifacts: [{name: Code}]
    - name: Build
      actions:
        - name: Build
          actionTypeId: {category: Build, owner: AWS, provider: CodeBuild, version: "1"}
          configuration: {ProjectName: web}
          inputArtifacts: [{name: Code}]
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: str, status: int):
        done = CliRunner().invoke(app, ["policy", *arguments], prog_name="reconciler")
        assert done.exit_code == status, done.output
        return done

    return invoke


@pytest.fixture
def rules(tmp_path):
    """Write a folder with a rule and a definition, whose source carries a mark."""

    def write(mark: str, text: str = RULES) -> None:
        (tmp_path / "rules").mkdir()
        (tmp_path / "rules" / "own.yaml").write_text(text)
        (tmp_path / "rules" / "shop-dev-web.yaml").write_text(DEFINITION.replace("MARK", mark))

    return write


def test_marks_that_hold_end_with_nought(run, rules):
    rules("# finding: branch-is-main")
    assert run("test", "rules", status=0).stderr == "1 comment: all as they say\n"


def test_a_missing_and_a_surplus_finding_both_fail(run, rules):
    rules("# ok: branch-is-main")
    assert run("test", "rules", status=1).stdout == (
        "rules/shop-dev-web.yaml:8: surplus [branch-is-main] Code follows develop\n"
    )
    Path("rules/shop-dev-web.yaml").write_text(
        DEFINITION.replace("MARK", "# finding: branch-is-main").replace("develop", "main")
    )
    assert "8: missing [branch-is-main]" in run("test", "rules", status=1).stdout


def test_the_result_can_be_read_by_programs(run, rules):
    rules("# ok: branch-is-main")
    (failure,) = json.loads(run("test", "rules", "-f", "json", status=1).stdout)["failures"]
    assert (failure["line"], failure["kind"]) == (8, "surplus")
    suite = ET.fromstring(run("test", "rules", "-f", "junit", status=1).stdout).find("testsuite")
    assert (suite.get("tests"), suite.get("failures")) == ("1", "1")


def test_shipped_rules_are_tried_where_a_comment_names_them(run, rules):
    rules("# finding: branch-is-main\n          # finding: no-such-rule")
    assert "there is no such rule" in run("test", "rules", status=1).stdout


def test_a_rule_without_comments_is_told(run, rules):
    rules("", RULES.replace("!= 'main'", "== 'x'"))
    assert "no comment is about branch-is-main" in run("test", "rules", status=0).stderr


def test_a_rule_that_fails_is_a_surplus(run, rules):
    rules("# ok: branch-is-main", "rules: [{id: branch-is-main, title: t, expression: length(roleArn.x)}]")
    assert "surplus [rule-broken]" in run("test", "rules", status=1).stdout


@pytest.mark.parametrize(
    ("text", "definition", "words"),
    [
        pytest.param(RULES.replace("!=", "="), DEFINITION, "at character", id="bad expression"),
        pytest.param(RULES, DEFINITION.replace("CodeBuild", "CodeBuilt"), "CodeBuilt", id="bad definition"),
        pytest.param(RULES, "", "holds no definitions", id="no definition"),
    ],
)
def test_what_cannot_be_tried_ends_with_two(run, rules, text, definition, words):
    rules("", text)
    file = Path("rules/shop-dev-web.yaml")
    file.write_text(definition.replace("  MARK", "")) if definition else file.unlink()
    assert words in run("test", "rules", status=2).stderr


def test_settings_beside_the_rules_say_what_environments_there_are(run, rules):
    rules("# finding: branch-is-main", RULES.replace("expression: ", "expression: facts.protected && "))
    settings = 'environments: {dev: {account: "111111111111", regions: [eu-west-1], protected: true}}'
    Path("rules/reconciler.yaml").write_text(settings)
    run("test", "rules", status=0)


def test_the_roles_of_a_pipeline_are_printed_with_trust_and_permissions(run):
    document = json.loads(run("iam", "payments-prod-api", str(SAMPLES), status=0).stdout)
    assert document["pipeline"] == "payments-prod-api"
    assert [each["kind"] for each in document["roles"]] == ["service", "action"]
    assert all({"trust", "permissions", "runs"} <= each.keys() for each in document["roles"])


def test_one_kind_of_role_can_be_asked_for_and_notes_are_messages(run):
    done = run("iam", "payments-prod-api", str(SAMPLES), "--role", "action", "--format", "yaml", status=0)
    assert "kind: service" not in done.stdout
    assert "write them instead of ROLES-OF-THE-TASK" in done.stderr


def test_a_pipeline_without_such_roles_or_without_that_name_is_told(run):
    assert "leave --role out" in run("iam", "payments-dev-api", str(SAMPLES), "--role", "action", status=2).stderr
    assert "did you mean payments-dev-api" in run("iam", "payment-dev-api", str(SAMPLES), status=2).stderr


def test_the_help_has_an_example(run):
    assert "reconciler policy test rules" in run("test", "--help", status=0).stdout
    assert dedent(run("iam", "--help", status=0).stdout).count("--role")
