"""What a person gets wrong is told with the remedy, where pytest is as strict as it can be."""

from __future__ import annotations

import pytest

from plugin.projects import Project

pytest_plugins = ["pytester"]

STRICT = ("-W", "error", "--strict-markers", "--strict-config")
HEAD = "import pytest\nfrom pytest_pipeline import *\n"
UNUSED = 'def test_it(simulate):\n    simulate(push("other"), given={"Prod/Approve": approved()})'


@pytest.fixture
def project(pytester, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    return Project(pytester)


def told(project, *more):
    """Give the output of a run that fails, and fails as tests do."""
    result = project.run("tests", *STRICT, *more)
    text = f"{result.stdout}\n{result.stderr}"
    assert result.ret in (pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED, pytest.ExitCode.USAGE_ERROR)
    assert not [word for word in ("INTERNALERROR", "Traceback", "Warning") if word in text]
    return text


@pytest.mark.parametrize(
    ("body", "remedy"),
    [
        pytest.param(UNUSED, "given and never used: Prod/Approve (push('other')); take it away, see why nothing came",
                     id="an outcome that is not used"),
        pytest.param('def test_it(simulate):\n    simulate(given={"Prod/Aprove": approved()})',
                     "'Prod/Aprove' selects nothing; near are Prod/Approve", id="a typing error in a selector"),
        pytest.param('@pytest.mark.pipeline("shop-*", env="prod")\ndef test_it(pipeline):\n    pass',
                     "the marker takes names and globs, @pytest.mark.pipeline(\"NAME or glob\", …); it has ('shop-*',",
                     id="an argument of pipeline"),
        pytest.param("@pytest.mark.pipeline_given(given={})\ndef test_it(simulate):\n    simulate()",
                     "@pytest.mark.pipeline_given takes one mapping", id="an argument of pipeline_given"),
        pytest.param("@pytest.mark.explore(surprise=1)\ndef test_it(simulate):\n    simulate()",
                     "@pytest.mark.explore takes outcomes=, surprises=, limit=; it has surprise",
                     id="an argument of explore"),
        pytest.param("@pytest.mark.explore\ndef test_it(pipeline):\n    pass",
                     "a test that explores takes the fixture simulate or release", id="explore without a simulation"),
        pytest.param("@pytest.mark.pipelines('shop-*')\ndef test_it(pipeline):\n    pass",
                     "'pipelines' not found in `markers` configuration option", id="a marker that is not there"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_test(project, body, remedy):
    project.test(body, head=HEAD)
    assert remedy in told(project)


@pytest.mark.parametrize("fixture", ["pipelines", "pipeline", "simulate", "release", "findings"])
def test_a_fixture_that_is_asked_for_without_files(project, fixture):
    (project.pytester.path / "reconciler.yaml").unlink()
    project.write("pytest.ini", "[pytest]\n")
    project.test(f"def test_it({fixture}):\n    pass", head="")
    text = told(project)
    assert 'no definitions are known: write `pipeline_files = ["pipelines"]` below [tool.pytest.ini_options]' in text


@pytest.mark.parametrize(
    ("ini", "remedy"),
    [
        pytest.param("pipeline_file = pipelines", "Unknown config option: pipeline_file", id="option"),
        pytest.param(
            "pipeline_files = pipes", "pipeline_files: 'pipes' matches no *.yaml, *.yml or *.json", id="files"
        ),
        pytest.param("pipeline_settings = a.yaml", "pipeline_settings: a.yaml is not there", id="settings"),
    ],
)
def test_a_mistake_in_the_ini_file(project, ini, remedy):
    project.write("pytest.ini", f"[pytest]\n{ini}\n")
    project.test("def test_it(pipelines):\n    pass")
    assert remedy in told(project)


@pytest.mark.parametrize(
    ("case", "remedy"),
    [
        pytest.param("push: main, givn: {}", "tests/a.pipeline-test.yaml:1:26: cases.it.givn: 'givn' is not known "
                     "here; did you mean 'given'?", id="key"),
        pytest.param("push: main, expect: {faild: {}}", "did you mean 'failed'?", id="matcher"),
        pytest.param("push: main, given: {Prod/Aprove: approved}", "'Prod/Aprove' selects nothing; near are",
                     id="selector"),
        pytest.param("push: other, given: {Prod/Approve: approved}, expect: nothing",
                     "given and never used: Prod/Approve", id="outcome that is not used"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_case(project, case, remedy):
    project.write("tests/a.pipeline-test.yaml", f"cases: {{it: {{{case}}}}}")
    assert remedy in told(project)
