"""Values for the parameters of templates: from files and from settings, and never shown where they may be secret."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from reconciler.cli.app import app

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

SETTINGS = 'environments: {dev: {account: "111111111111", regions: [eu-west-1]}}\n'
TEMPLATE = """\
Parameters:
  Repository: {Type: String}
  Token: {Type: String, NoEcho: true}
Resources:
  Pipeline:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      Name: shop
      RoleArn: arn:aws:iam::111111111111:role/pipeline
      ArtifactStore: {Type: S3, Location: !Sub "${AWS::Region}-${AWS::AccountId}"}
      Stages:
        - Name: !Ref Repository
          Actions:
            - Name: Checkout
              ActionTypeId: {Category: Source, Owner: ThirdParty, Provider: GitHub, Version: 1}
              Configuration: {Owner: shop, Repo: !Ref Repository, Branch: main, OAuthToken: !Ref Token}
              OutputArtifacts: [{Name: !Ref Token}]
        - Name: Build
          Actions:
            - Name: Compile
              ActionTypeId: {Category: Build, Owner: AWS, Provider: CodeBuild, Version: 1}
              Configuration: {ProjectName: web}
              InputArtifacts: [{Name: source}]
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    return tmp_path


def validate(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["validate", *arguments])


def findings(*arguments: str) -> list[dict[str, Any]]:
    return json.loads(validate(*arguments, "--format", "json").stdout)["findings"]


def unknown(*arguments: str) -> list[str]:
    return sorted({each["message"] for each in findings(*arguments) if each["rule"] == "unresolved"})


def test_without_values_everything_has_a_name_and_nothing_is_an_error():
    assert validate("template.yaml").exit_code == 0
    assert unknown("template.yaml") == [
        "AWS::AccountId is not known here",
        "AWS::Region is not known here",
        "the parameter Repository has no value",
        "the parameter Token has no value",
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cli.json", '[{"ParameterKey": "Repository", "ParameterValue": "two words"}]'),
        ("configuration.json", '{"Parameters": {"Repository": "two words"}, "Tags": {"team": "shop"}}'),
        ("plain.yaml", "Repository: two words\n"),
    ],
)
def test_values_of_every_shape_are_judged(folder, name, text):
    (folder / name).write_text(text)
    (found,) = [each for each in findings("template.yaml", "--parameters", name) if each["severity"] == "error"]
    assert "'two words' does not match" in found["message"]


def test_a_file_of_values_is_no_definition_even_in_the_folder_that_is_judged(folder):
    (folder / "values.yaml").write_text("Repository: web\n")
    assert {each["file"] for each in findings(".", "-p", "values.yaml")} == {"template.yaml"}


def test_files_are_laid_over_each_other_and_over_the_settings(folder):
    (folder / "reconciler.yaml").write_text(f"{SETTINGS}templates: {{parameters: {{Repository: first one}}}}\n")
    (folder / "b.yaml").write_text("Repository: second one\n")
    (folder / "c.yaml").write_text("Repository: third one\n")
    assert "'first one' does not" in validate("template.yaml").stdout
    assert "'second one' does not" in validate("template.yaml", "-p", "b.yaml").stdout
    assert "'third one' does not" in validate("template.yaml", "-p", "b.yaml", "-p", "c.yaml").stdout


def test_the_settings_say_where_templates_are_deployed(folder):
    (folder / "reconciler.yaml").write_text(f"{SETTINGS}templates: {{region: eu-west-1, account: 111111111111}}\n")
    assert [each for each in unknown("template.yaml") if "AWS::" in each] == []


def test_a_name_that_no_template_has_is_an_error_at_its_line_with_the_nearest_name(folder):
    (folder / "values.yaml").write_text("# mine\nRepositry: web\n")
    done = validate("template.yaml", "-p", "values.yaml")
    assert done.exit_code == 1
    assert "values.yaml:2:1: error [parameter] no template that is judged here has the parameter Rep" in done.stdout
    assert "did you mean Repository?" in done.stdout


def test_a_name_that_one_template_of_several_has_is_fine(folder):
    (folder / "other.yaml").write_text("Resources: {}\nAWSTemplateFormatVersion: x\nParameters: {Other: {}}\n")
    (folder / "values.yaml").write_text("Other: x\nRepository: web\n")
    assert [each for each in findings(".", "-p", "values.yaml") if each["rule"] == "parameter"] == []


def test_names_in_the_settings_are_checked_only_where_all_templates_are_judged(folder):
    (folder / "pipelines").mkdir()
    (folder / "pipelines" / "template.yaml").write_text(TEMPLATE)
    (folder / "reconciler.yaml").write_text(f"{SETTINGS}templates:\n  parameters:\n    Repositry: web\n")
    assert [each for each in findings("template.yaml") if each["rule"] == "parameter"] == []
    (found,) = [each for each in findings() if each["rule"] == "parameter"]
    assert (found["file"], found["line"]) == ("reconciler.yaml", 4)


@pytest.mark.parametrize("form", ["text", "json", "sarif", "junit", "github"])
def test_a_value_that_is_not_to_be_echoed_is_in_no_message(folder, form):
    (folder / "values.yaml").write_text('Tokn: "hunter2 hunter2"\nToken: "hunter2 hunter2"\nRepository: {hunter2: x}\n')
    (folder / "more.yaml").write_text("- hunter2\n")
    done = validate("template.yaml", "-p", "values.yaml", "-p", "more.yaml", "-v", "--format", form)
    assert done.exit_code == 1
    assert "hunter2" not in done.output


def test_a_file_of_values_that_is_broken_is_told_like_everything_else(folder):
    (folder / "values.yaml").write_text("Repository: [\n")
    done = validate("template.yaml", "-p", "values.yaml")
    assert done.exit_code == 1
    assert "values.yaml:2:1: error [definition]" in done.stdout


def test_a_file_of_values_that_is_not_there_ends_with_2():
    done = validate("template.yaml", "-p", "nowhere.yaml")
    assert (done.exit_code, "nowhere.yaml: No such file" in done.stderr) == (2, True)


def test_a_value_in_the_settings_that_is_no_text_is_refused_without_showing_it(folder):
    (folder / "reconciler.yaml").write_text(f"{SETTINGS}templates: {{parameters: {{Token: {{hunter2: x}}}}}}\n")
    done = validate("template.yaml")
    assert done.exit_code == 2
    assert "templates.parameters.Token: the value of a parameter is text" in done.stderr
    assert "hunter2" not in done.stderr
