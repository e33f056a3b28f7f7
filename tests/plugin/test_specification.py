# ruff: noqa: E501 - output is pinned as it is
"""The examples of the specification as real pytest runs; of those that fail, the exact output."""

from __future__ import annotations

import pytest

from plugin.projects import Project, between

pytest_plugins = ["pytester"]

GATED = """
def test_prod_is_gated(pipeline):
    assert pipeline.gates("Prod/Deploy") == includes(approval(), action("Integration/*"))
    assert pipeline.actions(env="prod") == each(has(role_arn=like("*:role/prod-*")))
"""
SILENCE = """
def test_silence_is_not_consent(simulate):
    run = simulate(push("main"), given={"Prod/Approve": ignored()})
    assert run == failed(at="Prod/Approve", because="timed out", after="7d")
    assert run == never_ran("Prod/Deploy")
"""
SUPERSEDED = """
@pytest.mark.pipeline_given({"Prod/Approve": approved(after="2h")})
def test_a_newer_change_supersedes_the_waiting_one(release):
    first, second, third = release.start(push()), release.start(push()), release.start(push())
    release.settle()
    assert [r.status for r in (first, second, third)] == ["Succeeded", "Superseded", "Succeeded"]
"""


@pytest.fixture
def project(pytester, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("CI", "BUILD_NUMBER"):
        monkeypatch.delenv(name, raising=False)
    return Project(pytester)


def test_the_first_page_passes(project):
    project.test(GATED + SILENCE + SUPERSEDED)
    project.run("tests").assert_outcomes(passed=3)


def test_a_missing_gate_is_told_with_the_nearest_action(project):
    project.test(GATED.replace("Integration/*", "Build/*").replace("Prod/Deploy", "Build/Compile"))
    assert (
        between(project.run("tests"), "E ", "\n").split("\n\n")[0]
        == '''\
E       assert (Source/App) == includes(approval(), action("Build/*"))
E         approval() / missing
E         Source/App.category: "Approval" / "Source"
E         action("Build/*") / missing
E         Source/App.place: "Build/*" / "Source/App"'''
    )


def test_a_wrong_role_is_told_for_each_action(project):
    project.test(GATED.replace("role/prod-*", "role/*-deploy"))
    role = "arn:aws:iam::333333333333:role/prod-pipeline"
    assert (
        between(project.run("tests"), "E ").split("\n\n")[0]
        == f'''\
E       assert (Source/App, Build/Compile, Integration/Smoke, Prod/Approve, Prod/Deploy) == each(has(role_arn=like("*:role/*-deploy")))
E         Source/App.role_arn: like("*:role/*-deploy") / "{role}"
E         Build/Compile.role_arn: like("*:role/*-deploy") / "{role}"
E         Integration/Smoke.role_arn: like("*:role/*-deploy") / "{role}"
E         Prod/Approve.role_arn: like("*:role/*-deploy") / "{role}"'''
    )


def test_a_run_that_became_something_else_tells_its_verdict_its_tree_and_how_to_repeat_it(project):
    project.test("""
def test_silence_is_not_consent(simulate):
    run = simulate(push("main", commit="3f2a"), given={"Prod/Approve": approved("ana", after="2h")})
    assert run == failed(at="Prod/Approve")
""")
    assert (
        between(project.run("tests"), "E ", "=====")
        == """\
E       assert run == failed(at="Prod/Approve")
E         run succeeded after 2h07m30s; Prod/Approve was approved by ana at +2h07m10s

tests/test_shop.py:9: AssertionError
--------------------------------- pipeline run ---------------------------------
shop-prod-deploy #1  push main@3f2a  Succeeded  2h07m30s
  Source       ok    10s  App=3f2a
  Build        ok     4m
  Integration  ok     3m
  Prod         ok  2h20s
    Approve    ok     2h  approved by ana
    Deploy     ok    20s  role/prod-deploy
repeat: reconciler simulate shop-prod-deploy --push main --commit 3f2a --given Prod/Approve=approved:ana@2h"""
    )


def test_a_detail_that_differs_is_told_below_the_verdict(project):
    project.test(SILENCE.replace('after="7d"', 'after="2d"').replace("timed out", "rejected"))
    assert (
        between(project.run("tests"), "E ", "\n").split("\n\n")[0]
        == """\
E       assert run == failed(at="Prod/Approve", because="rejected", after="2d")
E         run failed at Prod/Approve after 7d07m10s: JobFailed: The approval timed out after 7d
E         because: "rejected" / "JobFailed: The approval timed out after 7d"
E         after: 2d / 7d"""
    )


def test_an_action_that_ran_is_told_with_its_time(project):
    project.test(
        SILENCE.replace("ignored()", "approved()").replace(
            'failed(at="Prod/Approve", because="timed out", after="7d")', "run"
        )
    )
    told = between(project.run("tests"), "E ").split("\n\n")[0]
    assert (
        told
        == """\
E       assert run == never_ran("Prod/Deploy")
E         run succeeded after 7m30s; Prod/Approve was approved by approver at +7m10s
E         Prod/Deploy ran at +7m10s: Succeeded"""
    )


def test_a_run_of_a_release_is_told_by_the_test_that_repeats_it(project):
    project.test(SUPERSEDED.replace('"Superseded", "Succeeded"]', '"Succeeded", "Succeeded"]'))
    result = project.run("tests", "-vv")
    told = between(result, "shop-prod-deploy #2", "---")
    assert told.splitlines()[0].endswith("Superseded  2h3m  superseded by #3") or "superseded by #3" in told
    assert told.endswith("repeat: pytest tests/test_shop.py::test_a_newer_change_supersedes_the_waiting_one")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        pytest.param(
            'simulate(given={"Prod/Aprove": approved()})',
            "E       reconciler.errors.Broken: 'Prod/Aprove' selects nothing; near are Prod/Approve, Prod/Deploy, Prod",
            id="a typing error in a selector of outcomes",
        ),
        pytest.param(
            'pipeline.gates("Prod/Deply")',
            "E       reconciler.errors.Broken: 'Prod/Deply' selects nothing; near are Prod/Deploy, Prod, Prod/Approve",
            id="a typing error in a selector",
        ),
        pytest.param(
            'pipeline.actions(provider="CodeBild")',
            "E       reconciler.errors.Broken: no action of shop-prod-deploy has provider='CodeBild'; near are CodeBuild; "
            "to say that there is none: pipeline.actions() == none(has(provider='CodeBild'))",
            id="a filter that nothing fits",
        ),
        pytest.param(
            'pipeline.actions() == each(has(rol_arn="x"))',
            "E       reconciler.errors.Broken: <Source/App Source/CodeStarSourceConnection> has nothing called 'rol_arn'; "
            "near are role_arn, region, version",
            id="a typing error in an attribute",
        ),
        pytest.param(
            'simulate(given={"Build/*": approved()})',
            "E       reconciler.errors.Broken: Build/Compile is no approval but Build by CodeBuild: approved is not for it; "
            "give succeeds, fails or hangs",
            id="an outcome that does not fit",
        ),
        pytest.param(
            'simulate(given={"Build": fails("Oops")})',
            "E       reconciler.errors.Broken: 'Oops' is no failure type of AWS; choose JobFailed, ConfigurationError, "
            "PermissionError, RevisionOutOfSync, RevisionUnavailable, SystemUnavailable",
            id="a failure that AWS does not have",
        ),
        pytest.param(
            "simulate(push('feature')).elapsed",
            "E       reconciler.errors.Broken: push('feature') started nothing: push of branch feature to shop/web starts "
            "nothing: App has no trigger and watches the branch main, not feature",
            id="a run that was not started",
        ),
    ],
)
def test_a_mistake_is_told_at_the_line_of_the_test_with_the_remedy(project, line, told):
    project.test(f"def test_it(pipeline, simulate):\n    {line}", head="from pytest_pipeline import *")
    result = project.run("tests")
    assert between(result, "E ").splitlines()[0] == told
    assert "reconciler/" not in result.stdout.str().split("short test summary")[0]


