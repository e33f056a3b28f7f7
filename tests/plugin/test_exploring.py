"""Exploration finds the planted way to prod, prints the smallest story, and the command that repeats it works."""

from __future__ import annotations

import shlex

import pytest
from typer.testing import CliRunner

from plugin.shops import SHOP, SKIPPING, lay, run
from reconciler.cli.app import app

pytest_plugins = ["pytester"]

TEST = """\
import pytest
from pytest_pipeline import push, start

@pytest.mark.explore
def test_prod_is_reached_with_consent_only(simulate):
    run = simulate(push("main"))
    reached = [each.place for each in run.actions]
    assert "Prod/Deploy" not in reached or "Consent/Approve" in reached
"""


COMMAND = "reconciler simulate shop-prod-deploy pipelines/shop.yaml --push main --given Consent.beforeEntry/Hours=fails"
STORY = "smallest counterexample, after 4 combinations: Consent.beforeEntry/Hours fails"


def explored(pytester, *more, shop=SKIPPING, test=TEST):
    lay(pytester, shop, test_shop_py=test)
    return run(pytester, "test_shop.py", *more)


def test_the_planted_combination_is_found_and_its_story_is_the_smallest(pytester):
    result = explored(pytester)
    result.assert_outcomes(failed=1)
    start = next(at for at, line in enumerate(result.outlines) if line.startswith("E       smallest"))
    assert result.outlines[start] == f"E       {STORY}"
    at = next(at for at, line in enumerate(result.outlines) if line.strip("-") == " pipeline run ")
    assert result.outlines[at + 1 : at + 8] == [
        "shop-prod-deploy #1  push main  Succeeded  9m11s",
        "  Source         ok       10s  Code=2282ccb",
        "  Build          ok        4m",
        "  Consent        skipped   1s",
        "    beforeEntry  failed    1s  → SKIP  Hours: failed",
        "  Prod           ok        5m",
        f"repeat: {COMMAND}",
    ]


def test_the_command_that_repeats_it_works(pytester, monkeypatch):
    result = explored(pytester)
    (command,) = [line.removeprefix("repeat: ") for line in result.outlines if line.startswith("repeat: ")]
    monkeypatch.chdir(pytester.path)
    done = CliRunner().invoke(app, shlex.split(command)[1:])
    assert "Prod           ok        5m" in done.output


def test_without_the_plant_every_combination_holds(pytester):
    result = explored(pytester, "--junitxml=out.xml", shop=SHOP)
    result.assert_outcomes(passed=1)
    assert '"pipeline_combinations" value="6"' in (pytester.path / "out.xml").read_text(encoding="utf-8")


def test_what_the_test_gives_is_not_explored(pytester):
    test = TEST.replace('push("main")', 'push("main"), given={"Consent.beforeEntry/Hours": succeeds()}')
    explored(pytester, test=test.replace("import push", "import push, succeeds")).assert_outcomes(passed=1)


def test_a_release_is_explored_too(pytester):
    body = TEST.replace("(simulate)", "(release)").replace(
        'run = simulate(push("main"))', 'run = release.start(push("main")); release.settle()'
    )
    result = explored(pytester, test=body)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"*{STORY}"])


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        pytest.param("explore(limits=3)", "*takes outcomes=, surprises=, limit=; it has limits", id="unknown"),
        pytest.param('explore("fails")', "*it has 'fails'", id="positional"),
        pytest.param("explore(limit=0)", "*explore takes surprises=0 or more, and limit=1 or more", id="bounds"),
        pytest.param('explore(outcomes=["fial"])', "*'fial' is no outcome*", id="outcome"),
    ],
)
def test_a_wrong_marker_is_told_with_what_it_takes(pytester, marker, message):
    result = explored(pytester, test=TEST.replace("explore", marker, 1))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([message])


def test_a_test_that_simulates_nothing_has_nothing_to_explore(pytester):
    result = explored(pytester, test="import pytest\n\n@pytest.mark.explore\ndef test_nothing(): pass\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*takes the fixture simulate or release*"])
