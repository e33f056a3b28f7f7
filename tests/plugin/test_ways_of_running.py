"""The same suite with workers, without a terminal, the last failures again, and stopping at the first."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from importlib.util import find_spec

import pytest

from plugin.shops import SHOP, lay, run

pytest_plugins = ["pytester"]

TESTS = """\
import pytest
from pytest_pipeline import approved, failed, ignored, push, succeeded

def test_consent(simulate):
    assert simulate(push("main"), given={"Consent/Approve": approved()}) == succeeded()

def test_silence(simulate):
    assert simulate(push("main"), given={"Consent/Approve": ignored()}) == succeeded()

@pytest.mark.explore
def test_never_without_consent(simulate):
    run = simulate(push("main"))
    assert "Prod/Deploy" not in {each.place for each in run.actions} or run["Consent/Approve"].by
"""
CASES = "cases: {it parks: {push: main, expect: parked at Consent/Approve}, it ends: {push: main}}\n"


def laid(pytester):
    lay(pytester, test_shop_py=TESTS, **{"shop.pipeline-test_yaml": CASES})
    (pytester.path / "pipelines" / "bad.yaml").write_text(SHOP.replace("name: Build", "name: Source"), encoding="utf-8")


COUNTS = {"passed": 5, "failed": 3}


@pytest.mark.parametrize("more", [(), ("-n", "2"), ("-p", "no:terminal"), ("-v",), ("--pipeline-cov", "-n", "2")])
def test_the_counts_are_the_same(pytester, more):
    laid(pytester)
    result = run(pytester, *more, "--junitxml=out.xml")
    text = (pytester.path / "out.xml").read_text(encoding="utf-8")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert 'errors="0" failures="3" skipped="0" tests="8"' in text


def test_the_last_failures_run_again_and_nothing_else(pytester):
    laid(pytester)
    ini = (pytester.path / "tox.ini").read_text(encoding="utf-8").replace(" -p no:cacheprovider", "")
    (pytester.path / "tox.ini").write_text(ini, encoding="utf-8")
    run(pytester).assert_outcomes(**COUNTS)
    again = run(pytester, "--lf").parseoutcomes()
    assert (again["failed"], again.get("passed", 0)) == (3, 0)


RERUN = """\
from _pytest.runner import runtestprotocol

def pytest_runtest_protocol(item, nextitem):
    for log in (False, True):
        reports = runtestprotocol(item, nextitem=nextitem, log=log)
        if not any(each.failed for each in reports):
            break
    if not log:
        for each in reports:
            item.ihook.pytest_runtest_logreport(report=each)
    return True
"""
FLAKY = """\
from pytest_pipeline import approved, push

TURNS = []

def test_flaky(simulate):
    TURNS.append(1)
    given = {"Consent/Approve": approved()} if len(TURNS) > 1 else {"Prod/Deploy": approved}
    run = simulate(push("main"), given=given)
    assert run.status == "Succeeded"
"""


def test_a_second_turn_of_a_test_knows_nothing_of_the_first(pytester):
    lay(pytester, test_shop_py=FLAKY, conftest_py=RERUN)
    run(pytester, "test_shop.py").assert_outcomes(passed=1)


reruns = pytest.mark.skipif(find_spec("pytest_rerunfailures") is None, reason="pytest-rerunfailures is not installed")


@reruns
@pytest.mark.parametrize("more", [(), ("-n", "2")], ids=["alone", "with workers"])
def test_what_fails_is_run_again_and_those_that_stay_broken_fail(pytester, more):
    laid(pytester)
    result = run(pytester, "--reruns", "1", *more)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    told = result.parseoutcomes()
    assert (told["passed"], told["failed"], told["rerun"]) == (5, 3, 3)


@reruns
def test_a_test_that_comes_round_tells_nothing_of_the_turn_that_failed(pytester):
    lay(pytester, test_shop_py=FLAKY)
    result = run(pytester, "test_shop.py", "--reruns", "1", "--junitxml=out.xml")
    told = result.parseoutcomes()
    assert told["rerun"] == 1
    assert "failed" not in told
    last = ET.parse(pytester.path / "out.xml").getroot().findall(".//testcase")[-1]
    assert [(each.get("name"), each.get("value")) for each in last.iter("property")] == [
        ("pipeline", "shop-prod-deploy")
    ]


@reruns
def test_junit_has_the_properties_of_the_last_turn_once(pytester):
    lay(pytester, test_shop_py=TESTS)
    run(pytester, "test_shop.py", "-k", "silence", "--reruns", "2", "--junitxml=out.xml")
    last = ET.parse(pytester.path / "out.xml").getroot().findall(".//testcase")[-1]
    assert [each.get("name") for each in last.iter("property")] == ["pipeline", "pipeline_verdict", "pipeline_repeat"]


def test_the_first_failure_stops_the_session(pytester):
    laid(pytester)
    run(pytester, "-x").assert_outcomes(failed=1, passed=0)


def test_collecting_runs_nothing(pytester):
    laid(pytester)
    result = run(pytester, "--collect-only", "-q", "--pipeline-cov")
    assert result.ret == 0
    assert len([line for line in result.outlines if "::" in line]) == 8
