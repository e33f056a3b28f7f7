from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
import yaml
from typer.testing import CliRunner

from builders import action, build, pipeline, sources, stage
from reconciler.cli.app import app
from reconciler.pipeline import validity

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

WRONG = "inputArtifacts: [{name: sauce}]"
PLACE = {"S3Bucket": "shop-sources", "S3ObjectKey": "web.zip", "PollForSourceChanges": "false"}
GOOD = pipeline(
    "shop-dev-web",
    [sources(action("Checkout", "Source", "S3", outputs=("source",), configuration=PLACE)), stage("Build", build())],
    artifactStore={"type": "S3", "location": "shop-artifacts", "encryptionKey": {"type": "KMS", "id": "alias/shop"}},
)
"""A pipeline of which nothing is to be said."""
SETTINGS = 'environments: {dev: {account: "111111111111", regions: [eu-west-1]}}\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    document = {**GOOD, "stages": [GOOD["stages"][0], stage("Build", build(inputs=("sauce",)))]}
    (tmp_path / "bad.yaml").write_text(yaml.safe_dump({"pipeline": document}, sort_keys=False))
    (tmp_path / "good.yaml").write_text(yaml.safe_dump({"tags": {"team": "web"}, "pipeline": GOOD}, sort_keys=False))
    return tmp_path


def validate(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["validate", *arguments])


def test_a_fine_file_is_said_to_be_fine_without_any_settings():
    done = validate("good.yaml")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "1 file: nothing to say\n")


def test_an_error_is_told_with_its_line_its_source_and_the_way_out(folder):
    line = (folder / "bad.yaml").read_text().splitlines().index("      - name: sauce") + 1
    done = validate()
    assert done.exit_code == 1
    assert f"bad.yaml:{line}:9: error [artifact-unknown] no action gives the artifact sauce" in done.stdout
    assert f"{line:>6} |       - name: sauce" in done.stdout
    assert "outputs here: source" in done.stdout


def test_all_files_of_a_folder_are_read_but_hidden_ones(folder):
    (folder / ".github").mkdir()
    (folder / ".github" / "ci.yaml").write_text("on: push")
    assert json.loads(validate(".", "--format", "json").stdout)["files"] == 2


def test_settings_add_names_environments_and_pipelines_that_are_there_twice(folder):
    (folder / "reconciler.yaml").write_text(SETTINGS)
    (folder / "pipelines").mkdir()
    for name in ("a", "b"):
        (folder / "pipelines" / f"{name}.json").write_text(json.dumps(pipeline("shop-dev-web")))
    (folder / "pipelines" / "c.json").write_text(json.dumps(pipeline("shop-qa-web")))
    messages = [each["message"] for each in json.loads(validate("--format", "json").stdout)["findings"]]
    assert any("environment 'qa' is not configured" in message for message in messages)
    assert sum("is defined in" in message for message in messages) == 2


def test_a_team_may_turn_a_rule_off(folder):
    (folder / "reconciler.yaml").write_text(SETTINGS + "policy: {rules: {artifact-unknown: off}}\n")
    assert validate("bad.yaml").exit_code == 0


def test_a_rule_that_does_not_exist_cannot_be_turned_off(folder):
    (folder / "reconciler.yaml").write_text(SETTINGS + "policy: {rules: {artifact-unknwon: off}}\n")
    done = validate("bad.yaml")
    assert done.exit_code == 2
    assert "did you mean 'artifact-unknown'?" in done.stderr


def test_sarif_names_the_rule_and_the_line():
    log = json.loads(validate("--format", "sarif").stdout)
    (result,) = log["runs"][0]["results"]
    assert (result["ruleId"], result["level"]) == ("artifact-unknown", "error")
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "bad.yaml"}
    assert (
        log["runs"][0]["tool"]["driver"]["rules"][0]["shortDescription"]["text"] == validity.titles()[result["ruleId"]]
    )


def test_junit_has_a_case_per_file_and_fails_the_broken_one():
    suite = ET.fromstring(validate("--format", "junit").stdout).find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert [case.get("name") for case in suite if case.find("failure") is not None] == ["bad.yaml"]


def test_github_shows_an_annotation_on_the_line():
    (line,) = validate("--format", "github").stdout.splitlines()
    assert line.startswith("::error file=bad.yaml,line=")
    assert ",title=artifact-unknown::no action gives the artifact sauce" in line


@pytest.mark.parametrize("rule", sorted(validity.titles()))
def test_every_rule_can_be_explained(rule):
    done = validate("--explain", rule)
    assert done.exit_code == 0
    assert done.stdout.startswith(f"{rule} (")
    assert validity.titles()[rule] in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere",), "nowhere does not exist"),
        (("--explain", "nothing"), "there is no rule 'nothing'"),
        (("empty",), "no *.yaml, *.yml or *.json file there"),
    ],
)
def test_what_cannot_run_ends_with_2_and_says_why(folder, arguments, message):
    (folder / "empty").mkdir()
    done = validate(*arguments)
    assert done.exit_code == 2
    assert message in done.stderr


def test_broken_text_is_told_like_everything_else(folder):
    (folder / "broken.yaml").write_text("pipeline: [\n")
    (folder / "big.yaml").write_bytes(b" " * 2_000_000)
    done = validate("broken.yaml", "big.yaml")
    assert done.exit_code == 1
    assert "broken.yaml:2:1: error [definition]" in done.stdout
    assert "big.yaml: error [definition] the file has" in done.stdout


TEMPLATE = """\
Parameters:
  Project: {Type: String}
Resources:
  Pipeline:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      RoleArn: arn:aws:iam::111111111111:role/pipeline
      ArtifactStore:
        Type: S3
        Location: !Sub "${AWS::StackName}-artifacts"
        EncryptionKey: {Type: KMS, Id: alias/artifacts}
      Stages:
        - Name: Source
          Actions:
            - Name: Checkout
              ActionTypeId: {Category: Source, Owner: AWS, Provider: CodeCommit, Version: 1}
              Configuration: {RepositoryName: web, BranchName: main, PollForSourceChanges: false}
              OutputArtifacts: [{Name: source}]
        - Name: Build
          Actions:
            - Name: Compile
              ActionTypeId: {Category: Build, Owner: AWS, Provider: CodeBuild, Version: 1}
              Configuration: {ProjectName: !Ref Project}
              InputArtifacts:
                - Name: source
"""


def test_a_template_without_a_mistake_is_fine_whatever_it_leaves_to_aws(folder):
    (folder / "template.yaml").write_text(TEMPLATE)
    assert validate("template.yaml").stderr == "1 file: 3 infos\n"
    assert "[unresolved]" in validate("template.yaml", "-v").stdout


def test_a_mistake_in_a_template_is_told_at_the_line_of_the_template(folder):
    (folder / "template.yaml").write_text(TEMPLATE.replace("- Name: source\n", "- Name: sauce\n"))
    done = validate("template.yaml")
    assert done.exit_code == 1
    assert "template.yaml:25:19: error [artifact-unknown] no action gives the artifact sauce" in done.stdout


def test_a_structure_that_cannot_be_known_is_not_judged(folder):
    (folder / "template.yaml").write_text(TEMPLATE.replace("[{Name: source}]", "[{Name: !Ref Project}]"))
    assert validate("template.yaml").exit_code == 0


@pytest.mark.parametrize(
    ("rule", "severity"), [("unresolved", "info"), ("shape", "error"), ("artifact-unused", "info")]
)
def test_an_explanation_says_how_bad_it_is(rule, severity):
    assert validate("--explain", rule).stdout.startswith(f"{rule} ({severity}): ")
