"""The plugin inside pytest: what it costs who does not use it, options, markers, and the ways to run pytest."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from plugin.projects import INSTALLED, PIPELINE, Project, between
from pytest_pipeline.plugin import OPTIONS

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]
GOOD = """
@pytest.mark.pipeline_given({"Prod/Approve": approved()})
def test_good(simulate):
    assert simulate().status == "Succeeded"
"""
BAD = """
def test_bad(simulate):
    assert simulate() == failed()
"""


@pytest.fixture
def project(pytester, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("CI", "BUILD_NUMBER", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    return Project(pytester)


# What it costs --------------------------------------------------------------------------------------------------------


def test_the_entry_point_imports_nothing_but_pytest():
    whole = "[getattr(pytest, name) for name in pytest.__all__]"
    code = f"import pytest, sys; {whole}; sys.stderr.write('=====\\n'); import pytest_pipeline.plugin"
    words = [sys.executable, "-X", "importtime", "-c", code]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    after = done.stderr.partition("=====\n")[2].splitlines()
    assert [line.rpartition("|")[2].strip() for line in after] == ["pytest_pipeline", "pytest_pipeline.plugin"]


def test_a_session_without_pipelines_loads_nothing(pytester):
    pytester.makeini("[pytest]\nfilterwarnings = error\naddopts = --strict-config --strict-markers -p no:cacheprovider")
    pytester.makepyfile("def test_it():\n    assert [1] == [1]\ndef test_other():\n    assert {'a': 1} == {'a': 2}")
    pytester.path.joinpath("data.yaml").write_text("a: 1")
    pytester.makeconftest("""
import sys

def pytest_unconfigure(config):
    print("loaded", [name for name in sys.modules if name.partition(".")[0] in ("reconciler", "pytest_pipeline")])
