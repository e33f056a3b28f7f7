"""Coverage over a session: the table, JSON, the threshold, and workers that add up."""

from __future__ import annotations

import json

import pytest

from plugin.shops import SHOP, lay, run

pytest_plugins = ["pytester"]

TESTS = """\
import pytest
from pytest_pipeline import approved, fails, ignored, push, rejected

@pytest.mark.parametrize("answer", [approved(), rejected(), ignored()])
def test_consent(simulate, answer):
    simulate(push("main"), given={"Consent/Approve": answer})

def test_release(release):
    release.start(push("main"))
    release.settle()
"""


def table(result):
    start = next(at for at, line in enumerate(result.outlines) if line.strip("-= ") == "pipeline coverage")
    end = next(at for at, line in enumerate(result.outlines) if line.startswith("TOTAL"))
    return [line for line in result.outlines[start + 1 : end + 1] if line]


MISSING = "Source/Checkout failed, Build/Compile failed, Prod/Deploy failed"
EXPECTED = [
    "pipeline          actions  transitions  conditions  retries  rollbacks  cover  missing",
    "shop-prod-deploy      6/9          3/3           -        -          -   75 %  " + MISSING,
    "TOTAL 75 %",
]


def test_the_table_says_what_no_run_reached(pytester):
    lay(pytester, test_shop_py=TESTS)
    assert table(run(pytester, "test_shop.py", "--pipeline-cov")) == EXPECTED


def test_workers_add_up_to_the_same_table(pytester):
    lay(pytester, test_shop_py=TESTS)
    result = run(pytester, "test_shop.py", "--pipeline-cov", "-n", "2")
    result.assert_outcomes(passed=4)
    assert table(result) == EXPECTED


@pytest.mark.parametrize(("least", "code"), [("75", 0), ("75.1", 1)])
def test_less_than_wanted_fails_the_session(pytester, least, code):
    lay(pytester, test_shop_py=TESTS)
    result = run(pytester, "test_shop.py", "--pipeline-cov-fail-under", least)
    assert result.ret == code
    said = "is less than" if code else "is at least"
    result.stdout.fnmatch_lines([f"75.00 % {said} the {least} % that are wanted"])


def test_a_threshold_counts_without_a_terminal_too(pytester):
    lay(pytester, test_shop_py=TESTS)
    assert run(pytester, "test_shop.py", "--pipeline-cov-fail-under=80", "-p", "no:terminal").ret == 1


def test_a_threshold_that_is_no_number_is_a_usage_error(pytester):
    lay(pytester, test_shop_py=TESTS)
    result = run(pytester, "--pipeline-cov-fail-under=most")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--pipeline-cov-fail-under takes a percentage such as 80, not 'most'"])


def test_without_definitions_there_is_nothing_to_cover(pytester):
    lay(pytester, test_shop_py="def test_it():\n    pass\n")
    (pytester.path / "tox.ini").write_text("[pytest]\n", encoding="utf-8")
    result = run(pytester, "test_shop.py", "--pipeline-cov")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["TOTAL 100 %"])


def test_json_has_every_point(pytester):
    lay(pytester, test_shop_py=TESTS)
    run(pytester, "test_shop.py", "--pipeline-cov-json=cov.json")
    report = json.loads((pytester.path / "cov.json").read_text(encoding="utf-8"))
    found = report["pipelines"]["shop-prod-deploy"]["points"]
    points = {(each["place"], each["outcome"]): each["count"] for each in found}
    assert report["percent"] == 75
    assert points["Build/Compile", "succeeded"] == 4


def test_a_pipeline_without_a_test_is_in_the_table(pytester):
    lay(pytester, test_shop_py=TESTS)
    (pytester.path / "pipelines" / "other.yaml").write_text(SHOP.replace("shop-prod-deploy", "other-prod-deploy"))
    marked = TESTS.replace("import pytest\n", "import pytest\n\npytestmark = pytest.mark.pipeline('shop-*')\n", 1)
    (pytester.path / "test_shop.py").write_text(marked, encoding="utf-8")
    result = run(pytester, "test_shop.py", "--pipeline-cov")
    result.stdout.fnmatch_lines(["other-prod-deploy      0/9          0/3*", "TOTAL 38 %"])