def test_an_outcome_that_nothing_asked_for_fails_the_teardown(project):
    project.test("""
def test_it(simulate):
    assert simulate(push("other"), given={"Prod/Approve": approved()}) == never_ran()
""")
    result = project.run("tests")
    result.assert_outcomes(passed=1, errors=1)
    assert ("given and never used: Prod/Approve (push('other')); take it away, see why nothing came there, or write "
            "optional=True") in result.stdout.str()  # fmt: skip


@pytest.mark.parametrize("how", ["optional", "marker", "option"])
def test_an_outcome_may_stay_unused_where_somebody_says_so(project, how):
    optional = "optional=True" if how == "optional" else ""
    marker = '@pytest.mark.pipeline_given({"Prod/Approve": approved()})' if how == "marker" else ""
    given = "" if how == "marker" else f', given={{"Prod/Approve": approved({optional})}}'
    project.test(f'{marker}\ndef test_it(simulate):\n    assert simulate(push("other"){given}) == never_ran()')
    project.run("tests", *(["--no-pipeline-strict"] if how == "option" else [])).assert_outcomes(passed=1)


def test_nothing_started_is_no_proof_that_an_action_never_runs(project):
    project.test('def test_it(simulate):\n    assert simulate(push("other")) == never_ran("Prod/Deploy")')
    assert (
        between(project.run("tests"), "E ").split("\n\n")[0]
        == """\
E       assert run == never_ran("Prod/Deploy")
E         run was not started: push of branch other to shop/web starts nothing: App has no trigger and watches the branch main, not other
E         to say that nothing starts: run == never_ran()"""
    )
