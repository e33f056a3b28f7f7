"""The command that a failure prints, run as it is printed: it repeats that item, and no other."""

from __future__ import annotations

import re
import shlex

import pytest
from typer.testing import CliRunner

from plugin.projects import PIPELINE, SETTINGS, Project
from reconciler.cli.app import app

pytest_plugins = ["pytester"]

TWO = SETTINGS.replace("regions: [eu-west-1]", "regions: [eu-west-1, us-east-1]")
WEST, EAST = (f"shop-prod-deploy@prod/{region}" for region in ("eu-west-1", "us-east-1"))
UNGATED = re.sub(r" *- name: Approve\n.*\n.*\n", "", PIPELINE)
PARKED = """
@pytest.mark.pipeline("*eu-west-1")
def test_it(simulate):
    assert simulate(push("main")).status == "Succeeded"
"""
RELEASE = """
@pytest.mark.pipeline("shop-*")
def test_it(release, pipeline):
    release.start(push())
    assert pipeline.target.region == "us-east-1"
"""
CASES = f"""\
pipeline: "{EAST}"
cases:
  it: {{push: main, expect: parked at Prod/Approve}}
  it ends [in "time"]: {{push: main}}
"""


@pytest.fixture
def twins(pytester, monkeypatch):
    """Lay a project in which a pipeline lives in two Regions, each in a file of its own."""
    monkeypatch.setenv("COLUMNS", "80")
    project = Project(pytester)
    project.write("reconciler.yaml", TWO)
    (pytester.path / "pipelines/shop.yaml").unlink()
    for region in ("eu-west-1", "us-east-1"):
        project.write(f"pipelines/{region}.yaml", f"region: {region}\n{PIPELINE}")
    return project


def told(result):
    (found,) = {line.removeprefix("repeat: ") for line in result.outlines if line.startswith("repeat: ")}
    return shlex.split(found)


def failing(result):
    return [line.split(" - ")[0].removeprefix("FAILED ") for line in result.outlines if line.startswith("FAILED ")]


def test_a_simulation_is_repeated_in_the_region_of_its_pipeline(twins, monkeypatch):
    twins.test(PARKED)
    words = told(twins.run("tests"))
    assert words == ["reconciler", "simulate", WEST, "--push", "main"]
    monkeypatch.chdir(twins.pytester.path)
    done = CliRunner().invoke(app, words[1:])
    assert "run is parked at Prod/Approve" in done.output


@pytest.mark.parametrize("name", ["simulate", "release"])
def test_a_test_of_several_pipelines_is_repeated_for_the_one_that_failed(twins, name):
    body = (
        RELEASE if name == "release" else RELEASE.replace("release", name).replace(".start(push())", "(start(by='a'))")
    )
    twins.test(body, head="import pytest\nfrom pytest_pipeline import push, start")
    first = twins.run("tests")
    words = told(first)
    assert words == ["pytest", f"tests/test_shop.py::test_it[{WEST}]"]
    again = twins.run(*words[1:])
    assert (again.parseoutcomes(), failing(again)) == ({"failed": 1}, failing(first))


def test_a_case_is_repeated_without_those_beside_it(twins):
    twins.write("tests/shop.pipeline-test.yaml", CASES)
    first = twins.run("tests")
    first.assert_outcomes(passed=1, failed=1)
    again = twins.run(*told(first)[1:])
    assert (again.parseoutcomes(), failing(again)) == ({"failed": 1}, failing(first))


def test_an_item_of_a_set_is_chosen_by_its_id_in_one_of_its_regions(twins):
    text = UNGATED.replace("shop-prod-deploy", "shop-prod-site")
    twins.write("pipelines/set.yaml", f"environments: [prod]\n{text}")
    first = failing(twins.run("pipelines/set.yaml"))
    regions = ("eu-west-1", "us-east-1")
    rule = "policy[protected-needs-approval]"
    assert first == [f"pipelines/set.yaml::shop-prod-site@prod/{region}::{rule}" for region in regions]
    again = twins.run(first[1])
    assert (again.parseoutcomes(), failing(again)) == ({"failed": 1}, first[1:])


def test_the_command_is_one_for_the_folder_where_pytest_was_started(twins, monkeypatch):
    twins.test(RELEASE)
    monkeypatch.chdir(twins.pytester.path / "tests")
    words = told(twins.run("."))
    assert words == ["pytest", f"test_shop.py::test_it[{WEST}]"]
    twins.run(*words[1:]).assert_outcomes(failed=1)