""")
    named = () if INSTALLED else ("-p", "pytest_pipeline.plugin")
    result = pytester.runpytest_subprocess(*named, "-s", "-p", "no:cov", "-p", "no:xdist")
    result.assert_outcomes(passed=1, failed=1)
    assert "loaded ['pytest_pipeline', 'pytest_pipeline.plugin']" in result.stdout.str()


def test_every_option_has_a_flag_and_a_twin_in_the_ini_file(project):
    told = project.run("--help").stdout.str()
    for name in OPTIONS:
        assert f"--pipeline-{name.replace('_', '-')}" in told
        assert f"pipeline_{name} (" in told


def test_the_markers_are_known(project):
    project.test("")
    told = project.run("--markers", apart=True).stdout.str()
    assert [line.partition("(")[0].partition(":")[0] for line in told.splitlines() if "mark.pipeline" in line] == [
        "@pytest.mark.pipeline", "@pytest.mark.pipeline_given"]  # fmt: skip


@pytest.mark.skipif(INSTALLED, reason="it is found by itself in every other test")
def test_pytest_finds_it_by_its_entry_point(project, monkeypatch):
    place = project.pytester.mkdir("site") / "shop_plugin-1.0.dist-info"
    place.mkdir()
    declared = tomllib.loads(ROOT.joinpath("pyproject.toml").read_text())["project"]["entry-points"]["pytest11"]
    lines = "".join(f"{name} = {value}\n" for name, value in declared.items())
    place.joinpath("entry_points.txt").write_text(f"[pytest11]\n{lines}")
    place.joinpath("METADATA").write_text("Metadata-Version: 2.1\nName: shop-plugin\nVersion: 1.0\n")
    place.joinpath("RECORD").write_text("pytest_pipeline/__init__.py,,\nreconciler/__init__.py,,\n")
    monkeypatch.setenv("PYTHONPATH", str(place.parent), prepend=os.pathsep)
    project.test(GOOD + BAD)
    result = project.pytester.runpytest_subprocess("tests", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, failed=1)
    assert "E         run is parked at Prod/Approve" in result.stdout.str()


# Ways to run ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [("-n", "2"), ("-p", "no:terminal"), ("-p", "no:cov", "-x")], ids=" ".join)
def test_it_works_however_pytest_runs(project, more):
    project.test(GOOD + BAD)
    result = project.run("tests", *more, "--junitxml=out.xml", apart=True)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    cases = ET.parse(project.pytester.path / "out.xml").getroot().findall(".//testcase")
    assert {case.get("name"): len(case.findall("failure")) for case in cases} == {"test_good": 0, "test_bad": 1}


def test_what_failed_last_runs_alone(project):
    project.test(GOOD + BAD)
    project.write("pytest.ini", (project.pytester.path / "pytest.ini").read_text().replace(" -p no:cacheprovider", ""))
    project.run("tests")
    project.run("tests", "--lf").assert_outcomes(failed=1)


def test_collecting_runs_nothing(project):
    project.test(GOOD + BAD)
    result = project.run("tests", "--collect-only", "-q")
    assert result.stdout.lines[:2] == ["tests/test_shop.py::test_good", "tests/test_shop.py::test_bad"]


def test_junit_has_the_pipeline_the_verdict_and_the_command(project):
    project.test(BAD)
    project.run("tests", "--junitxml=out.xml")
    root = ET.parse(project.pytester.path / "out.xml").getroot()
    assert {each.get("name"): each.get("value") for each in root.iter("property")} == {
        "pipeline": "shop-prod-deploy",
        "pipeline_verdict": "run is parked at Prod/Approve: waits for an approval; it times out after 7d",
        "pipeline_repeat": "reconciler simulate shop-prod-deploy",
    }


def test_a_failure_is_an_annotation_where_that_is_wanted(project):
    project.test(GOOD + BAD)
    told = [line for line in project.run("tests", "--pipeline-annotations").stdout.lines if line.startswith("::")]
    waits = "run is parked at Prod/Approve: waits for an approval; it times out after 7d"
    assert told == [f"::error file=tests/test_shop.py,line=11,title=test_bad::{waits}"]
    assert "::error" not in project.run("tests").stdout.str()


def test_a_long_explanation_is_cut_unless_everything_is_wanted(project):
    project.test("def test_it(pipeline):\n    assert pipeline.actions() == each(has(role_arn='x', region='y'))")
    short, long = (between(project.run("tests", more), "E ").split("\n\n")[0] for more in ("-v", "-vv"))
    assert short.splitlines()[-1].strip() == "E         and 5 more; pytest -vv shows all"
    assert len(long.splitlines()) == 11


# Which pipeline -------------------------------------------------------------------------------------------------------


def twin(project, name="shop-prod-site"):
    project.write("pipelines/site.yaml", PIPELINE.replace("shop-prod-deploy", name))


def test_the_only_pipeline_needs_no_marker(project):
    project.test("def test_it(pipeline):\n    assert pipeline.name == 'shop-prod-deploy'")
    project.run("tests").assert_outcomes(passed=1)


def test_several_pipelines_need_one(project):
    twin(project)
    project.test("def test_it(pipeline):\n    pass")
    result = project.run("tests")
    result.assert_outcomes(errors=1)
    told = 'which pipeline? Mark the test with @pytest.mark.pipeline("NAME"); there are: shop-prod-deploy, '
    assert f"{told}shop-prod-site" in result.stdout.str()


def test_a_glob_makes_a_test_of_each(project):
    twin(project)
    project.test("@pytest.mark.pipeline('shop-*')\ndef test_it(pipeline):\n    pass")
    result = project.run("tests", "--collect-only", "-q")
    assert result.stdout.lines[:2] == [f"tests/test_shop.py::test_it[shop-prod-{each}]" for each in ("deploy", "site")]


@pytest.mark.parametrize(
    ("marker", "told"),
    [
        pytest.param('pipeline("shop-prod-deplo")', "chooses nothing; near are shop-prod-deploy", id="name"),
        pytest.param("pipeline(name='x')", "the marker takes names and globs", id="argument"),
        pytest.param("pipeline()", "the marker takes names and globs", id="nothing"),
        pytest.param("pipeline_given(1)", "@pytest.mark.pipeline_given takes one mapping", id="outcomes"),
    ],
)  # fmt: skip
def test_a_wrong_marker_fails_its_test_and_no_other(project, marker, told):
    project.test(f"@pytest.mark.{marker}\ndef test_it(simulate):\n    pass\n\ndef test_other(pipeline):\n    pass")
    result = project.run("tests")
    result.assert_outcomes(passed=1, errors=1)
    assert told in result.stdout.str()


def test_all_pipelines_are_a_mapping(project):
    twin(project)
    project.test("def test_it(pipelines):\n    assert list(pipelines) == ['shop-prod-deploy', 'shop-prod-site']")
    project.run("tests").assert_outcomes(passed=1)


def test_without_files_the_folder_of_the_settings_is_meant(project):
    project.write("pytest.ini", "[pytest]\n")
    project.test("def test_it(pipelines):\n    assert list(pipelines) == ['shop-prod-deploy']")
    project.run("tests").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("ini", "settings", "told"),
    [
        pytest.param("", None, "no definitions are known: write `pipeline_files", id="no files"),
        pytest.param("pipeline_files = pipes", "", "pipeline_files: 'pipes' matches no", id="files that are not there"),
        pytest.param("pipeline_settings = a.yaml", "", "pipeline_settings: a.yaml is not there", id="settings"),
        pytest.param("", "enviroments: {}", "reconciler.yaml:1:1: enviroments", id="wrong settings"),
    ],
)
def test_what_is_missing_is_told_with_the_remedy(project, ini, settings, told):
    project.write("pytest.ini", f"[pytest]\n{ini}\n")
    if settings is None:
        (project.pytester.path / "reconciler.yaml").unlink()
    elif settings:
        project.write("reconciler.yaml", settings)
    project.test("def test_it(pipelines):\n    pass")
    result = project.run("tests")
    result.assert_outcomes(errors=1)
    assert told in result.stdout.str()
    assert "Traceback" not in result.stdout.str()


def test_a_broken_definition_is_told_where_its_pipeline_is_asked_for(project):
    project.write("pipelines/shop.yaml", PIPELINE.replace("provider: S3", "provider: S4"))
    project.test("def test_it(pipeline):\n    pass")
    result = project.run("tests")
    result.assert_outcomes(errors=1)
    assert "no file defines a pipeline; files with errors define nothing:\npipelines/shop.yaml:" in result.stdout.str()


# Policy and live ------------------------------------------------------------------------------------------------------


def test_what_the_policy_says_is_a_fixture(project):
    project.test("from pytest_pipeline import none\ndef test_it(findings):\n    assert findings == none()")
    project.run("tests", "--pipeline-profile", "minimal").assert_outcomes(passed=1)
    result = project.run("tests", "--pipeline-profile", "strict")
    result.assert_outcomes(failed=1)
    assert "none / pipelines/shop.yaml:" in result.stdout.str()


def test_findings_need_settings(project):
    (project.pytester.path / "reconciler.yaml").unlink()
    project.test("def test_it(findings):\n    pass")
    assert "the policy needs settings, and shop-prod-deploy was read without" in project.run("tests").stdout.str()


def test_what_is_live_needs_an_option(project):
    project.test("def test_it(live_pipelines):\n    pass\n\n@pytest.mark.live\ndef test_other():\n    pass")
    result = project.run("tests", "-rs")
    result.assert_outcomes(errors=1, skipped=1)
    assert "live_pipelines reads AWS; run pytest --pipeline-live" in result.stdout.str()
    assert "it may reach AWS; run it with --pipeline-live" in result.stdout.str()


def test_a_test_of_pipelines_that_reaches_aws_fails_and_others_are_left_alone(project):
    project.test("""
import contextlib, socket
def test_it(pipeline):
    with contextlib.suppress(OSError):
        socket.getaddrinfo("sts.eu-west-1.amazonaws.com", 443)
""")
    result = project.run("tests")
    result.assert_outcomes(failed=1)
    assert "this test calls AWS (sts.eu-west-1.amazonaws.com)" in result.stdout.str()
    project.run("tests", "--no-pipeline-guard").assert_outcomes(passed=1)
