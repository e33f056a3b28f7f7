"""Custom action types: declared in files, in settings or in templates, and known wherever definitions are judged."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from typer.testing import CliRunner

from builders import action, pipeline, sources, stage
from reconciler.cli.app import app

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = 'environments: {dev: {account: "111111111111", regions: [eu-west-1]}}\n'
FOUNDRY: dict[str, Any] = {
    "category": "Build",
    "provider": "Foundry",
    "version": "1",
    "configurationProperties": [{"name": "Job", "required": True, "key": True, "secret": False}],
    "inputArtifactDetails": {"minimumCount": 0, "maximumCount": 1},
    "outputArtifactDetails": {"minimumCount": 0, "maximumCount": 1},
}
TEMPLATE = """\
Parameters: {Least: {Type: Number}}
Resources:
  Foundry:
    Type: AWS::CodePipeline::CustomActionType
    Properties:
      Category: Build
      Provider: Foundry
      Version: 1
      ConfigurationProperties: [{Name: Job, Required: true, Key: true, Secret: false}]
      InputArtifactDetails: {MinimumCount: !Ref Least, MaximumCount: 1}
      OutputArtifactDetails: {MinimumCount: 0, MaximumCount: 1}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    own = action("Do", "Build", "Foundry", owner="Custom", inputs=("source",), configuration={"Jobb": "web"})
    document = pipeline(stages=[sources(), stage("Build", own)])
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "pipelines" / "shop.yaml").write_text(yaml.safe_dump({"pipeline": document}, sort_keys=False))
    return tmp_path


def findings(*arguments: str) -> list[dict[str, Any]]:
    found = CliRunner().invoke(app, ["validate", *arguments, "--format", "json"])
    return json.loads(found.stdout)["findings"]


def rules(*arguments: str) -> set[str]:
    return {each["rule"] for each in findings(*arguments)}


def declare(folder: Path, document: Any = FOUNDRY, name: str = "foundry.actiontype.yaml") -> None:
    (folder / name).write_text(yaml.safe_dump(document, sort_keys=False))


CHECKED = {"config-unknown-key"}


def test_without_a_declaration_an_action_of_an_own_type_is_not_checked():
    assert rules("pipelines") & (CHECKED | {"custom-undeclared"}) == {"custom-undeclared"}


def test_a_file_among_those_that_are_named_declares_it(folder):
    declare(folder)
    assert rules("pipelines/shop.yaml", "foundry.actiontype.yaml") == CHECKED


def test_a_file_below_a_folder_that_is_named_declares_it(folder):
    (folder / "pipelines" / "types").mkdir()
    declare(folder / "pipelines" / "types")
    assert rules("pipelines") == CHECKED


def test_a_file_of_the_settings_repository_declares_it_even_if_only_another_file_is_named(folder):
    (folder / "reconciler.yaml").write_text(SETTINGS)
    declare(folder / "pipelines")
    assert rules("pipelines/shop.yaml") == CHECKED


def test_the_settings_declare_it(folder):
    (folder / "reconciler.yaml").write_text(SETTINGS + yaml.safe_dump({"action_types": [FOUNDRY]}))
    assert rules("pipelines/shop.yaml") == CHECKED


def test_a_template_declares_it_for_every_file(folder):
    (folder / "pipelines" / "type.yaml").write_text(TEMPLATE)
    assert rules("pipelines") == CHECKED | {"unresolved"}


def test_a_template_is_judged_by_the_type_that_it_declares_itself(folder):
    own = """\
  Pipeline:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      RoleArn: arn:aws:iam::111111111111:role/pipeline
      ArtifactStore: {Type: S3, Location: shop-artifacts}
      Stages:
        - Name: Source
          Actions:
            - Name: Checkout
              ActionTypeId: {Category: Source, Owner: AWS, Provider: CodeCommit, Version: 1}
              Configuration: {RepositoryName: web, BranchName: main}
              OutputArtifacts: [{Name: source}]
        - Name: Build
          Actions:
            - Name: Do
              ActionTypeId: {Category: Build, Owner: Custom, Provider: Foundry, Version: 1}
              InputArtifacts: [{Name: source}]
"""
    (folder / "both.yaml").write_text(TEMPLATE + own)
    (found,) = [each for each in findings("both.yaml") if each["severity"] == "error"]
    assert (found["rule"], found["message"], found["line"]) == ("config-required-key", "Job is missing", 26)


def test_a_mistake_in_a_type_of_a_template_is_told_at_its_line(folder):
    (folder / "type.yaml").write_text(TEMPLATE.replace("Category: Build", "Category: Bild"))
    (found,) = [each for each in findings("type.yaml") if each["severity"] == "error"]
    assert (found["line"], found["path"]) == (6, "Resources.Foundry.Properties.Category")


def test_a_broken_file_is_told_at_its_line_and_is_no_broken_definition(folder):
    declare(folder, FOUNDRY | {"version": 1})
    (found,) = findings("foundry.actiontype.yaml")
    assert (found["file"], found["line"], found["rule"]) == ("foundry.actiontype.yaml", 3, "shape")


def test_a_broken_type_in_the_settings_is_told_at_its_line(folder):
    text = SETTINGS + yaml.safe_dump({"action_types": [FOUNDRY | {"version": 1}]}, sort_keys=False)
    (folder / "reconciler.yaml").write_text(text)
    (found,) = [each for each in findings("pipelines") if each["severity"] == "error"]
    line = next(number for number, row in enumerate(text.splitlines(), 1) if "version: 1" in row)
    assert (found["file"], found["line"], found["path"]) == ("reconciler.yaml", line, "action_types[0].version")


def test_a_type_in_the_settings_and_in_a_file_that_differ_is_told_in_both(folder):
    (folder / "reconciler.yaml").write_text(SETTINGS + yaml.safe_dump({"action_types": [FOUNDRY]}))
    declare(folder / "pipelines", FOUNDRY | {"configurationProperties": []})
    told = [each["file"] for each in findings("pipelines") if each["rule"] == "action-type"]
    assert told == ["pipelines/foundry.actiontype.yaml", "reconciler.yaml"]
