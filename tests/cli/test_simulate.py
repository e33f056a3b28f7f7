"""`reconciler simulate`: exit status, errors that name what is near, and a command that repeats it."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
import yaml
from typer.testing import CliRunner

from builders import action, build, connection, pipeline, sources, stage, trigger
from reconciler.cli.app import app

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

NAME = "shop-prod-deploy"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    prod = stage("Prod", action("Approve", "Approval", "Manual"))
    document = pipeline(
        NAME,
        [sources(connection()), stage("Build", build()), prod],
        pipelineType="V2",
        triggers=[trigger("Checkout", "main", "release/*")],
        variables=[{"name": "VERSION", "defaultValue": "1"}],
    )
    (tmp_path / "shop.yaml").write_text(yaml.safe_dump({"pipeline": document}, sort_keys=False))
    return tmp_path


def simulate(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["simulate", *arguments])


APPROVED = (NAME, "--push", "main", "--commit", "3f2a", "--given", "Prod/Approve=approved:ana@2h")


def test_a_run_that_succeeds_ends_with_0_and_tells_tree_timeline_and_verdict():
    done = simulate(*APPROVED)
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith(f"{NAME} #1  push main@3f2a  Succeeded  2h")
    assert "approved by ana" in done.stdout
    assert "░" in done.stdout
    assert "\nrun succeeded after 2h" in done.stdout


def test_a_parked_run_is_no_success():
    done = simulate(NAME, "--push", "main")
    assert done.exit_code == 3
    assert "run is parked at Prod/Approve: " in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(APPROVED, id="given"),
        pytest.param(
            (NAME, "shop.yaml", "--var", "VERSION=a b", "--until", "Prod/Approve", "--seed", "7"), id="quoted"
        ),
    ],
)
def test_the_command_that_repeats_it_does(arguments):
    done = simulate(*arguments)
    command = next(line for line in done.stdout.splitlines() if line.startswith("repeat: ")).removeprefix("repeat: ")
    words = shlex.split(command)
    assert words[:2] == ["reconciler", "simulate"]
    again = simulate(*words[2:])
    assert (again.exit_code, again.stdout) == (done.exit_code, done.stdout)


def test_a_push_that_no_trigger_matches_says_why_and_ends_with_3():
    done = simulate(NAME, "--push", "feature/basket")
    assert done.exit_code == 3
    assert "nothing was started" in done.stdout
    assert "push[0]: the branch feature/basket is not among 'main', 'release/*'" in done.stderr


def test_json_is_the_run_with_the_command_that_repeats_it():
    document = json.loads(simulate(*APPROVED, "--format", "json").stdout)
    assert (document["status"], document["parkedAt"]) == ("Succeeded", None)
    assert [(each["stage"], each["action"]) for each in document["actions"]][-1] == ("Prod", "Approve")
    assert document["repeat"].startswith("reconciler simulate")
    assert document["events"][0]["source"] == "aws.codepipeline"


def test_svg_is_a_drawing():
    done = simulate(NAME, "--push", "main", "--format", "svg")
    assert (done.exit_code, ET.fromstring(done.stdout).tag) == (3, "{http://www.w3.org/2000/svg}svg")


def test_until_a_time_or_a_place_the_run_is_in_progress():
    assert simulate(NAME, "--until", "1s").exit_code == 3
    done = simulate(NAME, "--until", "Build/Compile")
    assert "run is in progress" in done.stdout
    assert "at Build/Compile" in done.stdout


def test_a_variable_that_is_given_is_the_one_of_the_run():
    document = json.loads(simulate(NAME, "--push", "main", "--var", "VERSION=2", "--format", "json").stdout)
    assert document["variables"] == {"VERSION": "2"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(("shop-prod-deplo",), f"did you mean {NAME}?", id="unknown pipeline"),
        pytest.param((), "which pipeline? reconciler simulate NAME", id="no pipeline"),
        pytest.param((NAME, "--push", "a", "--tag", "b"), "not --push and --tag", id="two starts"),
        pytest.param((NAME, "--given", "Prod/Aprove=approved:ana"), "Prod/Approve", id="unknown place"),
        pytest.param((NAME, "--given", "Prod/Approve"), "write --given Prod/Approve=approved:ana@2h", id="no outcome"),
        pytest.param((NAME, "--given", "Prod/Approve=aproved"), "approved", id="unknown outcome"),
        pytest.param((NAME, "--var", "VERSION"), "write --var VERSION=1.2", id="no value"),
        pytest.param((NAME, "--start-at", "2026-01-05T08:00"), "has no time zone", id="no time zone"),
        pytest.param((NAME, "--until", "5x"), "is not a duration", id="no duration"),
        pytest.param((NAME, "--until", "Prod/Aprove"), "near are Prod/Approve", id="no such place"),
        pytest.param((NAME, "--scenario", "none.yaml"), "none.yaml: No such file", id="no scenario"),
        pytest.param((NAME, "nowhere"), "nowhere does not exist", id="no folder"),
    ],
)
def test_what_cannot_run_ends_with_2_and_says_what_is_near(arguments, message):
    done = simulate(*arguments)
    assert done.exit_code == 2, done.output
    assert message in done.stderr


def test_an_outcome_that_nobody_asked_for_is_an_error():
    done = simulate(NAME, "--given", "Build/Compile=fails", "--given", "Prod/Approve=approved:ana")
    assert done.exit_code == 2
    assert "run failed at Build/Compile" in done.stdout
    assert "given and never used: Prod/Approve" in done.stderr


def test_a_scenario_with_faults_tells_them_with_their_lines(folder):
    (folder / "night.yaml").write_text("steps:\n  - {pusch: main}\n")
    done = simulate(NAME, "shop.yaml", "--scenario", "night.yaml")
    assert done.exit_code == 2
    assert "night.yaml:2:5: steps[0]: a step says one thing that happens; did you mean 'push'?" in done.stderr


def test_a_scenario_that_went_otherwise_says_what_was_expected_and_what_was_got(folder):
    (folder / "night.yaml").write_text("steps: [{push: main, as: first}]\nexpect: {first: Succeeded}\n")
    done = simulate(NAME, "shop.yaml", "--scenario", "night.yaml")
    assert done.exit_code == 3
    assert "not as expected: first: expected Succeeded, got InProgress at Prod/Approve" in done.stderr


def test_a_scenario_that_went_as_expected_ends_with_0_and_its_command_repeats_it(folder):
    (folder / "night.yaml").write_text("steps: [{push: main, as: first}]\nexpect: {first: parked at Prod/Approve}\n")
    done = simulate(NAME, "shop.yaml", "--scenario", "night.yaml")
    assert done.exit_code == 0
    assert done.stdout.endswith("repeat: reconciler simulate shop-prod-deploy shop.yaml --scenario night.yaml\n")


def test_settings_say_where_a_pipeline_lives(folder):
    (folder / "reconciler.yaml").write_text(
        'environments: {prod: {account: "222222222222", regions: [eu-central-1]}}\nsource: {repository: ., path: .}\n'
    )
    document = json.loads(simulate(f"{NAME}@prod", "--format", "json").stdout)
    assert (document["actions"][0]["region"], document["pipeline"]) == ("eu-central-1", NAME)


def test_quiet_leaves_the_tree_alone():
    done = simulate(NAME, "--push", "main", "-q")
    assert "repeat:" not in done.stdout
    assert done.stdout.startswith(NAME)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (f"{NAME}@prod", f"can mean {NAME}@prod/eu-west-1, {NAME}@prod/us-east-1; write one of them"),
        (f"{NAME}@dev", f"no file defines a pipeline {NAME}@dev; did you mean {NAME}?"),
    ],
)
def test_a_name_that_stands_for_several_or_for_none_is_told(folder, name, message):
    (folder / "reconciler.yaml").write_text(
        'environments: {prod: {account: "222222222222", regions: [eu-west-1, us-east-1]}}\nsource: {repository: .}\n'
    )
    document = yaml.safe_load((folder / "shop.yaml").read_text())
    (folder / "shop.yaml").unlink()
    (folder / "pipelines").mkdir()
    for region in ("eu-west-1", "us-east-1"):
        (folder / "pipelines" / f"{region}.yaml").write_text(yaml.safe_dump({**document, "region": region}))
    done = simulate(name)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr


def test_pipelines_of_one_scenario_live_in_one_place(folder):
    other = pipeline("shop-dev-deploy", roleArn="arn:aws:iam::222222222222:role/pipeline")
    (folder / "other.yaml").write_text(yaml.safe_dump(other))
    (folder / "night.yaml").write_text("pipelines: [shop-dev-deploy]\nsteps: [{push: main}]\n")
    done = simulate(NAME, "--scenario", "night.yaml")
    assert done.exit_code == 2
    assert "one scenario, one account and Region; these are apart: " in done.stderr


def test_a_definition_that_is_wrong_is_told_and_not_simulated(folder):
    (folder / "shop.yaml").write_text("pipeline: {name: shop-prod-deploy}\n")
    done = simulate(NAME)
    assert done.exit_code == 2
    assert "shop.yaml:1" in done.stderr


def test_a_handler_that_keeps_silent_is_named(folder):
    check = stage("Check", action("Ask", "Invoke", "Lambda", configuration={"FunctionName": "ask"}))
    (folder / "shop.yaml").write_text(yaml.safe_dump(pipeline(NAME, [sources(), check])))
    (folder / "ask.py").write_text("def handler(event, context):\n    raise ValueError('no')\n")
    done = simulate(NAME, "--given", "Check/Ask=runs:ask:handler")
    assert done.exit_code == 3
    assert "Check/Ask: ask:handler raised ValueError: no; reported nothing" in done.stderr


@pytest.mark.parametrize("push", ["--push", "--tag", "--pr"])
def test_a_scenario_says_itself_what_starts(folder, push):
    (folder / "night.yaml").write_text("steps: [{push: main}]\n")
    assert "a scenario says itself what starts" in simulate(NAME, "--scenario", "night.yaml", push, "x").stderr


def test_a_drawing_of_nothing_says_why_there_is_none():
    done = simulate(NAME, "--push", "feature", "--format", "svg")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "there is nothing to draw: push of branch feature" in done.stderr


def test_json_of_what_started_nothing_is_a_list_without_runs():
    document = json.loads(simulate(NAME, "--push", "feature", "--format", "json").stdout)
    assert (document["runs"], document["verdicts"]) == ([], ["nothing was started"])


def test_a_scenario_may_name_its_pipelines_itself(folder):
    (folder / "night.yaml").write_text(f"pipelines: [{NAME}]\nsteps: [{{push: main, as: a}}]\nexpect: {{a: parked}}\n")
    done = simulate("shop.yaml", "--scenario", "night.yaml")
    assert done.exit_code == 0
    assert done.stdout.endswith("repeat: reconciler simulate shop.yaml --scenario night.yaml\n")


TEMPLATE = """\
Parameters:
  Stage: {Type: String}
  Project: {Type: String}
