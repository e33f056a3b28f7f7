"""Templates, and files without settings: what needs no environment is asked, and what is not known is no failure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from reconciler.cli.app import app

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = """\
        - Name: Source
          Actions:
            - Name: Checkout
              ActionTypeId: {Category: Source, Owner: AWS, Provider: CodeCommit, Version: 1}
              Configuration: {RepositoryName: web, BranchName: main, PollForSourceChanges: POLLS}
              OutputArtifacts: [{Name: source}]
"""
TEMPLATE = f"""\
Parameters:
  Unknown: {{Type: String}}
  Token: {{Type: String, NoEcho: true}}
Resources:
  Pipeline:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      Name: shop-prod-web
      RoleArn: arn:aws:iam::333333333333:role/pipeline
      DisableInboundStageTransitions: CLOSED
      ArtifactStore:
        Type: S3
        Location: artifacts
        EncryptionKey: {{Type: KMS, Id: !Ref Unknown}}
      Stages:
{SOURCE}
        - Name: Build
          Actions:
            - Name: Compile
              ActionTypeId: {{Category: Build, Owner: AWS, Provider: CodeBuild, Version: 1}}
              Configuration: {{ProjectName: !Ref Unknown, EnvironmentVariables: !Sub ENVIRONMENT}}
              InputArtifacts: [{{Name: INPUT}}]
"""
GIVEN = {"POLLS": "false", "ENVIRONMENT": "'[]'", "CLOSED": "[]", "INPUT": "source"}
SECRET = """'[{"name": "DB_PASSWORD", "value": "Zq8w-Lp3v9Rt"}]'"""


@pytest.fixture
def judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Give what is said, but for infos, of the template with something else in it: rules, or lines and rules."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, head: str = "", lines: bool = False, **given: str) -> list[Any]:
        text = TEMPLATE
        for key, value in (GIVEN | given).items():
            text = text.replace(key, value)
        (tmp_path / "template.yaml").write_text(head + text)
        done = CliRunner().invoke(app, ["validate", "template.yaml", "--format", "json", *arguments])
        found = [each for each in json.loads(done.stdout)["findings"] if each["rule"] != "unresolved"]
        return [(text.splitlines()[each["line"] - 1].strip()[:12], each["rule"]) if lines else each["rule"]
                for each in found]  # fmt: skip

    return run


def test_a_template_that_leaves_much_to_aws_breaks_no_rule(judged):
    assert judged() == []


def test_whether_it_polls_is_not_known_and_so_no_failure_but_an_info(judged, tmp_path):
    assert judged(POLLS="!Ref Unknown") == ["source-polling"]
    done = CliRunner().invoke(app, ["validate", "template.yaml"])
    assert (done.exit_code, done.stdout) == (0, "")


@pytest.mark.parametrize(
    ("given", "found"),
    [
        pytest.param({"ENVIRONMENT": SECRET}, ("Configuratio", "plaintext-secret"), id="a secret"),
        pytest.param({"POLLS": "true"}, ("Configuratio", "source-polling"), id="polling"),
        pytest.param(
            {"CLOSED": "[{StageName: Build, Reason: freeze}]"}, ("DisableInbou", "transition-closed"), id="a closed way"
        ),
    ],
)
def test_what_breaks_a_rule_is_told_at_the_line_of_the_template(judged, given, found):
    assert judged(lines=True, **given) == [found]


def test_where_the_structure_is_not_known_only_single_values_are_judged(judged):
    assert judged(POLLS="true", ENVIRONMENT=SECRET, INPUT="!Ref Unknown") == ["plaintext-secret"]


def test_a_waiver_in_the_template_lets_it_pass_and_is_told_where_it_does_not(judged):
    head = "# reconciler: waive[source-polling]: there are no events here\n"
    assert judged(head=head, POLLS="true") == []
    assert judged(head=head) == ["waiver-unused"]
    assert judged("--no-waivers", head=head, POLLS="true") == ["source-polling"]


def test_with_settings_a_name_that_says_an_environment_is_judged_as_one_of_it(judged, tmp_path):
    settings = {
        "environments": {
            "dev": {"account": "111111111111", "regions": ["eu-west-1"]},
            "prod": {"account": "333333333333", "regions": ["eu-west-1"], "protected": True, "branches": ["release"]},
        }
    }
    (tmp_path / "reconciler.yaml").write_text(json.dumps(settings))
    assert "branch-not-allowed" in judged()
    other = settings | {"naming": {"pattern": "{environment}.{project}"}}
    (tmp_path / "reconciler.yaml").write_text(json.dumps(other))
    assert "branch-not-allowed" not in judged()


def bare(**members: Any) -> dict[str, Any]:
    kind = {"owner": "AWS", "version": "1"}
    source = {"name": "Checkout", "actionTypeId": {**kind, "category": "Source", "provider": "S3"},
              "configuration": {"S3Bucket": "b", "S3ObjectKey": "k", "PollForSourceChanges": "true"},
              "outputArtifacts": [{"name": "code"}]}  # fmt: skip
    build = {"name": "Make", "actionTypeId": {**kind, "category": "Build", "provider": "CodeBuild"},
             "configuration": {"ProjectName": "p"}, "inputArtifacts": [{"name": "code"}]}  # fmt: skip
    store = {"type": "S3", "location": "artifacts", "encryptionKey": {"type": "KMS", "id": "alias/shop"}}
    stages = [{"name": "Source", "actions": [source]}, {"name": "Build", "actions": [build]}]
    return {"name": "shop-${environment}-web", "roleArn": "arn:aws:iam::111111111111:role/pipeline",
            "artifactStore": store, "stages": stages, **members}  # fmt: skip


@pytest.mark.parametrize(
    ("content", "path"),
    [
        pytest.param({"pipeline": bare(name="web")}, "pipeline.stages[0]", id="native"),
        pytest.param(bare(name="web"), "stages[0]", id="a bare declaration"),
        pytest.param({"environments": ["dev", "prod"], "pipeline": bare()}, "pipeline.stages[0]", id="a set"),
    ],
)
def test_without_settings_a_definition_is_judged_by_what_needs_none(tmp_path, content, path):
    (tmp_path / "web.json").write_text(json.dumps(content))
    done = CliRunner().invoke(app, ["validate", str(tmp_path / "web.json"), "--format", "json"])
    found = [each for each in json.loads(done.stdout)["findings"] if each["severity"] != "info"]
    assert [(each["rule"], each["path"].startswith(path)) for each in found] == [("source-polling", True)]