Resources:
  Release:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      Name: shop-stack
      RoleArn: !GetAtt Role.Arn
      ArtifactStore: {Type: S3, Location: !Ref Bucket}
      Stages:
        - Name: Source
          Actions:
            - Name: Checkout
              ActionTypeId: {Category: Source, Owner: AWS, Provider: S3, Version: "1"}
              Configuration: {S3Bucket: shop, S3ObjectKey: web.zip}
              OutputArtifacts: [{Name: source}]
        - Name: !Ref Stage
          Actions:
            - Name: Compile
              ActionTypeId: {Category: Build, Owner: AWS, Provider: CodeBuild, Version: "1"}
              Configuration: {ProjectName: !Ref Project}
              InputArtifacts: [{Name: source}]
"""


@pytest.mark.parametrize("name", ["shop-stack", "Release"])
def test_a_pipeline_of_a_template_runs_with_the_given_parameters(folder, name):
    (folder / "stack.yaml").write_text(TEMPLATE)
    (folder / "values.json").write_text('{"Stage": "Build"}')
    done = simulate(name, "--parameters", "values.json")
    assert done.exit_code == 0, done.stderr
    assert "  Build   ok" in done.stdout
    assert "--parameters values.json" in done.stdout


def test_what_shapes_a_run_and_is_not_known_is_named(folder):
    (folder / "stack.yaml").write_text(TEMPLATE)
    done = simulate("shop-stack")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "stack.yaml: stages[1].name (${Stage}) of shop-stack must be known for this" in done.stderr


def test_a_name_in_two_templates_is_told(folder):
    for name in ("one.yaml", "two.yaml"):
        (folder / name).write_text(TEMPLATE)
    assert "shop-stack is in one.yaml, two.yaml; name one of these files" in simulate("shop-stack").stderr


def test_pipelines_of_templates_are_among_the_near_names(folder):
    (folder / "stack.yaml").write_text(TEMPLATE)
    assert "did you mean shop-stack?" in simulate("shop-stak").stderr
